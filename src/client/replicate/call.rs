//! A call to a model with its own options.

use super::Replicate;
use crate::client::answers::Answers;
use crate::client::call::Plan;
use crate::client::error::invalid;
use crate::client::event::{Event, Events};
use crate::client::feed::Texts;
use crate::client::input::{to_input, to_value};
use crate::client::limits::Settings;
use crate::client::options::{cancel_after_option, setting_options, signal_option};
use crate::client::results::Results;
use crate::protocol::backend::Wait;
use crate::protocol::error::Error;
use crate::protocol::run::Goal;
use crate::web::js::{self, Record};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// The events that a webhook is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookEvent {
    /// The prediction has started.
    Start,
    /// There is new output; at most once in 0.5 s.
    Output,
    /// There are new logs; at most once in 0.5 s.
    Logs,
    /// The prediction has ended.
    Completed,
}

/// A call to a model with its own options, made by [`Replicate::call`].
///
/// Nothing is sent before the first result is polled.
#[derive(Clone)]
#[must_use = "nothing is sent before it is run or streamed"]
pub struct Call {
    replicate: Replicate,
    reference: String,
    input: Option<JsValue>,
    wait: Wait,
    beside: Vec<(&'static str, JsValue)>,
    settings: Settings,
    error: Option<Error>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("reference", &self.reference).finish_non_exhaustive()
    }
}

impl Call {
    pub(super) fn new(replicate: &Replicate, reference: &str) -> Self {
        Self {
            replicate: replicate.clone(),
            reference: reference.to_owned(),
            input: None,
            wait: Wait::Block(None),
            beside: Vec::new(),
            settings: replicate.client.settings.clone(),
            error: None,
        }
    }

    /// The model's input: a struct or a map. Required.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for a value that cannot be serialised, or is neither.
    pub fn input(mut self, input: &impl Serialize) -> Result<Self, Error> {
        self.input = Some(to_input(input)?);
        Ok(self)
    }

    /// The URL that Replicate calls at events of the prediction. A relay refuses it unless its options allow webhooks.
    pub fn webhook(mut self, url: &str) -> Self {
        if js::url(url, None).is_none() {
            self.error.get_or_insert(invalid("The option webhook must be an absolute URL"));
        }
        self.beside.push(("webhook", url.into()));
        self
    }

    /// The events that the webhook is called for; all by default.
    pub fn webhook_events(mut self, events: impl IntoIterator<Item = WebhookEvent>) -> Self {
        let events: Vec<_> = events.into_iter().collect();
        match to_value("The option webhook_events", &events) {
            Ok(events) => self.beside.push(("webhook_events_filter", events)),
            Err(error) => drop(self.error.get_or_insert(error)),
        }
        self
    }

    /// How many seconds the server may wait for the output before it answers [`run`](Self::run), 1 to 60; the server decides
    /// by default. After that `run` polls.
    pub fn block_for(mut self, seconds: u32) -> Self {
        if !(1..=60).contains(&seconds) {
            self.error.get_or_insert(invalid(format!("The option block_for must be 1 to 60 seconds, not {seconds}")));
        }
        self.wait = Wait::Block(Some(seconds));
        self
    }

    /// Lets [`run`](Self::run) poll from the start with this pause, in place of a request that the server holds.
    pub fn poll_every(mut self, pause: Duration) -> Self {
        self.wait = Wait::Poll(pause);
        self
    }

    setting_options!();
    cancel_after_option!();
    signal_option!();

    /// Runs the model until it ends and returns its output as a `T`. Dropping the future cancels the prediction.
    ///
    /// # Errors
    /// Every [`Code`](crate::Code); [`Code::Protocol`](crate::Code::Protocol) for an output that is not a `T`.
    pub async fn run<T: DeserializeOwned>(self) -> Result<T, Error> {
        Answers::open(self.plan(Goal::Snapshots)?).output().await
    }

    /// Runs the model and streams its events, logs included.
    pub fn stream(self) -> Results<Event> {
        Results::open(self.plan(Goal::Events), Events)
    }

    /// Runs the model and streams the text of its output.
    pub fn stream_text(self) -> Results<String> {
        Results::open(self.plan(Goal::Text), Texts)
    }

    pub(super) fn plan(self, goal: Goal) -> Result<Box<Plan>, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let input = self.input.ok_or_else(|| invalid("The call needs an input: see Call::input"))?;
        let body = Record::new();
        body.set("input", &input);
        self.beside.iter().for_each(|(name, value)| body.set(name, value));
        Plan::create(&self.replicate.client, self.settings, &self.reference, self.wait, goal, body)
    }
}
