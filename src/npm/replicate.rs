//! The client of Replicate's HTTP API, for JavaScript.

use super::error::{error_to_js, invalid, to_js};
use super::files::files;
use super::options::{Options, is_plain_object, must_be};
use super::request::request;
use super::results::{Kind, ToFiles};
use super::stream::PredictionStream;
use crate::client::{Client, Plan, Results, Sender, Sending, Settings, Snapshots, Token, USER_AGENT, api_unless};
use crate::protocol::backend::Wait;
use crate::protocol::delivery::Delivery;
use crate::protocol::error::{Code, Error};
use crate::protocol::prediction::Status;
use crate::protocol::run::Goal;
use crate::web::js::{Record, at, call, promise, text_at, text_of};
use crate::web::page::{environment, in_page};
use crate::web::{Failure, JsJson, Pending};
use js_sys::{Function, Promise};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// The default pause between two polls.
const INTERVAL: Duration = Duration::from_millis(500);

/// A client of Replicate's HTTP API. `client.js` adds the resources.
#[wasm_bindgen(skip_typescript)]
pub struct Replicate {
    client: Rc<Client>,
    user_agent: String,
    to_files: Option<ToFiles>,
}

#[wasm_bindgen]
impl Replicate {
    /// Creates a client. `to_form` makes the forms of uploads.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, to_form: Option<Function>) -> Result<Self, JsValue> {
        let options = Options::of(options)?;
        let direct = options.flag("dangerouslyAllowBrowser", false)? || !in_page();
        let base = options.base_url("baseUrl")?;
        let token = token_of(&options, direct)?;
        let base = api_unless(base, direct, "baseUrl").map_err(|error| error_to_js(&error))?;
        let user_agent = options.header("userAgent")?.unwrap_or_else(|| USER_AGENT.to_owned());
        let strategies = ["default", "upload", "data-uri"];
        let strategy = options.one_of("fileEncodingStrategy", "default, upload or data-uri", &strategies)?;
        let sender = Sender {
            fetch: options.fetch()?,
            base,
            headers: options.header_source()?,
            credentials: options.credentials()?,
            token,
            native: vec![("user-agent", user_agent.clone())],
        };
        let to_files = to_files(&options, &sender)?;
        let settings = options.settings(&Settings::default())?;
        let client = Client { sender, settings, files: files(strategy.as_deref().unwrap_or("default"), to_form) };
        Ok(Self { client: Rc::new(client), user_agent, to_files })
    }

    /// The URL that requests go to.
    #[wasm_bindgen(getter, js_name = baseUrl)]
    pub fn base_url(&self) -> String {
        self.client.sender.base.clone()
    }

    /// The `User-Agent` outside of a browser.
    #[wasm_bindgen(getter, js_name = userAgent)]
    pub fn user_agent(&self) -> String {
        self.user_agent.clone()
    }

    /// Runs a model until it ends. Resolves to its output.
    pub fn run(&self, reference: &JsValue, options: &JsValue, on_progress: Option<Function>) -> Promise {
        let started = self.plan(reference, options, Goal::Snapshots);
        let (client, to_files) = (Rc::clone(&self.client), self.to_files.clone());
        promise(async move {
            let (plan, settings) = started?;
            output(Results::open(&client, plan, settings, Snapshots), to_files, on_progress).await
        })
    }

    /// Runs a model and streams its events.
    pub fn stream(&self, reference: &JsValue, options: &JsValue) -> PredictionStream {
        self.open(reference, options, Kind::Events(self.to_files.clone()))
    }

    /// Runs a model and streams the text of its output.
    #[wasm_bindgen(js_name = streamText)]
    pub fn stream_text(&self, reference: &JsValue, options: &JsValue) -> PredictionStream {
        self.open(reference, options, Kind::Text)
    }

    /// Streams the events of a prediction that was created before: from the start for an id, or from the place of a handle.
    pub fn resume(&self, target: &JsValue, options: &JsValue) -> PredictionStream {
        let kind = Kind::Events(self.to_files.clone());
        PredictionStream::open(
            self.followed(target, options).map(|(plan, settings)| (Rc::clone(&self.client), plan, settings, kind)),
        )
    }

    /// Waits until a prediction has ended, or until `stop` returns true.
    pub fn wait(&self, prediction: JsValue, options: JsValue, stop: Option<Function>) -> Promise {
        let client = Rc::clone(&self.client);
        promise(async move { wait(&client, prediction, &options, stop).await })
    }

    /// Sends a request to any route of the API. Resolves to its `Response`, and rejects for an error status.
    pub fn request(&self, route: JsValue, options: JsValue) -> Promise {
        let client = Rc::clone(&self.client);
        promise(async move { request(&client, route, &options).await })
    }

    /// Returns the input with strings in place of files, for the resources.
    #[wasm_bindgen(js_name = encodeInput)]
    pub fn encode_input(&self, input: JsValue, options: &JsValue) -> Promise {
        let client = Rc::clone(&self.client);
        let options = Options::of(options);
        promise(async move {
            let sending = Sending { client: Rc::clone(&client), signal: options?.signal()?, uploads: None };
            match &client.files {
                Some(files) => files.encode(&input, sending).await.map_err(to_js),
                None => Ok(input),
            }
        })
    }

    /// The client without its secrets.
    #[wasm_bindgen(js_name = toJSON)]
    pub fn to_json(&self) -> JsValue {
        let json = Record::new();
        json.set("baseUrl", &self.base_url().into());
        json.set("userAgent", &self.user_agent().into());
        json.into()
    }
}

