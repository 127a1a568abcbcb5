//! The provider: Replicate's homepage protocol, as JavaScript calls it.

use super::error::{error_to_js, invalid};
use super::options::Options;
use super::results::Kind;
use super::stream::PredictionStream;
use crate::client::{Carries, Client, Limits, Plan, Sender, Settings};
use crate::protocol::backend::{Backend, homepage};
use crate::protocol::delivery::Delivery;
use crate::protocol::model::{MODELS, Makes, Model};
use crate::protocol::prompt::{image_prompt, read_messages, text_prompt};
use crate::web::js::Record;
use crate::web::{EngineCase, JsJson};
use js_sys::Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// What the original sends beside. A browser sets its own, and forbids to set them.
const NATIVE: [(&str, &str); 3] = [
    ("origin", "https://replicate.com"),
    ("referer", "https://replicate.com/"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
];

/// The provider.
#[wasm_bindgen(skip_typescript)]
pub struct ReplicateHome;

/// The names of the models that make one thing, or of all.
fn names(makes: Option<Makes>) -> Array {
    let wanted = MODELS.iter().filter(|model| makes.is_none_or(|makes| model.makes == makes));
    wanted.map(|model| JsValue::from(model.name)).collect()
}

fn table(row: fn(&Model) -> (&'static str, &'static str)) -> JsValue {
    let table = Record::new();
    for (key, value) in MODELS.iter().map(row) {
        table.set(key, &value.into());
    }
    table.into()
}

/// The model of a name or an alias; the first where there is neither.
fn find(options: &Options) -> Result<Model, JsValue> {
    let wanted = options.string("model")?.filter(|name| !name.is_empty());
    wanted.map_or(Ok(MODELS[0]), |name| Model::find(&name).map_err(|error| error_to_js(&error)))
}

#[wasm_bindgen]
impl ReplicateHome {
    /// The site.
    #[wasm_bindgen(getter)]
    pub fn url() -> String {
        homepage::URL.to_owned()
    }

    /// Where predictions are created.
    #[wasm_bindgen(getter, js_name = apiEndpoint)]
    pub fn api_endpoint() -> String {
        format!("{}{}", homepage::BASE, homepage::CREATE)
    }

    /// The public endpoint was withdrawn in January 2025; a relay stands in for it.
    #[wasm_bindgen(getter)]
    pub fn working() -> bool {
        false
    }

    /// It streams.
    #[wasm_bindgen(getter, js_name = supportsStream)]
    pub fn supports_stream() -> bool {
        true
    }

    /// The first text model.
    #[wasm_bindgen(getter, js_name = defaultModel)]
    pub fn default_model() -> String {
        MODELS[0].name.to_owned()
    }

    /// The first image model.
    #[wasm_bindgen(getter, js_name = defaultImageModel)]
    pub fn default_image_model() -> JsValue {
        Self::image_models().get(0)
    }

    /// Image models.
    #[wasm_bindgen(getter, js_name = imageModels)]
    pub fn image_models() -> Array {
        names(Some(Makes::Images))
    }

    /// Text models.
    #[wasm_bindgen(getter, js_name = textModels)]
    pub fn text_models() -> Array {
        names(Some(Makes::Text))
    }

    /// All models.
    #[wasm_bindgen(getter)]
    pub fn models() -> Array {
        names(None)
    }

    /// Names by alias.
    #[wasm_bindgen(getter, js_name = modelAliases)]
    pub fn model_aliases() -> JsValue {
        table(|model| (model.alias, model.name))
    }

    /// Versions by name.
    #[wasm_bindgen(getter, js_name = modelVersions)]
    pub fn model_versions() -> JsValue {
        table(|model| (model.name, model.version))
    }

    /// The name of a model by its name or alias.
    #[wasm_bindgen(js_name = getModel)]
    pub fn get_model(name: &JsValue) -> Result<String, JsValue> {
        let options = Record::new();
        options.set("model", name);
        find(&Options(options)).map(|model| model.name.to_owned())
    }

    /// Runs a model. What is wrong with the options rejects the first `next()`.
    #[wasm_bindgen(js_name = createAsyncGenerator)]
    pub fn create_async_generator(options: &JsValue) -> PredictionStream {
        PredictionStream::open(plan(options))
    }
}

fn plan(options: &JsValue) -> Result<(Rc<Client>, Plan, Settings, Kind), JsValue> {
    let options = Options::of(options)?;
    let prompt = options.string("prompt")?;
    let messages = options.array("messages")?;
    let input = options.object("input")?.map_or_else(Record::new, |input| input.copy());
    let model = find(&options)?;
    let prompt = match (prompt, messages) {
        (Some(prompt), _) => prompt,
        (None, Some(messages)) => read(&messages, model.makes, &input)?,
        (None, None) => return Err(invalid("One of the options messages and prompt is needed")),
    };
    let prompt = JsValue::from(prompt);
    input.set("prompt", &prompt);
    let proxy = options.base_url("proxy")?;
    let sender = Sender {
        fetch: options.fetch()?,
        headers: options.header_source()?,
        credentials: options.credentials()?,
        token: None,
        // They are for Replicate's own host: a relay would take them for those of another site's page.
        native: if proxy.is_none() { NATIVE.map(|(name, value)| (name, value.to_owned())).into() } else { Vec::new() },
        base: proxy.unwrap_or_else(|| homepage::BASE.to_owned()),
    };
    let kind = match model.makes {
        Makes::Text => Kind::Text,
        Makes::Images => Kind::Images { alt: prompt, fetch: sender.fetch.clone() },
    };
    let interval = options.ms("pollIntervalMs")?.unwrap_or(homepage::INTERVAL);
    let attempts = options.whole("maxAttempts", "a whole number from 1 to 1000000", 1..=1_000_000)?;
    let plan = Plan {
        backend: Backend::homepage(sender.base.clone(), model, interval, attempts.unwrap_or(homepage::ATTEMPTS)),
        goal: kind.goal(),
        id: None,
        delivery: Delivery::default(),
        carries: Carries::Input { input: input.into(), beside: Vec::new() },
    };
    // The protocol tries nothing again, and its attempts are its time limit.
    let limits = Limits { idle: None, total: None, max_retries: 0, ..Limits::default() };
    let settings = Settings { limits, cancel_on_leave: false, ..options.observers()? };
    let client = Client { sender, settings: Settings::default(), files: None };
    Ok((Rc::new(client), plan, settings, kind))
}

/// Messages as a prompt. Their images become the input `image`, one as itself and several as a list.
fn read(messages: &Array, makes: Makes, input: &Record) -> Result<String, JsValue> {
    let chat = read_messages(&JsJson(messages.into())).map_err(|error| error_to_js(&error))?;
    match &*chat.images {
        [] => {}
        [one] => input.set("image", &one.as_str().into()),
        several => input.set("image", &several.iter().map(JsValue::from).collect::<Array>()),
    }
    Ok(match makes {
        Makes::Text => text_prompt(&chat.messages, &EngineCase),
        Makes::Images => image_prompt(&chat.messages),
    })
}
