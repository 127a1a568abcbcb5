//! The options of a call to the provider.

use super::chunk::Chunks;
use super::message::{Message, chat};
use super::{HomeCall, ReplicateHome, prompt_of};
use crate::client::error::invalid;
use crate::client::input::to_input;
use crate::client::limits::Settings;
use crate::client::options::{SenderOptions, keep_error, sending_options, signal_option};
use crate::protocol::error::Error;
use crate::protocol::model::Makes;
use crate::web::js::Record;
use serde::Serialize;
use std::time::Duration;
use wasm_bindgen::prelude::*;

/// The options of [`ReplicateHome::create_async_generator`]. A prompt or messages are required.
#[derive(Clone, Default)]
#[must_use]
pub struct HomeOptions {
    model: String,
    prompt: Option<String>,
    messages: Option<Vec<Message>>,
    input: Option<JsValue>,
    sending: SenderOptions,
    interval: Option<Duration>,
    attempts: Option<u32>,
    settings: Settings,
    error: Option<Error>,
}

/// Shows no secrets.
impl std::fmt::Debug for HomeOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HomeOptions").field("model", &self.model).finish_non_exhaustive()
    }
}

impl HomeOptions {
    /// The default options: the first text model, without a prompt.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name or alias of a model; [`ReplicateHome::DEFAULT_MODEL`] by default.
    pub fn model(mut self, name: &str) -> Self {
        self.model = name.to_owned();
        self
    }

    /// The prompt. It wins over [`messages`](Self::messages) and over a `prompt` in the [`input`](Self::input).
    pub fn prompt(mut self, prompt: &str) -> Self {
        self.prompt = Some(prompt.to_owned());
        self
    }

    /// A chat from which the prompt is made. The prompt of an image model is the last message.
    pub fn messages(mut self, messages: impl IntoIterator<Item = Message>) -> Self {
        self.messages = Some(messages.into_iter().collect());
        self
    }

    /// Further inputs of the model: a struct or a map. A value that cannot be serialised is
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument).
    pub fn input(mut self, input: &impl Serialize) -> Self {
        match to_input(input) {
            Ok(input) => self.input = Some(input),
            Err(error) => drop(self.error.get_or_insert(error)),
        }
        self
    }

    /// The URL of a relay, such as `/relay`, in place of Replicate's homepage.
    pub fn proxy(mut self, url: &str) -> Self {
        keep_error!(self, self.sending.set_base(url, "proxy"));
        self
    }

    /// The pause between two polls; 5 seconds.
    pub fn poll_interval(mut self, pause: Duration) -> Self {
        self.interval = Some(pause);
        self
    }

    /// The number of polls before the call ends with [`Code::Timeout`](crate::Code::Timeout); 30.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        if attempts == 0 {
            self.error.get_or_insert(invalid("The option max_attempts must be 1 or more"));
        }
        self.attempts = Some(attempts);
        self
    }

    /// Called with each [state](crate::Results::state) of the call.
    pub fn on_state(mut self, observer: impl Fn(&crate::client::CallState) + 'static) -> Self {
        self.settings.observer = Some(std::rc::Rc::new(observer));
        self
    }

    sending_options!();
    signal_option!();

    pub(super) fn into_call(self) -> Result<(HomeCall, Chunks), Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let model = ReplicateHome::get_model(&self.model)?;
        // A copy, since clones of these options share the object.
        let input = self.input.map_or_else(Record::new, |input| input.unchecked_into::<Record>().copy());
        let prompt = match (self.prompt, self.messages) {
            (Some(prompt), _) => prompt,
            (None, Some(messages)) => prompt_of(&chat(messages)?, model.makes, &input),
            (None, None) => return Err(invalid("One of the options messages and prompt is needed")),
        };
        let chunks = match model.makes {
            Makes::Text => Chunks::Text,
            Makes::Images => Chunks::Images { alt: prompt.clone() },
        };
        let call = HomeCall {
            model,
            prompt,
            input,
            fetch: self.sending.fetch(),
            credentials: self.sending.credentials(),
            proxy: self.sending.base,
            headers: self.sending.headers,
            interval: self.interval,
            attempts: self.attempts,
            files: None,
            settings: self.settings,
        };
        Ok((call, chunks))
    }
}
