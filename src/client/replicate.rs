//! The client of Replicate's HTTP API, for apps in Rust.

mod builder;
mod call;
mod request;

use super::answers::Answers;
use super::call::{Client, Plan};
use super::error::typed;
use super::event::{Event, Events};
use super::feed::Texts;
use super::handle::Handle;
use super::limits::Settings;
use super::results::Results;
use super::upload::{form, upload};
use crate::protocol::backend::Wait;
use crate::protocol::delivery::Delivery;
use crate::protocol::error::Error;
use crate::protocol::run::Goal;
use crate::web::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::rc::Rc;
use web_sys::Blob;

pub use builder::ReplicateBuilder;
pub use call::{Call, WebhookEvent};
pub use request::{Method, Request};

/// A client of Replicate's HTTP API, through a relay or directly. Clones share their state.
///
/// A model is `owner/name`, `owner/name:version` or a version's id. Its input is a struct or a map with the fields of the
/// model's schema.
///
/// # Example
///
/// ```no_run
/// use replicate_wasm::{Error, Replicate};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Input<'a> {
///     prompt: &'a str,
/// }
///
/// async fn poem(mut show: impl FnMut(&str)) -> Result<(), Error> {
///     let replicate = Replicate::new("/relay/v1")?;
///     let input = Input { prompt: "Write a short poem about spring." };
///     let mut poem = replicate.stream_text("meta/meta-llama-3-8b-instruct", &input);
///     while let Some(text) = poem.next().await {
///         show(&text?);
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone)]
pub struct Replicate {
    client: Rc<Client>,
}

/// Shows no secrets.
impl std::fmt::Debug for Replicate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replicate").field("base_url", &self.client.sender.base).finish_non_exhaustive()
    }
}

impl Replicate {
    /// Creates a client of a relay, with default options. The URL ends in `/v1` and may be relative to the page.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for an invalid URL.
    pub fn new(base_url: &str) -> Result<Self, Error> {
        Self::builder().base_url(base_url).build()
    }

    /// Starts a client with options.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Replicate};
    /// use std::time::Duration;
    ///
    /// # fn example() -> Result<(), Error> {
    /// let replicate = Replicate::builder()
    ///     .base_url("/relay/v1")
    ///     .headers([("x-session", "42")])
    ///     .timeout(Duration::from_secs(120))
    ///     .on_state(|state| println!("{state:?}"))
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn builder() -> ReplicateBuilder {
        ReplicateBuilder::default()
    }