impl Replicate {
    fn open(&self, reference: &JsValue, options: &JsValue, kind: Kind) -> PredictionStream {
        let call = self.plan(reference, options, kind.goal());
        PredictionStream::open(call.map(|(plan, settings)| (Rc::clone(&self.client), plan, settings, kind)))
    }

    fn plan(&self, reference: &JsValue, options: &JsValue, goal: Goal) -> Result<(Plan, Settings), JsValue> {
        let options = Options::of(options)?;
        let settings = options.settings(&self.client.settings)?;
        let input = options.input()?;
        let Some(reference) = reference.as_string() else {
            return Err(must_be("A model reference", "a string", reference));
        };
        let wait = if goal == Goal::Snapshots { wait_of(&options)? } else { Wait::Stream };
        let webhooks = ["webhook", "webhook_events_filter"].map(|name| (name, options.0.get(name)));
        let beside = webhooks.into_iter().filter(|(_, value)| !value.is_undefined()).collect();
        let plan = Plan::create(&self.client, &reference, wait, goal, input.into(), beside);
        let plan = plan.map_err(|error| error_to_js(&error))?;
        Ok((plan, settings))
    }

    fn followed(&self, target: &JsValue, options: &JsValue) -> Result<(Plan, Settings), JsValue> {
        let to_json = at(target, "toJSON");
        let handle = match to_json.dyn_ref::<Function>() {
            Some(to_json) => to_json.call0(target)?,
            None => target.clone(),
        };
        let id = at(&handle, "id");
        let id = name_of("The id of a prediction", if id.is_undefined() { target } else { &id })?;
        let last_id = text_at(&handle, "lastEventId").unwrap_or_default();
        let delivered = at(&handle, "delivered").as_f64().unwrap_or_default();
        let plan = Plan::follow(
            &self.client,
            id,
            Wait::Stream,
            Goal::Events,
            Delivery::after(last_id.into_bytes(), delivered as usize),
        );
        Ok((plan, Options::of(options)?.settings(&self.client.settings)?))
    }
}

/// Follows a prediction until it ends and returns its output.
pub(super) async fn output(
    results: Results<JsJson>,
    to_files: Option<ToFiles>,
    on_progress: Option<Function>,
) -> Result<JsValue, JsValue> {
    while let Some(result) = results.next_result().await {
        let JsJson(prediction) = result.map_err(to_js)?;
        if let Some(on_progress) = &on_progress {
            call(on_progress, &prediction).await?;
        }
    }
    let output = at(&newest(&results), "output");
    to_files.map_or(Ok(output.clone()), |to_files| to_files.of_output(&output))
}

/// The newest answer about the prediction.
fn newest(results: &Results<JsJson>) -> JsValue {
    results.prediction_value().unwrap_or_default()
}

