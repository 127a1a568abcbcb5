//! Calls: what a call sends with each of its requests, and how its driver is made.

use super::limits::Settings;
use super::sender::{Content, Sender};
use crate::protocol::backend::{Backend, Wait};
use crate::protocol::delivery::Delivery;
use crate::protocol::error::{Code, Error};
use crate::protocol::http::{Expects, Request, RequestBody};
use crate::protocol::model::Reference;
use crate::protocol::run::{Goal, Run};
use crate::web::js::{Record, call_global, describe};
use crate::web::{Driver, Face, Failure, Parts, Pending, Reply, Transport, Uploads};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers};

/// What all calls of a client share.
pub(crate) struct Client {
    pub(crate) sender: Sender,
    /// The defaults of each call.
    pub(crate) settings: Settings,
    /// Replaces the files of an input. `None` in a Rust app: its inputs are JSON already.
    pub(crate) files: Option<Rc<dyn EncodeFiles>>,
}

/// Replaces the files of an input by strings. Files are JavaScript's own values, so `npm` implements it.
pub(crate) trait EncodeFiles {
    /// Returns the input with a string in place of each file.
    fn encode(&self, input: &JsValue, sending: Sending) -> Pending<Result<JsValue, Failure>>;
}

/// The call whose files are encoded.
#[derive(Clone)]
#[cfg_attr(not(feature = "npm"), allow(dead_code))]
pub(crate) struct Sending {
    pub(crate) client: Rc<Client>,
    pub(crate) signal: Option<AbortSignal>,
    /// Reports that files are being uploaded.
    pub(crate) uploads: Option<Uploads>,
}

/// What a call does.
pub(crate) struct Plan {
    pub(crate) client: Rc<Client>,
    pub(crate) settings: Settings,
    pub(crate) backend: Backend,
    pub(crate) goal: Goal,
    /// The id of the prediction that is followed; on a Cog server of the one that is created.
    pub(crate) id: Option<String>,
    /// What an earlier stream of the prediction has delivered.
    pub(crate) delivery: Delivery,
    pub(crate) carries: Carries,
}

/// The content that a call adds to its first request.
pub(crate) enum Carries {
    /// Nothing: the prediction was created before.
    Nothing,
    /// The body of a create: the input of a prediction, whose files are not encoded yet, and the other fields.
    Body(Record),
    /// The content of a request that the caller made.
    Own { headers: Option<Headers>, body: JsValue, is_json: bool },
}

impl Plan {
    /// Creates a prediction on Replicate and follows it.
    pub(crate) fn create(
        client: &Rc<Client>,
        settings: Settings,
        reference: &str,
        wait: Wait,
        goal: Goal,
        body: Record,
    ) -> Result<Box<Self>, Error> {
        let reference = Reference::read(reference)?;
        let wait = if goal == Goal::Snapshots { wait } else { Wait::Stream };
        let backend = Backend::replicate(client.sender.base.clone(), Some(reference), wait);
        Ok(Self::new(client, settings, backend, goal, Carries::Body(body)))
    }

    /// Follows a prediction on Replicate.
    pub(crate) fn follow(client: &Rc<Client>, settings: Settings, id: String, wait: Wait, goal: Goal) -> Box<Self> {
        let backend = Backend::replicate(client.sender.base.clone(), None, wait);
        let mut plan = Self::new(client, settings, backend, goal, Carries::Nothing);
        plan.id = Some(id);
        plan
    }

    /// Creates a prediction on a Cog server and follows it.
    pub(crate) fn create_on_cog(
        client: &Rc<Client>,
        settings: Settings,
        id: String,
        goal: Goal,
        input: &JsValue,
    ) -> Box<Self> {
        let backend = Backend::cog(client.sender.base.clone());
        let mut plan = Self::new(client, settings, backend, goal, Carries::input(input));
        plan.id = Some(id);
        plan
    }

    /// A call of any backend.
    pub(crate) fn new(
        client: &Rc<Client>,
        settings: Settings,
        backend: Backend,
        goal: Goal,
        carries: Carries,
    ) -> Box<Self> {
        let (client, delivery) = (Rc::clone(client), Delivery::default());
        Box::new(Self { client, settings, backend, goal, id: None, delivery, carries })
    }

