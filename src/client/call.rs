//! Calls: what a call sends with each of its requests, and how its driver is made.

use super::limits::Settings;
use super::sender::{Content, Sender};
use crate::protocol::backend::{Backend, Wait};
use crate::protocol::delivery::Delivery;
use crate::protocol::error::{Code, Error};
use crate::protocol::http::{Request, RequestBody};
use crate::protocol::model::Reference;
use crate::protocol::run::{Goal, Run};
use crate::web::js::{Record, describe};
use crate::web::{Driver, Face, Failure, Parts, Pending, Reply, Transport, Uploads};
use js_sys::JSON;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

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
    /// The input of a prediction, a plain object, and the other fields of the body.
    Input { input: JsValue, beside: Vec<(&'static str, JsValue)> },
    /// The content of a request that the caller made.
    Own { headers: Vec<(String, String)>, body: JsValue },
}

impl Plan {
    /// Creates a prediction on Replicate and follows it. `beside` are the other fields of the body.
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

    /// Follows a prediction on Replicate.
    pub(crate) fn follow(client: &Client, id: String, wait: Wait, goal: Goal, delivery: Delivery) -> Self {
        let backend = Backend::replicate(client.sender.base.clone(), None, wait);
        Self { backend, goal, id: Some(id), delivery, carries: Carries::Nothing }
    }

    /// Creates a prediction on a Cog server and follows it.
    pub(crate) fn create_on_cog(client: &Client, id: String, goal: Goal, input: JsValue) -> Self {
        let backend = Backend::cog(client.sender.base.clone());
        let carries = Carries::Input { input, beside: Vec::new() };
        Self { backend, goal, id: Some(id), delivery: Delivery::default(), carries }
    }
}

impl Client {
    /// Makes the driver of a call. Nothing is sent before the face asks for a result.
    pub(crate) fn open(self: &Rc<Self>, plan: Plan, settings: Settings, face: Rc<dyn Face>) -> Rc<Driver> {
        let Plan { backend, goal, id, delivery, carries } = plan;
        let backend = backend.with_cancel_after(settings.cancel_after.clone());
        let run = Run::new(backend, goal, settings.options(self.sender.is_renewable()), id, delivery);
        let (signal, observer) = (settings.signal, settings.observer);
        let call = Call { client: Rc::clone(self), carries, signal: signal.clone() };
        Driver::new(run, Parts { transport: Rc::new(call), face, observer, signal })
    }
}

/// The transport of a call.
struct Call {
    client: Rc<Client>,
    carries: Carries,
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
    /// The content that the call adds to a request.
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
            // The id in the URL is that of a running prediction, so the server does not read this input.
            (RequestBody::Join, _) => Ok(json(r#"{"input":0}"#.into())),
            (RequestBody::Create { model, version }, Carries::Input { input, beside }) => {
                let input = match &self.client.files {
                    Some(files) => {
                        let (client, signal) = (Rc::clone(&self.client), self.signal.clone());
                        files.encode(input, Sending { client, signal, uploads: Some(uploads) }).await?
                    }
                    None => input.clone(),
                };
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
            // The caller may still read the body when the call has ended, so only the caller's own signal may abort it.
            (_, Carries::Own { headers, body }) => {
                Ok(Content { headers: headers.clone(), body: body.clone(), signal: self.signal.clone() })
            }
            _ => Ok(Content { signal, ..Content::default() }),
        }
    }
}

/// Writes a value as JSON.
pub(crate) fn to_json(what: &str, value: &JsValue) -> Result<JsValue, Failure> {
    match JSON::stringify(value) {
        Ok(text) => Ok(text.into()),
        // A BigInt, a cyclic value, or one nested too deeply for the engine's stack.
        Err(cause) => {
            let message = format!("{what} cannot be written as JSON: {}", describe(&cause));
            Err(Failure::caused(Error::new(Code::InvalidArgument, message), cause))
        }
    }
}
