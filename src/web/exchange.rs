//! Requests and answers on their way between the core and `exchange.js`.

use super::host::{Exchanged, exchange};
use crate::http::{Answer, Head, Request};
use crate::json::Json;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::AbortController;

/// A request under way, or a body being read. Dropping it aborts it.
#[derive(Debug)]
pub(super) struct Abort(AbortController);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request, with a number that comes back with its answer. `trusted` says that the user's token
/// and headers may go to its address.
pub(super) fn send(
    transport: &JsValue,
    request: &Request,
    trusted: bool,
    number: u32,
    answered: &JsValue,
) -> Option<Abort> {
    let abort = AbortController::new().ok().map(Abort);
    let mut lines = String::new();
    for (name, value) in &request.headers {
        lines.extend([name, "\n", value, "\n"]);
    }
    let create = request.create.as_ref().map(|create| {
        let field = |field: &Option<String>| field.as_ref().map_or(JsValue::UNDEFINED, JsValue::from);
        Array::of2(&field(&create.model), &field(&create.version))
    });
    let bits = [request.stream, request.keepalive, trusted, request.renew, request.raw, request.joins];
    let flags = bits.iter().enumerate().map(|(at, &bit)| u32::from(bit) << at).sum();
    // Nothing may stop the request that stops a prediction, least of all the signal that led to it.
    let signal = abort.as_ref().filter(|_| !request.keepalive).map(|abort| abort.0.signal());
    exchange(transport, request.method, &request.url, &lines, create, flags, number, signal, answered);
    abort
}

/// The answer as the core wants it.
pub(super) fn answer(exchanged: &Exchanged) -> Answer<JsValue> {
    let status = exchanged.status();
    if status == 0 {
        let detail = exchanged.str("detail").unwrap_or_default();
        return Answer::Lost { unsent: exchanged.unsent(), detail };
    }
    let head = Head {
        status,
        retry_after: exchanged.str("retry-after"),
        date: exchanged.str("date"),
        clock: exchanged.clock() as u64,
    };
    match exchanged.str("text") {
        Some(text) => Answer::read(head, text),
        None => Answer::Stream(head),
    }
}