    /// The URL that requests go to, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.client.sender.base
    }

    /// Runs a model until it ends and returns its output as a `T`. Dropping the future cancels the prediction.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Replicate};
    /// # async fn example(replicate: Replicate) -> Result<(), Error> {
    /// let input = std::collections::HashMap::from([("prompt", "A lighthouse at dusk")]);
    /// let pictures: Vec<String> = replicate.run("black-forest-labs/flux-schnell", &input).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Every [`Code`](crate::Code); [`Code::Protocol`](crate::Code::Protocol) for an output that is not a `T`.
    pub async fn run<T: DeserializeOwned>(&self, reference: &str, input: &impl Serialize) -> Result<T, Error> {
        self.call(reference).input(input)?.run().await
    }

    /// Runs a model and streams its events, logs included. An invalid argument is an error as the first item.
    pub fn stream(&self, reference: &str, input: &impl Serialize) -> Results<Event> {
        Results::open(self.call(reference).input(input).and_then(|call| call.plan(Goal::Events)), Events)
    }

    /// Runs a model and streams the text of its output. An invalid argument is an error as the first item.
    pub fn stream_text(&self, reference: &str, input: &impl Serialize) -> Results<String> {
        Results::open(self.call(reference).input(input).and_then(|call| call.plan(Goal::Text)), Texts)
    }

    /// Starts a call with its own options. Their defaults are the client's options.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Replicate};
    /// # use std::time::Duration;
    /// # async fn example(replicate: Replicate, input: impl serde::Serialize) -> Result<(), Error> {
    /// let call = replicate.call("meta/meta-llama-3-8b-instruct").input(&input)?.timeout(Duration::from_secs(20));
    /// let mut poem = call.stream_text();
    /// # Ok(()) }
    /// ```
    pub fn call(&self, reference: &str) -> Call {
        Call::new(self, reference)
    }

    /// Streams the events of a prediction that was created before: from the start for an id, or from the place of a
    /// [`Handle`].
    ///
    /// Dropping the results cancels the prediction, as with [`stream`](Self::stream).
    pub fn resume(&self, target: impl Into<Handle>) -> Results<Event> {
        let Handle { id, last_event_id, delivered } = target.into();
        let settings = self.client.settings.clone();
        // An empty id is refused before anything is sent.
        let mut plan = Plan::follow(&self.client, settings, id.unwrap_or_default(), Wait::Stream, Goal::Events);
        plan.delivery = Delivery::after(last_event_id.unwrap_or_default().into_bytes(), delivered);
        Results::open(Ok(plan), Events)
    }

    /// Waits until a prediction has ended and returns it, as a [`Prediction`](crate::Prediction) or your own type. It polls
    /// after 0.5 s, then less and less often, up to every 5 s. Neither dropping the future nor a time limit cancels the
    /// prediction.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Prediction, Replicate};
    /// # async fn example(replicate: Replicate) -> Result<(), Error> {
    /// let prediction: Prediction<Vec<String>> = replicate.wait("xyz123").await?;
    /// println!("{:?}: {:?}", prediction.status, prediction.output);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Code::Failed`](crate::Code::Failed) when the prediction failed, and any error of a request. A cancelled prediction
    /// is not an error: see its status.
    pub async fn wait<T: DeserializeOwned>(&self, id: &str) -> Result<T, Error> {
        use crate::protocol::error::Code::{Aborted, Canceled};
        // A timeout of this wait must not cancel the prediction.
        let settings = Settings { cancel_on_leave: false, ..self.client.settings.clone() };
        let plan = Plan::follow(&self.client, settings, id.to_owned(), Wait::Block(None), Goal::Snapshots);
        let answers = Answers::open(plan);
        match answers.last().await {
            Err(Failure::Error { error, .. }) if matches!(error.code(), Canceled | Aborted) => {}
            result => drop(result?),
        }
        typed("The prediction", answers.newest(), answers.id())
    }

    /// Uploads a file and returns its URL, for an input.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Replicate};
    /// # async fn example(replicate: Replicate, picture: web_sys::Blob) -> Result<(), Error> {
    /// let image = replicate.upload(&picture, "picture.png").await?;
    /// let input = std::collections::HashMap::from([("image", image)]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for a blob of another realm,
    /// [`Code::Protocol`](crate::Code::Protocol) when the answer has no URL, and those of requests.
    pub async fn upload(&self, file: &Blob, name: &str) -> Result<String, Error> {
        let form = form(file, name).map_err(|_| super::error::invalid("The file must be a Blob of this page"))?;
        let url = upload(&self.client, form, None).await?;
        url.ok_or_else(|| Error::protocol("The server took the file but gave no URL for it"))
    }

    /// Starts a request to any other route of the API: models, collections, deployments, trainings, files.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Method, Page, Prediction, Replicate};
    /// # use serde::de::IgnoredAny;
    /// # async fn example(replicate: Replicate) -> Result<(), Error> {
    /// let mut route = Some("/predictions".to_owned());
    /// while let Some(next) = route {
    ///     let page: Page<Prediction<IgnoredAny>> = replicate.request(Method::Get, &next).send().await?;
    ///     page.results.iter().for_each(|prediction| println!("{}", prediction.id));
    ///     route = page.next;
    /// }
    /// # Ok(()) }
    /// ```
    pub fn request(&self, method: Method, route: &str) -> Request {
        Request::new(self, method, route)
    }
}
