//! Requests and answers on their way between the core and `exchange.js`.

use super::host::Host;
use crate::http::{Answer, Head, Request};
use crate::json::Json;
use wasm_bindgen::prelude::*;

/// Sends a request. `trusted` says that the user's token and headers may go to its address.
pub(super) fn send(host: &Host, request: &Request, trusted: bool, beside: bool) {
    let mut lines = String::new();
    for (name, value) in &request.headers {
        lines.extend([name, "\n", value, "\n"]);
    }
    let bits = [
        request.stream,
        request.keepalive,
        trusted,
        request.renew,
        request.raw,
        request.joins,
        request.create.is_some(),
    ];
    let flags = bits.iter().enumerate().map(|(at, &bit)| u32::from(bit) << at).sum();
    let (model, version) =
        request.create.as_ref().map_or((None, None), |create| (create.model.as_deref(), create.version.as_deref()));
    host.send(request.method, &request.url, &lines, flags, beside, model, version);
}

/// The answer as the core wants it.
pub(super) fn answer(answer: &JsValue) -> Answer<JsValue> {
    let number = |key| answer.get(key).and_then(|number| Json::as_f64(&number)).unwrap_or(0.0);
    let status = number("status") as u16;
    if status == 0 {
        let detail = answer.str("detail").unwrap_or_default();
        return Answer::Lost { unsent: answer.get("unsent").is_some_and(|unsent| unsent.is_truthy()), detail };
    }
    let head = Head {
        status,
        retry_after: answer.str("retry-after"),
        date: answer.str("date"),
        clock: number("clock") as u64,
    };
    match answer.str("text") {
        Some(text) => Answer::read(head, text),
        None => Answer::Stream(head),
    }
}
