//! The client for apps in Rust that run in a page, and what `npm` makes JavaScript's client of.
//!
//! How it hangs together: a `Client` (`call.rs`) is what all calls of one client share: its `Sender` (`sender.rs`, with the
//! token of `token.rs`), its `Settings` (`limits.rs`), and the hook that encodes files, which only `npm` sets. A `Plan`
//! is all of one call. It opens as a driver of the room `web`, which sends by the `Transport` that a call is, and hands its
//! results to a face: [`Results`] (`results.rs`) for Rust, the queue of `npm` for JavaScript, `Answers` (`answers.rs`) for
//! both, where only the end counts.
//! Nothing is sent before somebody polls for a result.

mod answers;
mod base_url;
mod call;
mod cog;
mod error;
mod event;
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

/// What `npm` makes JavaScript's client of.
#[cfg(feature = "npm")]
pub(crate) use {
    answers::Answers,
    base_url::{api_unless, base_url},
    call::{Client, EncodeFiles, Plan, Sending},
    cog::{is_id, new_id},
    error::fields,
    home::{HomeCall, prompt_of},
    limits::{Limits, Settings},
    sender::{Content, HeaderSource, Sender},
    token::Token,
    upload::upload,
};

/// What a client calls itself where a browser does not say that.
pub(crate) const USER_AGENT: &str = concat!("replicate-wasm/", env!("CARGO_PKG_VERSION"));
