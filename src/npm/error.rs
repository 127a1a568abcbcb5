//! Errors for JavaScript.

use crate::client::fields;
use crate::protocol::error::{Code, Error};
use crate::web::Failure;
use crate::web::js::Record;
use js_sys::Object;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/npm/error.js")]
extern "C" {
    /// The class of all errors. Rust cannot extend `Error`.
    #[wasm_bindgen(reexport, extends = js_sys::Error, extends = Object)]
    #[derive(Debug, Clone)]
    pub type ReplicateError;
    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str, fields: &Record) -> ReplicateError;

    /// The error of a value of the wrong kind. It names the kind and not the value, which may be a secret.
    #[wasm_bindgen(js_name = mustBe)]
    pub(super) fn must_be(what: &str, words: &str, value: &JsValue) -> JsValue;
}

/// The error of an invalid argument.
pub(super) fn invalid(message: impl Into<String>) -> JsValue {
    to_js(Error::new(Code::InvalidArgument, message).into())
}

/// The JavaScript value of a failure: the caller's own exception, or a `ReplicateError`.
pub(super) fn to_js(failure: Failure) -> JsValue {
    match failure {
        Failure::Own(exception) => exception,
        Failure::Error { error, cause, response } => {
            let fields = fields(&error);
            fields.set("cause", &cause.unwrap_or_default());
            fields.set("response", &response.unwrap_or_default());
            ReplicateError::new(error.code().name(), error.message(), &fields).into()
        }
    }
}

/// The `ReplicateError` of an error without JavaScript values.
pub(super) fn error_to_js(error: &Error) -> JsValue {
    ReplicateError::new(error.code().name(), error.message(), &fields(error)).into()
}
