//! For apps in Rust that run in a page, with Leptos, Yew, Dioxus or none: results as a
//! [`Stream`](futures_core::Stream).
//!
//! It is the same machine that JavaScript drives: the same retries, the same resumption, the same errors.
//! An input is anything that serialises, a result anything that deserialises. The limits are the JavaScript
//! client's defaults: five retries of one request, 30 seconds to the first byte of an answer, 5 minutes of
//! silence before a stream's first event and one between events, 30 minutes for the whole prediction.
//!
//! ```ignore
//! use futures_util::StreamExt;
//! use replicate_wasm::client::Replicate;
//! use serde::Serialize;
//! use wasm_bindgen::JsValue;
//!
//! #[derive(Serialize)]
//! struct Input<'a> {
//!     prompt: &'a str,
//! }
//!
//! /// Shows a poem while it is written.
//! pub async fn poem(replicate: &Replicate, mut show: impl FnMut(&str)) -> Result<(), JsValue> {
//!     let input = Input { prompt: "Write a short poem about spring." };
//!     let mut poem = replicate.stream_text("meta/meta-llama-3-8b-instruct", &input)?;
//!     while let Some(text) = poem.next().await {
//!         show(&text?);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! `tests/app.rs` runs this and more in a browser.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::protocol::backend::{Backend, Protocol, Wait};
use crate::protocol::delivery::Delivery;
use crate::protocol::retry::Policy;
use crate::protocol::run::{Goal, Options, Run};
mod stream;
use js_sys::{Function, Reflect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
pub use stream::{PredictionStream, ReplicateError};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Url;

#[wasm_bindgen(module = "/src/npm/exchange.js")]
extern "C" {
    #[wasm_bindgen(js_name = rustTransport)]
    fn rust_transport(input: &JsValue, fetch: Option<&Function>, token: Option<&str>) -> JsValue;
}

#[wasm_bindgen(module = "/src/npm/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = baseHref)]
    fn base_href() -> Option<String>;
}

/// Replicate's HTTP API, behind a relay or directly.
#[derive(Debug, Clone)]
pub struct Replicate {
    base: String,
    fetch: Option<Function>,
    token: Option<String>,
}

/// One server-sent event of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// Its name: `output`, `logs`, `done` or any other.
    pub event: String,
    /// Its data.
    pub data: String,
    /// The last event id seen.
    pub id: Option<String>,
}

impl Replicate {
    /// A client of the API at an address that ends in `/v1`: a relay's, which in a page may be relative, or
    /// Replicate's own where there is no page around the app.
    #[must_use]
    pub fn new(base_url: &str) -> Self {
        let url = base_href().and_then(|page| Url::new_with_base(base_url, &page).ok());
        let base = url.map_or_else(|| base_url.to_owned(), |url| url.href());
        Self { base: base.trim_end_matches('/').to_owned(), fetch: None, token: None }
    }

    /// Sends with another `fetch` than the page's.
    #[must_use]
    pub fn fetch(mut self, fetch: Function) -> Self {
        self.fetch = Some(fetch);
        self
    }

    /// Sends a token with each request to the address's origin. Everybody who has the page can read it:
    /// a relay needs none.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Runs a model; the text of its output as it comes.
    ///
    /// # Errors
    /// An input that cannot be serialised. A reference that names no model fails the first result.
    pub fn stream_text(&self, reference: &str, input: &impl Serialize) -> Result<Results<String>, JsValue> {
        self.start(reference, input, Goal::Text)
    }

    /// Runs a model; its events as they come.
    ///
    /// # Errors
    /// As [`stream_text`](Self::stream_text).
    pub fn stream(&self, reference: &str, input: &impl Serialize) -> Result<Results<Event>, JsValue> {
        self.start(reference, input, Goal::Events)
    }

    /// Runs a model to its end; its output.
    ///
    /// # Errors
    /// A `ReplicateError` for everything that can go wrong, or an output of another shape.
    pub async fn run<T: DeserializeOwned>(&self, reference: &str, input: &impl Serialize) -> Result<T, JsValue> {
        let results: Results<JsIgnored> = self.start(reference, input, Goal::Snapshots)?;
        while !is_done(&JsFuture::from(results.stream.next()).await?) {}
        let output = Reflect::get(&results.stream.prediction(), &"output".into())?;
        serde_wasm_bindgen::from_value(output).map_err(JsValue::from)
    }

    fn start<T>(&self, reference: &str, input: &impl Serialize, goal: Goal) -> Result<Results<T>, JsValue> {
        let input = input.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?;
        let wait = if goal == Goal::Snapshots { Wait::Block(0) } else { Wait::Stream };
        let backend = Backend::new(Protocol::Replicate, self.base.clone(), wait);
        // The defaults of the JavaScript client.
        let policy = Policy { max_retries: 5, renewable: false, charges: true };
        let options = Options { connect: 30_000, idle: 300_000, total: 1_800_000, policy, cancel_on_leave: true };
        let mut run = Run::new(backend, goal, options, String::new(), Delivery::default());
        run.ask_for(reference);
        let transport = rust_transport(&input, self.fetch.as_ref(), self.token.as_deref());
        Ok(Results { stream: PredictionStream::open(run, goal, &transport, None), next: None, kind: PhantomData })
    }
}

/// Stands for results that are not looked at.
struct JsIgnored;

/// The results of a prediction, one after another. Nothing is sent before the first is asked for; dropping
/// it closes the connection and stops the prediction.
pub struct Results<T> {
    stream: PredictionStream,
    next: Option<JsFuture>,
    kind: PhantomData<T>,
}

impl<T> Results<T> {
    /// The prediction's id, known as soon as the create is answered.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.stream.id()
    }
}

impl<T> std::fmt::Debug for Results<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Results")
    }
}

impl<T: DeserializeOwned + Unpin> futures_core::Stream for Results<T> {
    type Item = Result<T, JsValue>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = this.next.get_or_insert_with(|| JsFuture::from(this.stream.next()));
        let Poll::Ready(result) = Pin::new(next).poll(context) else { return Poll::Pending };
        this.next = None;
        Poll::Ready(match result {
            Ok(result) if is_done(&result) => None,
            Ok(result) => {
                let value = Reflect::get(&result, &"value".into()).unwrap_or_default();
                Some(serde_wasm_bindgen::from_value(value).map_err(JsValue::from))
            }
            Err(error) => Some(Err(error)),
        })
    }
}

impl<T> Drop for Results<T> {
    fn drop(&mut self) {
        let _ = self.stream.finish();
    }
}

fn is_done(result: &JsValue) -> bool {
    Reflect::get(result, &"done".into()).is_ok_and(|done| done.is_truthy())
}
