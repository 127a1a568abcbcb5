//! A Cog model server of one's own for apps in Rust.

mod builder;
mod call;
mod health;

use super::call::Client;
use super::error::typed;
use super::event::{Event, Events};
use super::results::{Results, Texts};
use super::sender::Content;
use crate::protocol::backend::Expects;
use crate::protocol::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;

pub use builder::CogBuilder;
pub use call::CogCall;
pub use health::{Health, HealthStatus, Setup};

#[cfg(feature = "npm")]
pub(crate) use call::{is_id, new_id};

/// A Cog server: the same streams and results as [`Replicate`](crate::Replicate), without an account. A clone is the same
/// client.
///
/// A server that is still setting up is asked again within the time limits. One that is busy is
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

/// Without what is secret.
impl std::fmt::Debug for Cog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cog").field("base_url", &self.client.sender.base).finish_non_exhaustive()
    }
}

impl Cog {
    /// A client of the server at an address, with the default limits.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for an address that is none.
    pub fn new(base_url: &str) -> Result<Self, Error> {
        Self::builder().base_url(base_url).build()
    }

    /// A client with options.
    pub fn builder() -> CogBuilder {
        CogBuilder::default()
    }

    /// Where its requests go, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.client.sender.base
    }

    /// Runs the model to its end; its output, as the type that is asked for. Dropping the future stops the model.
    ///
    /// # Errors
    /// Every [`Code`](crate::Code) but those of an account; [`Code::Protocol`](crate::Code::Protocol) for an output of
    /// another type.
    pub async fn run<T: DeserializeOwned>(&self, input: &impl Serialize) -> Result<T, Error> {
        self.call().input(input)?.run().await
    }

    /// Runs the model; its events as they come. What is wrong with the input is the first item.
    pub fn stream(&self, input: &impl Serialize) -> Results<Event> {
        match self.call().input(input) {
            Ok(call) => call.stream(),
            Err(error) => Results::failed(error, Events),
        }
    }

    /// Runs the model; the text of its output as it comes. What is wrong with the input is the first item.
    pub fn stream_text(&self, input: &impl Serialize) -> Results<String> {
        match self.call().input(input) {
            Ok(call) => call.stream_text(),
            Err(error) => Results::failed(error, Texts),
        }
    }

    /// A call with options of its own, which begin as the client's are.
    pub fn call(&self) -> CogCall {
        CogCall::new(self)
    }

    /// The server's status.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Cog, Error, HealthStatus};
    /// # async fn example(cog: Cog) -> Result<(), Error> {
    /// let ready = cog.health().await?.status == HealthStatus::Ready;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// What can go wrong on the way; [`Code::Protocol`](crate::Code::Protocol) where it is no Cog server.
    pub async fn health(&self) -> Result<Health, Error> {
        let settings = self.client.settings.clone();
        let answers = self.client.request("GET", "/health-check", Expects::Json, Content::default(), settings);
        typed("The server's health", answers.last().await?, None)
    }
}