    /// Makes the driver of the call. Nothing is sent before the face asks for a result.
    pub(crate) fn open(self: Box<Self>, face: Rc<dyn Face>) -> Rc<Driver> {
        let Self { client, settings, backend, goal, id, delivery, carries } = *self;
        let options = settings.options(client.sender.is_renewable());
        let run = Run::new(backend.with_cancel_after(settings.cancel_after), goal, options, id, delivery);
        let (signal, observer) = (settings.signal, settings.observer);
        let call = Call { client, carries, encoded: RefCell::default(), signal: signal.clone() };
        Driver::new(run, Parts { transport: Rc::new(call), face, observer, signal })
    }
}

impl Carries {
    /// A body with an input only.
    pub(crate) fn input(input: &JsValue) -> Self {
        let body = Record::new();
        body.set("input", input);
        Self::Body(body)
    }
}

/// The transport of a call.
struct Call {
    client: Rc<Client>,
    carries: Carries,
    /// The input with strings in place of its files, kept so that a create that is sent again does not upload them again.
    encoded: RefCell<Option<JsValue>>,
    signal: Option<AbortSignal>,
}

impl Transport for Call {
    fn send(
        self: Rc<Self>,
        request: Rc<Request>,
        signal: Option<AbortSignal>,
        uploads: Uploads,
    ) -> Pending<Result<Box<Reply>, Failure>> {
        let encoding = self.encode(&request, signal.clone(), uploads);
        Box::pin(async move {
            if let Some(encoding) = encoding {
                let input = encoding.await?;
                self.encoded.replace(Some(input));
            }
            let content = self.content(&request, signal)?;
            self.client.sender.send(&request, content).await
        })
    }
}

impl Call {
    /// Starts to encode the files of the input, if the request contains an input that is not encoded yet.
    fn encode(
        &self,
        request: &Request,
        signal: Option<AbortSignal>,
        uploads: Uploads,
    ) -> Option<Pending<Result<JsValue, Failure>>> {
        match (&request.body, &self.carries, &self.client.files) {
            (RequestBody::Create { .. }, Carries::Body(body), Some(files)) if self.encoded.borrow().is_none() => {
                let client = Rc::clone(&self.client);
                Some(files.encode(&body.get("input"), Sending { client, signal, uploads: Some(uploads) }))
            }
            _ => None,
        }
    }

    /// The content that the call adds to a request.
    fn content(&self, request: &Request, signal: Option<AbortSignal>) -> Result<Content, Failure> {
        let mut content = Content { signal, ..Content::default() };
        match (&request.body, &self.carries) {
            // The id in the URL is that of a running prediction, so the server does not read this input.
            (RequestBody::Join, _) => content.body = r#"{"input":0}"#.into(),
            (RequestBody::Create { model, version }, Carries::Body(body)) => {
                let body = body.copy();
                if let Some(input) = &*self.encoded.borrow() {
                    body.set("input", input);
                }
                for (name, value) in [("model", model), ("version", version)] {
                    if let Some(value) = value {
                        body.set(name, &value.as_str().into());
                    }
                }
                content.body = to_json("The option input", &body)?;
            }
            // The caller may still read the body when the call has ended: only the caller's own signal aborts it.
            (_, Carries::Own { headers, body, is_json }) => {
                let own = self.signal.clone().filter(|_| request.expects == Expects::Raw);
                return Ok(Content {
                    headers: headers.clone(),
                    body: body.clone(),
                    is_json: *is_json,
                    signal: own.or(content.signal),
                });
            }
            _ => return Ok(content),
        }
        content.is_json = true;
        Ok(content)
    }
}

/// Writes a value as JSON.
pub(crate) fn to_json(what: &str, value: &JsValue) -> Result<JsValue, Failure> {
    match call_global("JSON.stringify", &[value]) {
        Ok(text) => Ok(text),
        // A BigInt, a cyclic value, or one nested too deeply for the engine's stack.
        Err(cause) => {
            let message = format!("{what} cannot be written as JSON: {}", describe(&cause));
            Err(Failure::caused(Error::new(Code::InvalidArgument, message), cause))
        }
    }
}
