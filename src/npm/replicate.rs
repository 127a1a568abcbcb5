//! The client of Replicate's HTTP API, for JavaScript.

use super::error::{error_to_js, invalid, must_be, to_js};
use super::files::files;
use super::options::{Options, is_plain_object};
use super::request::{answer, request};
use super::results::{Kind, ToFiles};
use super::stream::PredictionStream;
use crate::client::{Answers, Client, Plan, Sender, Sending, Settings, Token, USER_AGENT, api_unless};
use crate::protocol::backend::{Expects, Wait};
use crate::protocol::delivery::Delivery;
use crate::protocol::error::{Code, Error};
use crate::protocol::prediction::{self, Status};
use crate::protocol::run::Goal;
use crate::web::js::{Record, at, call, is_missing, promise, text_at};
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
    /// Creates a client.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        let options = Options::of(options);
        let direct = options.flag("dangerouslyAllowBrowser", false) || !in_page();
        let base = options.base_url("baseUrl");
        let token = token_of(&options, direct);
        let base = options.accept(api_unless(base, direct, "baseUrl")).unwrap_or_default();
        let user_agent = options.header("userAgent").unwrap_or_else(|| USER_AGENT.to_owned());
        let strategies = ["default", "upload", "data-uri"];
        let strategy = options.one_of("fileEncodingStrategy", "a string: default, upload or data-uri", &strategies);
        let mut sender = options.sender(base, token);
        sender.native.push(("user-agent", user_agent.clone().into()));
        let to_files = to_files(&options, &sender);
        let settings = options.settings(&Settings::default());
        options.check()?;
        let client = Client { sender, settings, files: Some(files(strategy.as_deref().unwrap_or("default"))) };
        Ok(Self { client: Rc::new(client), user_agent, to_files })
    }

    /// The URL that requests go to.
    #[wasm_bindgen(getter, js_name = baseUrl)]
    pub fn base_url(&self) -> JsValue {
        self.client.sender.base.as_str().into()
    }

    /// The `User-Agent` outside of a browser.
    #[wasm_bindgen(getter, js_name = userAgent)]
    pub fn user_agent(&self) -> JsValue {
        self.user_agent.as_str().into()
    }

    /// Runs a model until it ends. Resolves to its output.
    pub fn run(&self, reference: &JsValue, options: &JsValue, on_progress: JsValue) -> Promise {
        let on_progress = match callback("The argument onProgress", on_progress) {
            Ok(on_progress) => on_progress,
            Err(error) => return Promise::reject(&error),
        };
        let answers = self.plan(reference, options, Goal::Snapshots).map(Answers::open);
        output(answers, self.to_files.clone(), on_progress)
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
        PredictionStream::open(self.followed(target, options).map(|plan| (plan, kind)))
    }

    /// Waits until a prediction has ended, or until `stop` returns true.
    pub fn wait(&self, prediction: JsValue, options: JsValue, stop: JsValue) -> Promise {
        let answers = watch(&self.client, &prediction, &options);
        promise(async move {
            let stop = callback("The argument stop", stop)?;
            match answers? {
                Some(answers) => match follow(&answers, stop, true).await {
                    // `wait` resolves to a cancelled prediction.
                    Err(Failure::Error { error, .. }) if matches!(error.code(), Code::Canceled | Code::Aborted) => {
                        Ok(answers.newest())
                    }
                    followed => followed.map_err(to_js),
                },
                None => Ok(prediction),
            }
        })
    }

    /// Sends a request to any route of the API. Resolves to its `Response`, and rejects for an error status.
    pub fn request(&self, route: JsValue, options: JsValue) -> Promise {
        answer(request(&self.client, route, &options, Expects::Raw), Answers::response)
    }

    /// The same for the resources, but resolves when the whole answer has arrived.
    #[wasm_bindgen(js_name = requestWhole)]
    pub fn request_whole(&self, route: JsValue, options: JsValue) -> Promise {
        answer(request(&self.client, route, &options, Expects::Buffered), Answers::response)
    }

    /// Returns the input with strings in place of files, for the resources.
    #[wasm_bindgen(js_name = encodeInput)]
    pub fn encode_input(&self, input: JsValue, options: &JsValue) -> Promise {
        let options = Options::of(options);
        let sending = Sending { client: Rc::clone(&self.client), signal: options.signal(), uploads: None };
        let encoding = options.check().map(|()| self.client.files.as_ref().map(|files| files.encode(&input, sending)));
        promise(async move {
            match encoding? {
                Some(encoding) => encoding.await.map_err(to_js),
                None => Ok(input),
            }
        })
    }

    /// The client without its secrets.
    #[wasm_bindgen(js_name = toJSON)]
    pub fn to_json(&self) -> JsValue {
        let json = Record::new();
        json.set("baseUrl", &self.base_url());
        json.set("userAgent", &self.user_agent());
        json.into()
    }
}

