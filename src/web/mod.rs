//! I/O on the platform: `fetch`, bodies, timers, page events, and the loop around a [run](crate::protocol::run). It has no
//! rules of a protocol, and does not depend on its users.
//!
//! Each call has a [driver]. It sends requests with a [`Transport`] of the client, and delivers results to a
//! [`Face`]: that of `npm` settles promises, that of `client` wakes Rust tasks.

mod body;
mod case;
mod driver;
mod face;
mod failure;
mod fetch;
mod guard;
pub(crate) mod headers;
pub(crate) mod js;
mod json;
pub(crate) mod page;
mod signal;
mod timer;

pub(crate) use case::EngineCase;
pub(crate) use driver::{Driver, Parts};
pub(crate) use face::{Face, Observer, Pending, Transport, Uploads};
pub(crate) use failure::Failure;
pub(crate) use fetch::{Extras, Reply, send};
pub(crate) use json::JsJson;
