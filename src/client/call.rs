//! A call: what its client sends with each request, and the driver that sends them.

use super::limits::Settings;
use super::sender::{Content, Sender};
use crate::protocol::backend::{Backend, Wait};
use crate::protocol::delivery::Delivery;
use crate::protocol::error::{Code, Error};
use crate::protocol::http::{Expects, Request, RequestBody};
use crate::protocol::model::Reference;
use crate::protocol::run::{Goal, Run};
use crate::web::js::{Record, describe};
use crate::web::{Driver, Face, Failure, Parts, Pending, Reply, Transport, Uploads};
use js_sys::JSON;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// What belongs to each call of one client.
pub(crate) struct Client {
    pub(crate) sender: Sender,
    /// What a call that says nothing for itself has.
    pub(crate) settings: Settings,
    /// Turns the files of an input into texts. A Rust app has none: its inputs are JSON already.
    pub(crate) files: Option<Rc<dyn EncodeFiles>>,
}

/// Turns the files of an input into texts: the files are JavaScript's own values, so `npm` does it.
pub(crate) trait EncodeFiles {
    /// The input with a text in place of each file.
    fn encode(&self, input: &JsValue, sending: Sending) -> Pending<Result<JsValue, Failure>>;
}

/// Whose files are encoded, and what stops that.
#[derive(Clone)]
#[cfg_attr(not(feature = "npm"), allow(dead_code))]
pub(crate) struct Sending {
    pub(crate) client: Rc<Client>,
    pub(crate) signal: Option<AbortSignal>,
    /// Says that files are being uploaded.
    pub(crate) uploads: Option<Uploads>,
}

/// What a call is about.
pub(crate) struct Plan {
    pub(crate) backend: Backend,
    pub(crate) goal: Goal,
    /// The prediction that is followed; on a Cog server the one that is made.
    pub(crate) id: Option<String>,
    /// What an earlier stream of it has delivered.
    pub(crate) delivery: Delivery,
    pub(crate) carries: Carries,
}

/// What a call carries to the server.
pub(crate) enum Carries {
    /// Nothing: the prediction was made before.
    Nothing,
    /// The input of a prediction, a plain object, and what stands beside it in the body.
    Input { input: JsValue, beside: Vec<(&'static str, JsValue)> },
    /// A request of the caller's own.
    Own { headers: Vec<(String, String)>, body: JsValue },
}

impl Plan {
    /// A prediction that is made on Replicate and followed. `beside` stands beside the input in the body.
    pub(crate) fn create(
        client: &Client,
        reference: &str,
        wait: Wait,
        goal: Goal,
        input: JsValue,
        beside: Vec<(&'static str, JsValue)>,
    ) -> Result<Self, Error> {
        let reference = Reference::read(reference)?;
        let wait = if goal == Goal::Snapshots { wait } else { Wait::Stream };
        let backend = Backend::replicate(client.sender.base.clone(), Some(reference), wait);
        let carries = Carries::Input { input, beside };
        Ok(Self { backend, goal, id: None, delivery: Delivery::default(), carries })
    }

    /// A prediction of Replicate that is followed.
    pub(crate) fn follow(client: &Client, id: String, wait: Wait, goal: Goal, delivery: Delivery) -> Self {
        let backend = Backend::replicate(client.sender.base.clone(), None, wait);
        Self { backend, goal, id: Some(id), delivery, carries: Carries::Nothing }
    }

    /// A prediction that is made on a Cog server and followed.
    pub(crate) fn create_on_cog(client: &Client, id: String, goal: Goal, input: JsValue) -> Self {
        let backend = Backend::cog(client.sender.base.clone());
        let carries = Carries::Input { input, beside: Vec::new() };
        Self { backend, goal, id: Some(id), delivery: Delivery::default(), carries }
    }
}

impl Client {
    /// The driver of a call. Nothing is sent before its face wants a result.
    pub(crate) fn open(self: &Rc<Self>, plan: Plan, settings: Settings, face: Rc<dyn Face>) -> Rc<Driver> {
        let Plan { backend, goal, id, delivery, carries } = plan;
        let backend = backend.with_cancel_after(settings.cancel_after.clone());
        let run = Run::new(backend, goal, settings.options(self.sender.is_renewable()), id, delivery);
        let (signal, observer) = (settings.signal, settings.observer);
        let call = Call { client: Rc::clone(self), carries, encoded: RefCell::default(), signal: signal.clone() };
        Driver::new(run, Parts { transport: Rc::new(call), face, observer, signal })
    }
}

/// One call, as a driver sends for it.
struct Call {
    client: Rc<Client>,
    carries: Carries,
    /// The input with its files as texts. A create that is sent again uploads nothing again.
    encoded: RefCell<Option<JsValue>>,
    signal: Option<AbortSignal>,
}

impl Transport for Call {
    fn send(
        self: Rc<Self>,
        request: Request,
        signal: Option<AbortSignal>,
        uploads: Uploads,
    ) -> Pending<Result<Reply, Failure>> {
        Box::pin(async move {
            let content = self.content(&request, signal, uploads).await?;
            self.client.sender.send(&request, content).await
        })
    }
}

impl Call {
    /// What the call adds to a request.
    async fn content(
        &self,
        request: &Request,
        signal: Option<AbortSignal>,
        uploads: Uploads,
    ) -> Result<Content, Failure> {
        let json = |body| Content {
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body,
            signal: signal.clone(),
        };
        match (&request.body, &self.carries) {
            // The server takes it for the prediction that runs already.
            (RequestBody::Join, _) => Ok(json(r#"{"input":0}"#.into())),
            (RequestBody::Create { model, version }, Carries::Input { input, beside }) => {
                let input = self.encoded(input, uploads).await?;
                let body = Record::new();
                for (name, value) in [("model", model), ("version", version)] {
                    if let Some(value) = value {
                        body.set(name, &value.as_str().into());
                    }
                }
                body.set("input", &input);
                for (name, value) in beside {
                    body.set(name, value);
                }
                to_json("The option input", &body).map(json)
            }
            (_, Carries::Own { headers, body }) => {
                // A body that the caller reads lives on when the call is over, and the caller's own signal ends it.
                let own = self.signal.clone().filter(|_| request.expects == Expects::Raw);
                Ok(Content { headers: headers.clone(), body: body.clone(), signal: own.or(signal) })
            }
            _ => Ok(Content { signal, ..Content::default() }),
        }
    }
}

impl Call {
    async fn encoded(&self, input: &JsValue, uploads: Uploads) -> Result<JsValue, Failure> {
        let Some(files) = &self.client.files else { return Ok(input.clone()) };
        if let Some(encoded) = &*self.encoded.borrow() {
            return Ok(encoded.clone());
        }
        let (client, signal) = (Rc::clone(&self.client), self.signal.clone());
        let encoded = files.encode(input, Sending { client, signal, uploads: Some(uploads) }).await?;
        self.encoded.replace(Some(encoded.clone()));
        Ok(encoded)
    }
}

/// A value as the text of a body.
pub(crate) fn to_json(what: &str, value: &JsValue) -> Result<JsValue, Failure> {
    match JSON::stringify(value) {
        Ok(text) => Ok(text.into()),
        // A BigInt, a value within itself, or one nested too deeply for the engine's stack.
        Err(cause) => {
            let message = format!("{what} cannot be written as JSON: {}", describe(&cause));
            Err(Failure::caused(Error::new(Code::InvalidArgument, message), cause))
        }
    }
}
