//! A call to a Cog server with its own options.

use super::Cog;
use crate::client::answers::Answers;
use crate::client::call::Plan;
use crate::client::error::invalid;
use crate::client::event::{Event, Events};
use crate::client::feed::Texts;
use crate::client::input::to_input;
use crate::client::limits::Settings;
use crate::client::options::{setting_options, signal_option};
use crate::client::results::Results;
use crate::protocol::error::Error;
use crate::protocol::run::Goal;
use js_sys::Math;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// A call to a Cog server with its own options, made by [`Cog::call`].
///
/// Nothing is sent before the first result is polled.
#[derive(Clone)]
#[must_use = "nothing is sent before it is run or streamed"]
pub struct CogCall {
    cog: Cog,
    input: Option<JsValue>,
    id: Option<String>,
    settings: Settings,
    error: Option<Error>,
}

impl std::fmt::Debug for CogCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CogCall").field("id", &self.id).finish_non_exhaustive()
    }
}

impl CogCall {
    pub(super) fn new(cog: &Cog) -> Self {
        Self { cog: cog.clone(), input: None, id: None, settings: cog.client.settings.clone(), error: None }
    }

    /// The model's input: a struct or a map. Required.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for a value that cannot be serialised, or is neither.
    pub fn input(mut self, input: &impl Serialize) -> Result<Self, Error> {
        self.input = Some(to_input(input)?);
        Ok(self)
    }

    /// The prediction's id: 1 to 64 letters, digits, - and _; random by default. If a prediction with this id is already
    /// running, the call joins it.
    pub fn id(mut self, id: &str) -> Self {
        if is_id(id) {
            self.id = Some(id.to_owned());
        } else {
            self.error.get_or_insert(invalid("The option id must be 1 to 64 letters, digits, - and _"));
        }
        self
    }

    setting_options!();
    signal_option!();

    /// Runs the model until it ends and returns its output as a `T`. Dropping the future stops the model.
    ///
    /// # Errors
    /// Every [`Code`](crate::Code) except those of an account; [`Code::Protocol`](crate::Code::Protocol) for an output that
    /// is not a `T`.
    pub async fn run<T: DeserializeOwned>(self) -> Result<T, Error> {
        Answers::open(self.plan(Goal::Snapshots)?).output().await
    }

    /// Runs the model and streams its events.
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
        let input = self.input.ok_or_else(|| invalid("The call needs an input: see CogCall::input"))?;
        let id = self.id.unwrap_or_else(new_id);
        Ok(Plan::create_on_cog(&self.cog.client, self.settings, id, goal, &input))
    }
}

/// Whether the caller may choose this id. The Cog server names a folder after it, and a name that is too long would block
/// a slot of the server for ever.
pub(crate) fn is_id(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&id.len()) && id.bytes().all(is_plain)
}

/// A random id, as long as Replicate's ids.
pub(crate) fn new_id() -> String {
    (0..26).map(|_| char::from(b'a' + (Math::random() * 26.0) as u8)).collect()
}
