//! The client of a Cog server, for JavaScript.

use super::error::invalid;
use super::files::files;
use super::options::Options;
use super::replicate::{output, to_files};
use super::request::answer;
use super::results::{Kind, ToFiles};
use super::stream::PredictionStream;
use crate::client::{Answers, Client, Content, Plan, Settings, new_id};
use crate::protocol::backend::Expects;
use crate::protocol::run::Goal;
use js_sys::Promise;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A client of a Cog server.
#[wasm_bindgen(skip_typescript)]
pub struct Cog {
    client: Rc<Client>,
    to_files: Option<ToFiles>,
}

#[wasm_bindgen]
impl Cog {
    /// Creates a client of the server at `baseUrl`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        let options = Options::of(options);
        let base = options.base_url("baseUrl").unwrap_or_else(|| {
            options.refuse(invalid("The option baseUrl is needed: the URL of a Cog server"));
            String::new()
        });
        let sender = options.sender(base, None);
        let to_files = to_files(&options, &sender);
        let settings = options.settings(&Settings::default());
        options.check()?;
        Ok(Self { client: Rc::new(Client { sender, settings, files: Some(files("data-uri")) }), to_files })
    }

    /// The URL that requests go to.
    #[wasm_bindgen(getter, js_name = baseUrl)]
    pub fn base_url(&self) -> JsValue {
        self.client.sender.base.as_str().into()
    }

    /// Runs the model until it ends. Resolves to its output.
    pub fn run(&self, options: &JsValue) -> Promise {
        let answers = self.plan(options, Goal::Snapshots).map(Answers::open);
        output(answers, self.to_files.clone(), None)
    }

    /// Runs the model and streams its events.
    pub fn stream(&self, options: &JsValue) -> PredictionStream {
        self.open(options, Kind::Events(self.to_files.clone()))
    }

    /// Runs the model and streams the text of its output.
    #[wasm_bindgen(js_name = streamText)]
    pub fn stream_text(&self, options: &JsValue) -> PredictionStream {
        self.open(options, Kind::Text)
    }

    /// Asks the server for its state.
    pub fn health(&self, options: &JsValue) -> Promise {
        let options = Options::of(options);
        let settings = options.settings(&self.client.settings);
        let asked = options.check().map(|()| {
            let content = Content { signal: settings.signal.clone(), ..Content::default() };
            self.client.request("GET", "/health-check", Expects::Json, content, settings)
        });
        answer(asked, Answers::newest)
    }
}

impl Cog {
    fn open(&self, options: &JsValue, kind: Kind) -> PredictionStream {
        let call = self.plan(options, kind.goal());
        PredictionStream::open(call.map(|plan| (plan, kind)))
    }

    fn plan(&self, options: &JsValue, goal: Goal) -> Result<Box<Plan>, JsValue> {
        let options = Options::of(options);
        let settings = options.settings(&self.client.settings);
        let input = options.input();
        let id = options.id("id").unwrap_or_else(new_id);
        options.check()?;
        Ok(Plan::create_on_cog(&self.client, settings, id, goal, &input))
    }
}
