//! The client of a Cog server, for JavaScript.

use super::error::{invalid, to_js};
use super::files::files;
use super::options::Options;
use super::replicate::{output, to_files};
use super::results::{Kind, ToFiles};
use super::stream::PredictionStream;
use crate::client::{Client, Content, Plan, Results, Sender, Settings, Snapshots, new_id};
use crate::protocol::backend::Expects;
use crate::protocol::run::Goal;
use crate::web::js::promise;
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
        let options = Options::of(options)?;
        let Some(base) = options.base_url("baseUrl")? else {
            return Err(invalid("The option baseUrl is needed: the URL of a Cog server"));
        };
        let sender = Sender {
            fetch: options.fetch()?,
            base,
            headers: options.header_source()?,
            credentials: options.credentials()?,
            token: None,
            native: Vec::new(),
        };
        let to_files = to_files(&options, &sender)?;
        let settings = options.settings(&Settings::default())?;
        Ok(Self { client: Rc::new(Client { sender, settings, files: files("data-uri", None) }), to_files })
    }

    /// The URL that requests go to.
    #[wasm_bindgen(getter, js_name = baseUrl)]
    pub fn base_url(&self) -> String {
        self.client.sender.base.clone()
    }

    /// Runs the model until it ends. Resolves to its output.
    pub fn run(&self, options: &JsValue) -> Promise {
        let started = self.plan(options, Goal::Snapshots);
        let (client, to_files) = (Rc::clone(&self.client), self.to_files.clone());
        promise(async move {
            let (plan, settings) = started?;
            output(Results::open(&client, plan, settings, Snapshots), to_files, None).await
        })
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
        let (client, options) = (Rc::clone(&self.client), Options::of(options));
        promise(async move {
            let settings = options?.settings(&client.settings)?;
            let content = Content { signal: settings.signal.clone(), ..Content::default() };
            let results = client.request("GET", "/health-check", Expects::Json, content, settings);
            match results.next_result().await {
                Some(Err(failure)) => Err(to_js(failure)),
                _ => Ok(results.prediction_value().unwrap_or_default()),
            }
        })
    }
}

impl Cog {
    fn open(&self, options: &JsValue, kind: Kind) -> PredictionStream {
        let call = self.plan(options, kind.goal());
        PredictionStream::open(call.map(|(plan, settings)| (Rc::clone(&self.client), plan, settings, kind)))
    }

    fn plan(&self, options: &JsValue, goal: Goal) -> Result<(Plan, Settings), JsValue> {
        let options = Options::of(options)?;
        let settings = options.settings(&self.client.settings)?;
        let input = options.input()?;
        let id = options.id("id")?.unwrap_or_else(new_id);
        let plan = Plan::create_on_cog(&self.client, id, goal, input.into());
        Ok((plan, settings))
    }
}