impl Replicate {
    fn open(&self, reference: &JsValue, options: &JsValue, kind: Kind) -> PredictionStream {
        let call = self.plan(reference, options, kind.goal());
        PredictionStream::open(call.map(|plan| (plan, kind)))
    }

    fn plan(&self, reference: &JsValue, options: &JsValue, goal: Goal) -> Result<Box<Plan>, JsValue> {
        let options = Options::of(options);
        let settings = options.settings(&self.client.settings);
        let input = options.input();
        let name = reference.as_string().unwrap_or_else(|| {
            options.refuse(must_be("A model reference", "a string", reference));
            String::new()
        });
        let wait = if goal == Goal::Snapshots { wait_of(&options) } else { Wait::Stream };
        let body = Record::new();
        body.set("input", &input);
        for name in ["webhook", "webhook_events_filter"] {
            let value = options.raw(name);
            if !value.is_undefined() {
                body.set(name, &value);
            }
        }
        options.check()?;
        Plan::create(&self.client, settings, &name, wait, goal, body).map_err(|error| error_to_js(&error))
    }

    fn followed(&self, target: &JsValue, options: &JsValue) -> Result<Box<Plan>, JsValue> {
        let to_json = at(target, "toJSON");
        let handle = match to_json.dyn_ref::<Function>() {
            // A call without an argument would need a binding of its own.
            Some(to_json) => to_json.call1(target, &JsValue::UNDEFINED)?,
            None => target.clone(),
        };
        let id = at(&handle, "id");
        let id = name_of("The id of a prediction", if id.is_undefined() { target } else { &id })?;
        let last_id = text_at(&handle, "lastEventId").unwrap_or_default();
        let delivered = at(&handle, "delivered").as_f64().unwrap_or_default();
        let options = Options::of(options);
        let settings = options.settings(&self.client.settings);
        options.check()?;
        let mut plan = Plan::follow(&self.client, settings, id, Wait::Stream, Goal::Events);
        plan.delivery = Delivery::after(last_id.into_bytes(), delivered as usize);
        Ok(plan)
    }
}

/// Follows a prediction until it ends and resolves to its output.
pub(super) fn output(
    answers: Result<Answers, JsValue>,
    to_files: Option<ToFiles>,
    on_progress: Option<Function>,
) -> Promise {
    promise(async move {
        let prediction = follow(&answers?, on_progress, false).await.map_err(to_js)?;
        let output = at(&prediction, "output");
        to_files.map_or(Ok(output.clone()), |to_files| to_files.of_output(&output))
    })
}

/// The answers about a prediction to wait for; `None` when it has ended already.
fn watch(client: &Rc<Client>, prediction: &JsValue, options: &JsValue) -> Result<Option<Answers>, JsValue> {
    let id = name_of("The id of the prediction to wait for", &at(prediction, "id"))?;
    let status = text_at(prediction, "status").map(|status| Status::read(&status));
    match status {
        Some(Status::Failed) => return Err(failed(prediction)),
        Some(status) if status.is_terminal() => return Ok(None),
        _ => {}
    }
    let options = Options::of(options);
    let interval = options.ms("interval").unwrap_or(INTERVAL);
    // A timeout of this wait must not cancel the prediction.
    let settings = Settings { cancel_on_leave: false, ..options.settings(&client.settings) };
    options.check()?;
    let plan = Plan::follow(client, settings, id, Wait::Poll(interval), Goal::Snapshots);
    Ok(Some(Answers::open(plan)))
}

