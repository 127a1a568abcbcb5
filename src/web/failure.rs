//! Failures of a call.

use crate::protocol::error::Error;
use wasm_bindgen::prelude::*;

/// A failure of a call, with its JavaScript values.
#[derive(Clone)]
pub(crate) enum Failure {
    /// An exception of the caller's code, such as a token function, or the reason of its signal. It is passed on unchanged.
    Own(JsValue),
    /// An error of this crate.
    Error {
        /// The error.
        error: Error,
        /// The exception behind it.
        cause: Option<JsValue>,
        /// The `Response` with an error status to a request of the caller.
        response: Option<JsValue>,
    },
}

impl Failure {
    /// An error with the exception behind it.
    pub(crate) fn caused(error: Error, cause: JsValue) -> Self {
        Self::Error { error, cause: Some(cause), response: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error { error, cause: None, response: None }
    }
}
