//! Replicate's HTTP API for apps in Rust.

use super::call::{Carries, Client, Plan};
use super::event::{Event, Events};
use super::limits::Settings;
use super::results::{Decode, Results, Snapshots, Texts};
use super::sender::{HeaderList, HeaderSource, Sender};
use super::token::Token;
use crate::protocol::backend::{Backend, Wait};
use crate::protocol::delivery::Delivery;
use crate::protocol::error::{Code, Error};
use crate::protocol::model::Reference;
use crate::protocol::run::Goal;
use crate::web::js::{at, global};
use crate::web::page::base_href;
use js_sys::Function;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::Url;

/// Replicate's HTTP API, behind a relay or directly.
#[derive(Clone)]
pub struct Replicate {
    client: Rc<Client>,
}

/// Without what is secret.
impl std::fmt::Debug for Replicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replicate").field("base_url", &self.client.sender.base).finish_non_exhaustive()
    }
}

impl Replicate {
    /// A client of the API at an address that ends in `/v1`: a relay's, which in a page may be relative, or
    /// Replicate's own where there is no page around the app.
    ///
    /// # Errors
    /// `invalid_argument` for an address that is none.
    pub fn new(base_url: &str) -> Result<Self, Error> {
        Self::with(base_url, global("fetch").unchecked_into(), None)
    }

    /// The same with a `fetch` of the app's own and a token, which everybody who has the page can read: a relay needs none.
    ///
    /// # Errors
    /// `invalid_argument` for an address that is none, and a token that no header can carry.
    pub fn with(base_url: &str, fetch: Function, token: Option<&str>) -> Result<Self, Error> {
        let token = token.map(Token::fixed).transpose()?.flatten();
        let sender = Sender {
            fetch,
            base: base_of(base_url)?,
            headers: HeaderSource::Fixed(HeaderList::new()),
            credentials: None,
            token,
            native: Vec::new(),
        };
        Ok(Self { client: Rc::new(Client { sender, settings: Settings::default(), files: None }) })
    }

    /// Runs a model; the text of its output as it comes. What is wrong with the arguments is the first item.
    pub fn stream_text(&self, reference: &str, input: &impl Serialize) -> Results<String> {
        self.open(reference, input, Goal::Text, Texts)
    }

    /// Runs a model; its events as they come. What is wrong with the arguments is the first item.
    pub fn stream(&self, reference: &str, input: &impl Serialize) -> Results<Event> {
        self.open(reference, input, Goal::Events, Events)
    }

    /// Runs a model to its end; its output.
    ///
    /// # Errors
    /// Everything that can go wrong; `protocol` for an output of another shape.
    pub async fn run<T: DeserializeOwned>(&self, reference: &str, input: &impl Serialize) -> Result<T, Error> {
        let results = self.open(reference, input, Goal::Snapshots, Snapshots);
        while let Some(result) = results.next_result().await {
            result?;
        }
        let output = results.prediction().map_or(JsValue::UNDEFINED, |prediction| at(&prediction.0, "output"));
        serde_wasm_bindgen::from_value(output)
            .map_err(|error| Error::protocol(format!("The output has another shape: {error}")))
    }

    fn open<T: 'static>(
        &self,
        reference: &str,
        input: &impl Serialize,
        goal: Goal,
        decode: impl Decode<T> + 'static,
    ) -> Results<T> {
        match self.plan(reference, input, goal) {
            Ok(plan) => Results::open(&self.client, plan, self.client.settings.clone(), decode),
            Err(error) => Results::failed(error, decode),
        }
    }

    fn plan(&self, reference: &str, input: &impl Serialize, goal: Goal) -> Result<Plan, Error> {
        let reference = Reference::read(reference)?;
        let input = input.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(|error| {
            Error::new(Code::InvalidArgument, format!("The input cannot be serialised: {error}"))
        })?;
        let wait = if goal == Goal::Snapshots { Wait::Block(None) } else { Wait::Stream };
        Ok(Plan {
            backend: Backend::replicate(self.client.sender.base.clone(), Some(reference), wait),
            goal,
            id: None,
            delivery: Delivery::default(),
            carries: Carries::Input { input, beside: Vec::new() },
        })
    }
}

/// The address of a server, without a slash at its end. In a page it may be relative to that.
fn base_of(text: &str) -> Result<String, Error> {
    let url = match base_href() {
        Some(base) => Url::new_with_base(text, &base),
        None => Url::new(text),
    };
    let url = url.map_err(|_| Error::new(Code::InvalidArgument, "The base URL is no URL of a server"))?;
    Ok(format!("{}{}", url.origin(), url.pathname()).trim_end_matches('/').to_owned())
}
