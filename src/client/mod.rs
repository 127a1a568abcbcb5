//! The client for apps in Rust that run in a page, and what `npm` makes JavaScript's client of.
//!
//! How it hangs together: a `Client` (`call.rs`) is what all calls of one client share: its `Sender` (`sender.rs`, with the
//! token of `token.rs`), its `Settings` (`limits.rs`), and the hook that encodes files, which only `npm` sets. A `Plan`
//! says what one call is about. `Client::open` makes of both a driver of the room `web`, which sends by the `Transport`
//! that a call is, and hands its results to a face: [`Results`] (`results.rs`) for Rust, the queue of `npm` for JavaScript.
//! Nothing is sent before somebody polls for a result.

mod call;
mod event;
mod limits;
mod replicate;
mod results;
mod sender;
mod token;
mod upload;

pub use crate::protocol::error::{Code, Error};
pub use event::Event;
pub use replicate::Replicate;
pub use results::Results;

/// What `npm` makes JavaScript's client of.
#[cfg(feature = "npm")]
pub(crate) use {
    call::{Carries, Client, EncodeFiles, Plan, Sending, to_json},
    limits::{Limits, Settings},
    results::Snapshots,
    sender::{Content, HeaderList, HeaderSource, Sender},
    token::Token,
    upload::{form, upload},
};

/// What a client calls itself where a browser does not say that.
pub(crate) const USER_AGENT: &str = concat!("replicate-wasm/", env!("CARGO_PKG_VERSION"));
