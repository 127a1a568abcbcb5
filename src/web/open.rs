//! How a stream begins: a call as `call.js` and `home.js` describe it, their options read, as a [`Run`].

#![allow(unreachable_pub)] // Reached from JavaScript.

use super::driver::Driver;
use super::host::Host;
use crate::backend::{Backend, Protocol, Wait};
use crate::delivery::Delivery;
use crate::http;
use crate::json::Document;
use crate::model::MODELS;
use crate::retry::Policy;
use crate::run::{Goal, Ms, Options, Run};
use wasm_bindgen::prelude::*;

/// The provider's models as text, see [`MODELS`].
#[wasm_bindgen(skip_typescript)]
pub fn models() -> String {
    MODELS.to_owned()
}

/// A text of a call; a missing one is empty.
#[inline(never)]
fn text(call: &Host, name: &str) -> String {
    Document::str(call, name).unwrap_or_default()
}

/// A number of a call; a missing one is the default.
#[inline(never)]
fn number(call: &Host, name: &str, default: Ms) -> u32 {
    Document::number(call, name).map_or(default, |number| number as u32)
}

#[wasm_bindgen]
impl Driver {
    /// The driver of the call that the host's document describes. A limit that is not named there is none.
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(host: Host) -> Self {
        let text = |name| text(&host, name);
        let limit = |name| number(&host, name, Ms::MAX);
        let number = |name| number(&host, name, 0);
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
        let (id, target) = (Document::str(&host, "id"), text("target"));
        let asks = protocol == Protocol::Replicate && id.is_none();
        match protocol {
            Protocol::Homepage => {
                backend.version = text("version");
                backend.target.clone_from(&target);
            }
            Protocol::Plain => {
                backend.method = method_name(&text("method"));
                backend.target = http::rebase(&target, &backend.base);
            }
            _ => {}
        }
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
        let last_id = Document::str(&host, "lastEventId").map(String::into_bytes);
        let mut run = Run::new(backend, goal, options, id, Delivery::after(last_id, number("delivered") as usize));
        if asks {
            run.ask_for(&target);
        }
        Self::around(run, host)
    }
}

/// A method as a name that lives as long as the program.
fn method_name(name: &str) -> &'static str {
    static KNOWN: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "QUERY"];
    KNOWN.iter().find(|known| **known == name).unwrap_or(&"GET")
}
