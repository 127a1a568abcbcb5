//! Errors on their way to JavaScript.

use super::host::{Plain, ReplicateError};
use crate::error::Error;
use crate::http::RequestLine;
use wasm_bindgen::prelude::*;

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        to_js(&error, Plain::new())
    }
}

/// The error as a `ReplicateError`, with what else is known in `fields`.
pub(super) fn to_js(error: &Error, fields: Plain) -> JsValue {
    let (request, status, detail, retry_after_ms) = match error {
        Error::Http { request, status, detail, retry_after_ms } => {
            (Some(request), Some(*status), Some(detail), *retry_after_ms)
        }
        Error::Network { request, detail } => (Some(request), None, Some(detail), None),
        Error::UnknownOutcome { request, detail, status } => (Some(request), *status, Some(detail), None),
        Error::Ended(_, detail) => (None, None, Some(detail), None),
        _ => (None, None, None, None),
    };
    if let Some(RequestLine { method, url }) = request {
        let line = Plain::new();
        line.set("method", &method.into());
        line.set("url", &url.into());
        fields.set("request", &line);
    }
    if let Some(status) = status {
        fields.set("status", &status.into());
    }
    if let Some(detail) = detail {
        fields.set("detail", &detail.into());
    }
    if let Some(ms) = retry_after_ms {
        // An `f64`: a `u64` would come out as a BigInt.
        fields.set("retryAfterMs", &(ms as f64).into());
    }
    ReplicateError::new(error.code(), &error.message(), &fields).into()
}
