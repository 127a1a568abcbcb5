//! What `client.js` and `cog.js` make their classes of: every call is a run.
#![allow(unreachable_pub)] // Reached from JavaScript.

use super::driver::Driver;
use super::stream::PredictionStream;
use crate::backend::{Backend, Cog, Replicate, Target, Wait};
use crate::delivery::Delivery;
use crate::http::{self, Request};
use crate::json::Json;
use crate::model::Reference;
use crate::retry::Policy;
use crate::run::{self, Goal, Ms, Run};
use wasm_bindgen::prelude::*;

/// A call as `call.js` describes it, its options read.
struct Call(JsValue);

impl Call {
    #[inline(never)]
    fn text(&self, key: &str) -> Option<String> {
        self.0.str(key)
    }

    #[inline(never)]
    fn number(&self, key: &str) -> Option<u32> {
        Some(Json::as_f64(&self.0.get(key)?)? as u32)
    }

    fn flag(&self, key: &str) -> bool {
        self.number(key).is_some()
    }
}

/// Starts a call.
///
/// # Errors
/// `invalid_argument` for a reference that names no model.
#[wasm_bindgen(skip_typescript)]
pub fn start(call: JsValue, signal: JsValue, transport: JsValue) -> Result<PredictionStream, JsValue> {
    let call = Call(call);
    let mut id = call.text("id");
    let base = call.text("base").unwrap_or_default();
    let goal = match call.number("goal") {
        Some(0) => Goal::Snapshots,
        Some(1) => Goal::Text,
        _ => Goal::Events,
    };
    let (route, method) = (call.text("route"), call.text("method"));
    let backend = if let Some(route) = route {
        let mut request = Request::new("", http::rebase(&route, &base));
        request.method = method_name(&method.unwrap_or_default());
        request.raw = true;
        Backend::Plain { base, request }
    } else if call.flag("cog") {
        Backend::Cog(Cog { base, id: id.clone().unwrap_or_default() })
    } else {
        let target = match call.text("ref").map(|text| Reference::read(&text)).transpose()? {
            Some(Reference::Model(name)) => Target::Model(name),
            Some(Reference::Version(version)) => Target::Version(version),
            None => Target::Existing,
        };
        let wait = match (call.flag("stream"), call.number("interval")) {
            (true, _) => Wait::Stream,
            (_, Some(interval)) => Wait::Poll(interval),
            _ => Wait::Block(call.number("block")),
        };
        if target != Target::Existing {
            id = None;
        }
        Backend::Replicate(Replicate { base, target, wait })
    };
    let limit = |key| call.number(key).unwrap_or(Ms::MAX);
    let options = run::Options {
        connect: limit("connectTimeoutMs"),
        idle: limit("idleTimeoutMs"),
        total: limit("timeoutMs"),
        policy: Policy {
            max_retries: call.number("maxRetries").unwrap_or(0),
            renewable: call.flag("renewable"),
            charges: true,
        },
        cancel_on_leave: call.flag("cancelOnBreak"),
    };
    let last_id = call.text("lastEventId").map(String::into_bytes);
    let delivery = Delivery::after(last_id, call.number("delivered").unwrap_or(0) as usize);
    let run = Run::new(backend, goal, options, id, delivery);
    Ok(Driver::new(run, &transport, &signal, goal, "").into())
}

/// A method as a name that lives as long as the program.
fn method_name(name: &str) -> &'static str {
    let known = ["POST", "PUT", "PATCH", "DELETE", "QUERY"];
    known.into_iter().find(|known| *known == name).unwrap_or("GET")
}
