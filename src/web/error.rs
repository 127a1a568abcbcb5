//! Errors on their way to JavaScript.

use super::host::{Host, ReplicateError};
use crate::error::Error;
use crate::run::Run;
use wasm_bindgen::prelude::*;

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        ReplicateError::new(error.code(), &error.message()).into()
    }
}

/// A stream ends with an error: all that is known by now travels with it.
pub(super) fn fail(host: &Host, error: &Error, run: &Run) {
    let (request, status, detail, retry_after_ms) = match error {
        Error::Http { request, status, detail, retry_after_ms } => {
            (Some(request), Some(*status), Some(detail), *retry_after_ms)
        }
        Error::Network { request, detail } => (Some(request), None, Some(detail), None),
        Error::UnknownOutcome { request, detail, status } => (Some(request), *status, Some(detail), None),
        Error::Ended(_, detail) => (None, None, Some(detail), None),
        _ => (None, None, None, None),
    };
    let partial = run.delivery.partial();
    host.fail(
        error.code(),
        &error.message(),
        detail.map(String::as_str),
        status,
        retry_after_ms,
        request.map(|line| line.method.as_str()),
        request.map(|line| line.url.as_str()),
        run.id(),
        (run.delivery.bytes > 0).then_some(partial.as_str()),
    );
}
