//! Why a call fails.

use crate::protocol::error::Error;
use wasm_bindgen::prelude::*;

/// Why a call fails, with the values of JavaScript that go with it.
#[derive(Clone)]
pub(crate) enum Failure {
    /// What the caller's own code threw (a token function, an observer), or the reason of its signal. It is passed on
    /// unchanged.
    Own(JsValue),
    /// An error of this crate.
    Error {
        /// The error.
        error: Error,
        /// The exception behind it.
        cause: Option<JsValue>,
        /// The answer that refused a request of the caller's own.
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
