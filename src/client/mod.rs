//! The client for Rust apps in a page. `npm` builds JavaScript's client on it.
//!
//! How it works: a `Client` (`call.rs`) holds what all calls share: its `Sender` (`sender.rs`, with the token of
//! `token.rs`), its `Settings` (`limits.rs`), and the hook that encodes files, which only `npm` sets. A `Plan` says what a
//! call does, and `Plan::open` makes its driver (room `web`). The driver sends requests by the call's `Transport` and hands
//! results to a `Face`: the `Feed` (`feed.rs`) of [`Results`] (`results.rs`) for Rust, the queue of `npm` for JavaScript,
//! `Answers` (`answers.rs`) for both. Nothing is sent before the first result is polled.

mod answers;
mod base_url;
mod call;
mod cog;
mod error;
mod event;
mod feed;
mod handle;
mod home;
mod input;
mod limits;
mod options;
mod prediction;
mod replicate;
mod request;
mod results;
mod sender;
mod token;
mod upload;

pub use crate::protocol::error::{Code, Error, RequestLine};
pub use crate::protocol::model::{Makes, Model};
pub use crate::protocol::prediction::Status;
pub use crate::protocol::run::{CallState, WaitReason};
pub use cog::{Cog, CogBuilder, CogCall, Health, HealthStatus, Setup};
pub use event::Event;
pub use handle::Handle;
pub use home::{Chunk, HomeOptions, Image, Message, ReplicateHome};
pub use options::Credentials;
pub use prediction::{Page, Prediction};
pub use replicate::{Call, Method, Replicate, ReplicateBuilder, Request, WebhookEvent};
pub use results::Results;

pub(crate) use call::to_json;

/// For `npm` only.
#[cfg(feature = "npm")]
pub(crate) use {
    answers::Answers,
    base_url::{api_unless, base_url},
    call::{Client, EncodeFiles, Plan, Sending},
    cog::{is_id, new_id},
    error::fields,
    home::{HomeCall, prompt_of},
    limits::Settings,
    sender::{Content, HeaderSource, Sender},
    token::Token,
    upload::upload,
};

/// The `User-Agent` outside of a page.
pub(crate) const USER_AGENT: &str = concat!("replicate-wasm/", env!("CARGO_PKG_VERSION"));
