//! The client of a Cog server, for apps in Rust.

mod builder;
mod call;
mod health;

use super::call::Client;
use super::error::typed;
use super::event::{Event, Events};
use super::feed::Texts;
use super::results::Results;
use super::sender::Content;
use crate::protocol::backend::Expects;
use crate::protocol::error::Error;
use crate::protocol::run::Goal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;

pub use builder::CogBuilder;
pub use call::CogCall;
pub use health::{Health, HealthStatus, Setup};

#[cfg(feature = "npm")]
pub(crate) use call::{is_id, new_id};

/// A client of a Cog server: the same streams and results as [`Replicate`](crate::Replicate), without an account. Clones
/// share their state.
///
/// While the server is still in its setup, a call tries again within the time limits. A busy server is
/// [`Code::Http`](crate::Code::Http) with status 409 at once.
///
/// # Example
///
/// ```no_run
/// use replicate_wasm::{Cog, Error};
/// use std::collections::HashMap;
///
/// async fn poem(mut show: impl FnMut(&str)) -> Result<(), Error> {
///     let cog = Cog::new("http://localhost:5000")?;
///     let mut poem = cog.stream_text(&HashMap::from([("prompt", "Write a short poem about spring.")]));
///     while let Some(text) = poem.next().await {
///         show(&text?);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Cog {
    client: Rc<Client>,
}

/// Shows no secrets.
impl std::fmt::Debug for Cog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cog").field("base_url", &self.client.sender.base).finish_non_exhaustive()
    }
}

impl Cog {
    /// Creates a client of the server at a URL, with default options.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for an invalid URL.
    pub fn new(base_url: &str) -> Result<Self, Error> {
        Self::builder().base_url(base_url).build()
    }

    /// Starts a client with options.
    pub fn builder() -> CogBuilder {
        CogBuilder::default()
    }

    /// The URL that requests go to, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.client.sender.base
    }

    /// Runs the model until it ends and returns its output as a `T`. Dropping the future stops the model.
    ///
    /// # Errors
    /// Every [`Code`](crate::Code) except those of an account; [`Code::Protocol`](crate::Code::Protocol) for an output that
    /// is not a `T`.
    pub async fn run<T: DeserializeOwned>(&self, input: &impl Serialize) -> Result<T, Error> {
        self.call().input(input)?.run().await
    }

    /// Runs the model and streams its events. An invalid input is an error as the first item.
    pub fn stream(&self, input: &impl Serialize) -> Results<Event> {
        Results::open(self.call().input(input).and_then(|call| call.plan(Goal::Events)), Events)
    }

    /// Runs the model and streams the text of its output. An invalid input is an error as the first item.
    pub fn stream_text(&self, input: &impl Serialize) -> Results<String> {
        Results::open(self.call().input(input).and_then(|call| call.plan(Goal::Text)), Texts)
    }

    /// Starts a call with its own options. Their defaults are the client's options.
    pub fn call(&self) -> CogCall {
        CogCall::new(self)
    }

    /// Asks the server for its state.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Cog, Error, HealthStatus};
    /// # async fn example(cog: Cog) -> Result<(), Error> {
    /// let ready = cog.health().await?.status == HealthStatus::Ready;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Any error of a request; [`Code::Protocol`](crate::Code::Protocol) when the server is not a Cog server.
    pub async fn health(&self) -> Result<Health, Error> {
        let settings = self.client.settings.clone();
        let answers = self.client.request("GET", "/health-check", Expects::Json, Content::default(), settings);
        typed("The server's health", answers.last().await?, None)
    }
}
