//! The provider's client, for JavaScript.

use super::error::invalid;
use super::files::files;
use super::options::Options;
use super::results::Kind;
use super::stream::PredictionStream;
use crate::client::{HomeCall, Plan, Settings, prompt_of};
use crate::protocol::backend::homepage;
use crate::protocol::model::{MODELS, Makes, Model};
use crate::protocol::prompt::read_messages;
use crate::web::JsJson;
use crate::web::js::Record;
use js_sys::Array;
use wasm_bindgen::prelude::*;

/// The provider.
#[wasm_bindgen(skip_typescript)]
pub struct ReplicateHome;

/// The names of the models of a kind, or of all.
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

/// Finds the model of the option `model`; the first one by default.
fn find(options: &Options) -> Model {
    let wanted = options.string("model").filter(|name| !name.is_empty());
    wanted.and_then(|name| options.accept(Model::find(&name))).unwrap_or(MODELS[0])
}

#[wasm_bindgen]
impl ReplicateHome {
    /// The homepage.
    #[wasm_bindgen(getter)]
    pub fn url() -> JsValue {
        homepage::URL.into()
    }

    /// The URL of creates.
    #[wasm_bindgen(getter, js_name = apiEndpoint)]
    pub fn api_endpoint() -> JsValue {
        homepage::API_ENDPOINT.into()
    }

    /// `false`: the public endpoint was withdrawn in January 2025. Use a relay.
    #[wasm_bindgen(getter)]
    pub fn working() -> bool {
        false
    }

    /// Whether output is streamed.
    #[wasm_bindgen(getter, js_name = supportsStream)]
    pub fn supports_stream() -> bool {
        true
    }

    /// The first text model.
    #[wasm_bindgen(getter, js_name = defaultModel)]
    pub fn default_model() -> JsValue {
        MODELS[0].name.into()
    }

    /// The first image model.
    #[wasm_bindgen(getter, js_name = defaultImageModel)]
    pub fn default_image_model() -> JsValue {
        Self::image_models().get_unchecked(0)
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

    /// Model names by alias.
    #[wasm_bindgen(getter, js_name = modelAliases)]
    pub fn model_aliases() -> JsValue {
        table(|model| (model.alias, model.name))
    }

    /// Versions by model name.
    #[wasm_bindgen(getter, js_name = modelVersions)]
    pub fn model_versions() -> JsValue {
        table(|model| (model.name, model.version))
    }

    /// The name of a model, by its name or alias.
    #[wasm_bindgen(js_name = getModel)]
    pub fn get_model(name: &JsValue) -> Result<JsValue, JsValue> {
        let options = Record::new();
        options.set("model", name);
        let options = Options::of(&options);
        let model = find(&options);
        options.check().map(|()| model.name.into())
    }

    /// Runs a model. The error of an invalid option rejects the first `next()`.
    #[wasm_bindgen(js_name = createAsyncGenerator)]
    pub fn create_async_generator(options: &JsValue) -> PredictionStream {
        PredictionStream::open(plan(options))
    }
}

fn plan(options: &JsValue) -> Result<(Box<Plan>, Kind), JsValue> {
    let options = Options::of(options);
    let prompt = options.string("prompt");
    let messages = options.array("messages");
    let input = options.object("input").map_or_else(Record::new, |input| input.copy());
    let model = find(&options);
    let prompt = match (prompt, messages) {
        (Some(prompt), _) => prompt,
        (None, Some(messages)) => {
            // The images in the messages become the input `image`.
            let chat = options.accept(read_messages(&JsJson(messages.into()))).unwrap_or_default();
            prompt_of(&chat, model.makes, &input)
        }
        (None, None) => {
            options.refuse(invalid("One of the options messages and prompt is needed"));
            String::new()
        }
    };
    let fetch = options.fetch();
    let kind = match model.makes {
        Makes::Text => Kind::Text,
        Makes::Images => Kind::Images { alt: prompt.as_str().into(), fetch: fetch.clone() },
    };
    let mut settings = Settings::default();
    options.observe(&mut settings);
    let call = HomeCall {
        model,
        prompt,
        input,
        proxy: options.base_url("proxy"),
        fetch,
        headers: options.header_source(),
        credentials: options.credentials(),
        interval: options.ms("pollIntervalMs"),
        attempts: options.whole("maxAttempts", "a whole number from 1 to 1000000", 1..=1_000_000),
        // The homepage has no uploads.
        files: Some(files("data-uri")),
        settings,
    };
    options.check()?;
    Ok((call.plan(), kind))
}
