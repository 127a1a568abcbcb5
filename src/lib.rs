//! Run text and image models on [Replicate](https://replicate.com) from a web app in Rust: Leptos, Yew, Dioxus, or none.
//!
//! A client over the platform's `fetch`, for `wasm32-unknown-unknown`. It streams, retries, reconnects, resumes and cancels,
//! and it never sends a request twice that may cost twice. Results are a [`Stream`](futures_core::Stream):
//!
//! ```no_run
//! # #[cfg(target_arch = "wasm32")] mod app {
//! use replicate_wasm::{Error, Replicate};
//! use serde::Serialize;
//!
//! #[derive(Serialize)]
//! struct Input<'a> {
//!     prompt: &'a str,
//! }
//!
//! async fn poem(mut show: impl FnMut(&str)) -> Result<(), Error> {
//!     let replicate = Replicate::new("/relay/v1")?;
//!     let input = Input { prompt: "Write a short poem about spring." };
//!     let mut poem = replicate.stream_text("meta/meta-llama-3-8b-instruct", &input);
//!     while let Some(text) = poem.next().await {
//!         show(&text?);
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # In `Cargo.toml`
//!
//! ```toml
//! replicate-wasm = { version = "0.2.0", default-features = false }
//! ```
//!
//! The default feature `npm` is the npm package of the same name; it exports the package's classes to JavaScript, and
//! messages spell options as JavaScript does. An app leaves it out, and then exports nothing of this crate.
//!
//! # What is here
//!
//! | | |
//! |---|---|
//! | [`Replicate`] | any model: [`run`](Replicate::run), [`stream`](Replicate::stream), [`stream_text`](Replicate::stream_text), [`resume`](Replicate::resume), [`wait`](Replicate::wait), [`upload`](Replicate::upload), [`request`](Replicate::request) |
//! | [`Cog`] | a model server of your own |
//! | [`ReplicateHome`] | the protocol of Replicate's homepage |
//! | [`Results`] | the stream of a call's results; dropping it cancels the prediction |
//! | [`Error`], [`Code`] | what went wrong, for people and for programs |
//!
//! # The token
//!
//! Whoever opens a page can read all that it holds, so the token of Replicate stays on a server: the relay of the npm package
//! ([`createRelay`](https://www.npmjs.com/package/replicate-wasm)), a web-standard handler in JavaScript, adds it and says who may ask for what. Pages and
//! their relay belong to the same origin, or the relay lists theirs.
//!
//! # Time limits
//!
//! | option | default | what ends |
//! |---|---|---|
//! | [`connect_timeout`](ReplicateBuilder::connect_timeout) | 30 s | an answer without a first byte |
//! | [`idle_timeout`](ReplicateBuilder::idle_timeout) | 300 s before the first event, 60 s between events | a stream whose server does not say that the prediction runs |
//! | [`timeout`](ReplicateBuilder::timeout) | 30 min | the whole prediction, which is cancelled |
//! | [`max_retries`](ReplicateBuilder::max_retries) | 5 | a request that is sent again |
//!
//! Each is an option of a client and of each call.

// Elsewhere the client is not there, and links to it lead nowhere.
#![cfg_attr(not(target_arch = "wasm32"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(target_arch = "wasm32")]
mod client;
// These two are hidden, since they are no API for apps: they are public for tests, and change with every version.
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
#[doc(hidden)]
pub mod npm;
#[doc(hidden)]
pub mod protocol;
// Some of it is there for `npm` alone.
#[cfg(target_arch = "wasm32")]
#[cfg_attr(not(feature = "npm"), allow(dead_code))]
mod web;

#[cfg(target_arch = "wasm32")]
pub use client::{
    Call, CallState, Chunk, Code, Cog, CogBuilder, CogCall, Credentials, Error, Event, Handle, Health, HealthStatus,
    HomeOptions, Image, Makes, Message, Method, Model, Page, Prediction, Replicate, ReplicateBuilder, ReplicateHome,
    Request, RequestLine, Results, Setup, Status, WaitReason, WebhookEvent,
};