/// Follows a prediction until it has ended. `observe` is called with each answer, and when it `stops` and returns true, that
/// answer is the last.
async fn follow(answers: &Answers, observe: Option<Function>, stops: bool) -> Result<JsValue, Failure> {
    while let Some(prediction) = answers.next().await? {
        if let Some(observe) = &observe
            && call(observe, &prediction).await.map_err(Failure::Own)? == JsValue::TRUE
            && stops
        {
            return Ok(prediction);
        }
    }
    Ok(answers.newest())
}

/// The error of a prediction that has failed already.
fn failed(prediction: &JsValue) -> JsValue {
    let text = |path| at(prediction, path);
    let detail = prediction::error(&JsJson(prediction.clone()));
    let error = Error::ended(Status::Failed, detail);
    error_to_js(&error.with_prediction(text("id").as_string(), text("logs").as_string(), None))
}

fn wait_of(options: &Options) -> Wait {
    let Some(value) = options.value("wait") else { return Wait::Block(None) };
    let mode = at(&value, "mode");
    let mode = if mode.is_undefined() { Some("block".to_owned()) } else { mode.as_string() };
    let inner = Options::of(&value);
    let wait = match mode.as_deref().filter(|_| is_plain_object(&value)) {
        Some("block") => Wait::Block(inner.whole("timeout", "a whole number of seconds from 1 to 60", 1..=60)),
        Some("poll") => Wait::Poll(inner.ms("interval").unwrap_or(INTERVAL)),
        _ => {
            let words = "{mode: \"block\", timeout} or {mode: \"poll\", interval}";
            options.refuse_kind("wait", words, &value);
            Wait::Block(None)
        }
    };
    if let Err(mistake) = inner.check() {
        options.refuse(mistake);
    }
    wait
}

/// Reads an optional argument that must be a function.
fn callback(what: &str, value: JsValue) -> Result<Option<Function>, JsValue> {
    if is_missing(&value) {
        return Ok(None);
    }
    value.dyn_into().map(Some).map_err(|value| must_be(what, "a function", &value))
}

/// A name that becomes a segment of a path. "." and ".." would lead to another route, and a lone surrogate cannot be encoded.
fn name_of(what: &str, value: &JsValue) -> Result<String, JsValue> {
    let fits = |text: &String| !matches!(text.as_str(), "" | "." | "..") && text.chars().all(|char| char != '\u{fffd}');
    value.as_string().filter(fits).ok_or_else(|| must_be(what, "a string: a plain id", value))
}

/// Reads the token, or the function that returns it. An empty token counts as none.
fn token_of(options: &Options, direct: bool) -> Option<Token> {
    let mut auth = options.raw("auth");
    if auth.is_undefined() && !in_page() {
        auth = environment("REPLICATE_API_TOKEN").map_or(JsValue::UNDEFINED, JsValue::from);
    }
    if is_missing(&auth) || auth == "" {
        return None;
    }
    if let Some(ask) = auth.dyn_ref::<Function>() {
        let ask = ask.clone();
        return Some(Token::asked(Rc::new(move || {
            let ask = ask.clone();
            Box::pin(async move {
                let token = call(&ask, &JsValue::UNDEFINED).await.map_err(Failure::Own)?;
                // The message does not describe the value: for a number it would show the number, which may be the token.
                token.as_string().ok_or_else(|| Failure::Own(invalid("The function auth must return a string")))
            }) as Pending<_>
        })));
    }
    let Some(text) = auth.as_string() else {
        options.refuse(invalid("The option auth must be a string or a function"));
        return None;
    };
    options.accept(Token::fixed(&text, direct))?
}

/// Reads the option `useFileOutput`.
pub(super) fn to_files(options: &Options, sender: &Sender) -> Option<ToFiles> {
    options.flag("useFileOutput", true).then(|| ToFiles::new(&sender.fetch))
}