async fn wait(
    client: &Rc<Client>,
    prediction: JsValue,
    options: &JsValue,
    stop: Option<Function>,
) -> Result<JsValue, JsValue> {
    let id = name_of("The id of a prediction", &at(&prediction, "id"))?;
    let status = text_at(&prediction, "status").map(|status| Status::read(&status));
    match status {
        Some(Status::Failed) => return Err(failed(&prediction)),
        Some(status) if status.is_terminal() => return Ok(prediction),
        _ => {}
    }
    let options = Options::of(options)?;
    let interval = options.ms("interval")?.unwrap_or(INTERVAL);
    // A timeout of this wait must not cancel the prediction.
    let settings = Settings { cancel_on_leave: false, ..options.settings(&client.settings)? };
    let plan = Plan::follow(client, id, Wait::Poll(interval), Goal::Snapshots, Delivery::default());
    let results = Results::open(client, plan, settings, Snapshots);
    while let Some(result) = results.next_result().await {
        match result {
            Ok(JsJson(snapshot)) => {
                if let Some(stop) = &stop
                    && call(stop, &snapshot).await? == JsValue::TRUE
                {
                    return Ok(snapshot);
                }
            }
            // A cancelled prediction is no error here: `wait` resolves to it.
            Err(Failure::Error { error, .. }) if matches!(error.code(), Code::Canceled | Code::Aborted) => break,
            Err(failure) => return Err(to_js(failure)),
        }
    }
    Ok(newest(&results))
}

/// The error of a prediction that has failed already.
fn failed(prediction: &JsValue) -> JsValue {
    let text = |path| at(prediction, path);
    let detail = text_of(&text("error"));
    let error = Error::ended(Status::Failed, detail);
    error_to_js(&error.with_prediction(text("id").as_string(), text("logs").as_string(), None))
}

fn wait_of(options: &Options) -> Result<Wait, JsValue> {
    let Some(wait) = options.value("wait")? else { return Ok(Wait::Block(None)) };
    let mode = at(&wait, "mode");
    let mode = if mode.is_undefined() { Some("block".to_owned()) } else { mode.as_string() };
    let options = Options(wait.clone().unchecked_into());
    match mode.as_deref().filter(|_| is_plain_object(&wait)) {
        Some("block") => {
            let seconds = options.whole("timeout", "a whole number of seconds from 1 to 60", 1..=60)?;
            Ok(Wait::Block(seconds))
        }
        Some("poll") => Ok(Wait::Poll(options.ms("interval")?.unwrap_or(INTERVAL))),
        _ => Err(must_be("The option wait", "{mode: \"block\", timeout} or {mode: \"poll\", interval}", &wait)),
    }
}

/// A name that becomes a segment of a path. "." and ".." would lead to another route, and a lone surrogate cannot be encoded.
fn name_of(what: &str, value: &JsValue) -> Result<String, JsValue> {
    let fits = |text: &String| !matches!(text.as_str(), "" | "." | "..") && text.chars().all(|char| char != '\u{fffd}');
    value.as_string().filter(fits).ok_or_else(|| must_be(what, "a string that names one thing", value))
}

/// Reads the token, or the function that returns it. An empty token counts as none.
fn token_of(options: &Options, direct: bool) -> Result<Option<Token>, JsValue> {
    let mut auth = options.0.read("auth")?;
    if auth.is_undefined() && !in_page() {
        auth = environment("REPLICATE_API_TOKEN").map_or(JsValue::UNDEFINED, JsValue::from);
    }
    if auth.is_undefined() || auth.is_null() || auth == "" {
        return Ok(None);
    }
    if let Some(ask) = auth.dyn_ref::<Function>() {
        let ask = ask.clone();
        return Ok(Some(Token::asked(Rc::new(move || {
            let ask = ask.clone();
            Box::pin(async move {
                let token = call(&ask, &JsValue::UNDEFINED).await.map_err(Failure::Own)?;
                // No kind of the value in this message: of a number it would be the number, which may be the token.
                token.as_string().ok_or_else(|| Failure::Own(invalid("The function auth must give a string")))
            }) as Pending<_>
        }))));
    }
    let Some(text) = auth.as_string() else { return Err(invalid("The option auth must be a string or a function")) };
    Token::fixed(&text, direct).map_err(|error| error_to_js(&error))
}

/// Reads the option `useFileOutput`.
pub(super) fn to_files(options: &Options, sender: &Sender) -> Result<Option<ToFiles>, JsValue> {
    Ok(options.flag("useFileOutput", true)?.then(|| ToFiles::new(&sender.fetch)))
}
