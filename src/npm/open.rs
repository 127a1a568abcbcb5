//! How a stream begins: a call as `call.js` and `home.js` describe it, their options read, as a [`Run`].

#![allow(unreachable_pub)] // Reached from JavaScript.

use crate::protocol::backend::{Backend, Protocol, Wait};
use crate::protocol::delivery::Delivery;
use crate::protocol::http;
use crate::protocol::json::Document;
use crate::protocol::model::MODELS;
use crate::protocol::prompt;
use crate::protocol::retry::Policy;
use crate::protocol::run::{Goal, Ms, Options, Run};
use crate::web::{Driver, Host};
use wasm_bindgen::prelude::*;

/// The provider's models as text, see [`MODELS`].
#[wasm_bindgen(skip_typescript)]
pub fn models() -> JsValue {
    JsValue::from_str(MODELS)
}

/// A time limit of a call; one that is not named is none.
#[inline(never)]
fn limit(call: &Host, name: &str) -> Ms {
    match call.count(name) {
        0 if Document::number(call, name).is_nan() => Ms::MAX,
        limit => limit,
    }
}

#[wasm_bindgen]
impl Driver {
    /// The driver of the call that the host's document describes.
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(host: Host) -> Self {
        let text = |name| host.text(name);
        let number = |name| host.count(name);
        let limit = |name| limit(&host, name);
        let protocol = match number("protocol") {
            0 => Protocol::Homepage,
            1 => Protocol::Replicate,
            2 => Protocol::Cog,
            _ => Protocol::Plain,
        };
        let goal = match number("goal") {
            0 => Goal::Snapshots,
            1 => Goal::Text,
            2 => Goal::Events,
            _ => Goal::Whole,
        };
        let wait = number("wait");
        let wait = match number("mode") {
            0 => Wait::Block(wait),
            1 => Wait::Poll(wait),
            _ => Wait::Stream,
        };
        let mut backend = Backend::new(protocol, text("base"), wait);
        backend.attempts = number("attempts");
        backend.target = text("target");
        backend.version = text("version");
        if let Some(prompt) = prompt::read(&host, goal == Goal::Whole, &host) {
            host.prompt(&prompt);
        }
        if protocol == Protocol::Plain {
            backend.method = text("method");
            backend.target = http::rebase(&backend.target, &backend.base);
        }
        let id = text("id");
        let asks = protocol == Protocol::Replicate && id.is_empty();
        let options = Options {
            connect: limit("connectTimeoutMs"),
            idle: limit("idleTimeoutMs"),
            total: limit("timeoutMs"),
            policy: Policy {
                max_retries: number("maxRetries"),
                renewable: number("renewable") != 0,
                charges: protocol != Protocol::Homepage,
            },
            cancel_on_leave: number("cancelOnBreak") != 0,
        };
        let last_id = text("lastEventId").into_bytes();
        let mut run = Run::new(backend, goal, options, id, Delivery::after(last_id, number("delivered") as usize));
        if asks {
            run.ask_for(&text("target"));
        }
        Self::around(run, host)
    }
}
