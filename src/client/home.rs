//! The provider: Replicate's homepage protocol, for apps in Rust and for `npm`.

mod chunk;
mod message;
mod options;

use super::call::{Carries, Client, EncodeFiles, Plan};
use super::limits::{Limits, Settings};
use super::results::Results;
use super::sender::{HeaderSource, Sender};
use crate::protocol::backend::{Backend, homepage};
use crate::protocol::error::Error;
use crate::protocol::model::{MODELS, Makes, Model};
use crate::protocol::prompt::{Chat, image_prompt, text_prompt};
use crate::protocol::run::Goal;
use crate::web::EngineCase;
use crate::web::js::Record;
use js_sys::{Array, Function};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;

pub use chunk::{Chunk, Image};
pub use message::Message;
pub use options::HomeOptions;

/// The provider: the protocol of Replicate's homepage, without a token, which polls every 5 seconds. Its public endpoint
/// was withdrawn in January 2025: use a relay or the sandbox with [`HomeOptions::proxy`].
///
/// # Example
///
/// ```no_run
/// use replicate_wasm::{Chunk, Error, HomeOptions, ReplicateHome};
///
/// async fn poem(mut show: impl FnMut(&str)) -> Result<(), Error> {
///     let options = HomeOptions::new().proxy("/relay").prompt("Write a short poem about spring.");
///     let mut chunks = ReplicateHome::create_async_generator(options);
///     while let Some(chunk) = chunks.next().await {
///         match chunk? {
///             Chunk::Text(text) => show(&text),
///             Chunk::Image(image) => show(&image.url),
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
pub struct ReplicateHome;

impl ReplicateHome {
    /// The homepage.
    pub const URL: &'static str = homepage::URL;
    /// The URL of creates.
    pub const API_ENDPOINT: &'static str = homepage::API_ENDPOINT;
    /// Whether the public endpoint works.
    pub const WORKING: bool = false;
    /// Whether output is streamed.
    pub const SUPPORTS_STREAM: bool = true;
    /// All models with their aliases, versions and kinds of output.
    pub const MODELS: [Model; 4] = MODELS;
    /// The first text model.
    pub const DEFAULT_MODEL: &'static str = MODELS[0].name;
    /// The first image model.
    pub const DEFAULT_IMAGE_MODEL: &'static str = MODELS[1].name;

    /// The models that make text.
    pub fn text_models() -> impl Iterator<Item = Model> {
        MODELS.into_iter().filter(|model| model.makes == Makes::Text)
    }

    /// The models that make images.
    pub fn image_models() -> impl Iterator<Item = Model> {
        MODELS.into_iter().filter(|model| model.makes == Makes::Images)
    }

    /// Finds a model by its name or alias; the first one for an empty name.
    ///
    /// # Errors
    /// [`Code::ModelNotSupported`](crate::Code::ModelNotSupported) for any other name.
    pub fn get_model(name: &str) -> Result<Model, Error> {
        if name.is_empty() { Ok(MODELS[0]) } else { Model::find(name) }
    }

    /// Runs a model and streams the text of its output, or its images. An invalid option is an error as the first item.
    pub fn create_async_generator(options: HomeOptions) -> Results<Chunk> {
        match options.into_call() {
            Ok((call, decode)) => Results::open(Ok(call.plan()), decode),
            Err(error) => Results::open(Err(error), chunk::Chunks::Text),
        }
    }
}

/// Headers of the original provider, sent outside of a page. A browser sets its own and does not let scripts set them.
const NATIVE: [(&str, &str); 3] = [
    ("origin", "https://replicate.com"),
    ("referer", "https://replicate.com/"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
];

/// A call to the provider with validated options.
pub(crate) struct HomeCall {
    pub(crate) model: Model,
    pub(crate) prompt: String,
    /// Further inputs.
    pub(crate) input: Record,
    pub(crate) proxy: Option<String>,
    pub(crate) fetch: Function,
    pub(crate) headers: HeaderSource,
    pub(crate) credentials: Option<String>,
    pub(crate) interval: Option<Duration>,
    pub(crate) attempts: Option<u32>,
    /// Replaces the files of the input.
    pub(crate) files: Option<Rc<dyn EncodeFiles>>,
    /// Only the signal and the observer are used.
    pub(crate) settings: Settings,
}

impl HomeCall {
    /// The plan of the call.
    pub(crate) fn plan(self) -> Box<Plan> {
        self.input.set("prompt", &self.prompt.into());
        let sender = Sender {
            fetch: self.fetch,
            headers: self.headers,
            credentials: self.credentials,
            token: None,
            // Only for Replicate's host: with this `Origin` a relay would take the request for one from another site.
            native: match &self.proxy {
                None => NATIVE.map(|(name, value)| (name, value.into())).into(),
                Some(_) => Vec::new(),
            },
            base: self.proxy.unwrap_or_else(|| homepage::BASE.to_owned()),
        };
        let (interval, attempts) =
            (self.interval.unwrap_or(homepage::INTERVAL), self.attempts.unwrap_or(homepage::ATTEMPTS));
        let backend = Backend::homepage(sender.base.clone(), self.model, interval, attempts);
        // The protocol has no retries, and its number of polls is its time limit.
        let limits = Limits { idle: None, total: None, max_retries: 0, ..Limits::default() };
        let settings = Settings { limits, cancel_on_leave: false, ..self.settings };
        let client = Rc::new(Client { sender, settings: Settings::default(), files: self.files });
        Plan::new(&client, settings, backend, goal(self.model.makes), Carries::input(&self.input))
    }
}

fn goal(makes: Makes) -> Goal {
    match makes {
        Makes::Text => Goal::Text,
        Makes::Images => Goal::Whole,
    }
}

/// The prompt of a chat. Its images become the input `image`: a string for one, a list for several.
pub(crate) fn prompt_of(chat: &Chat, makes: Makes, input: &Record) -> String {
    let images: Array = chat.images.iter().map(JsValue::from).collect();
    match images.length() {
        0 => {}
        1 => input.set("image", &images.get_unchecked(0)),
        _ => input.set("image", &images),
    }
    match makes {
        Makes::Text => text_prompt(&chat.messages, &EngineCase),
        Makes::Images => image_prompt(&chat.messages),
    }
}
