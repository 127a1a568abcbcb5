//! Errors as JavaScript gets them.

use crate::protocol::error::{Code, Error, millis};
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
}

/// An error of wrong arguments.
pub(super) fn invalid(message: impl Into<String>) -> JsValue {
    to_js(Error::new(Code::InvalidArgument, message).into())
}

/// What JavaScript gets for a failure: the caller's own exception, or a `ReplicateError`.
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

/// The same for an error in a state.
pub(super) fn error_to_js(error: &Error) -> JsValue {
    ReplicateError::new(error.code().name(), error.message(), &fields(error)).into()
}

/// What an error knows. A field of `undefined` is none.
fn fields(error: &Error) -> Record {
    let fields = Record::new();
    let text = |name, text: Option<&str>| {
        if let Some(text) = text {
            fields.set(name, &text.into());
        }
    };
    text("detail", error.detail());
    text("predictionId", error.prediction_id());
    text("logs", error.logs());
    text("partial", error.partial());
    if let Some(status) = error.status() {
        fields.set("status", &status.into());
    }
    if let Some(pause) = error.retry_after() {
        fields.set("retryAfterMs", &(millis(pause) as f64).into());
    }
    if let Some(line) = error.request() {
        let request = Record::new();
        request.set("method", &line.method.as_str().into());
        request.set("url", &line.url.as_str().into());
        fields.set("request", &request);
    }
    fields
}
