//! Conversions of errors: from `web` to Rust apps, and to JavaScript.

use crate::protocol::error::{Code, Error, millis};
use crate::web::Failure;
use crate::web::js::{Record, describe};
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;

/// The abort reason of a signal may be any JavaScript value, so a Rust app gets it as the text of an error.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error { error, .. } => error,
            Failure::Own(reason) => {
                Self::new(Code::Canceled, format!("The call was stopped by its caller: {}", describe(&reason)))
            }
        }
    }
}

/// A JavaScript `Error` with the same message, the `name` "ReplicateError" and the fields of JavaScript's `ReplicateError`.
impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let object = js_sys::Error::new(error.message());
        object.set_name("ReplicateError");
        let fields = fields(&error);
        fields.set("code", &error.code().name().into());
        js_sys::Object::assign(&object, &fields).into()
    }
}

/// The fields of an error other than its code and its message.
pub(crate) fn fields(error: &Error) -> Record {
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

/// The error of an invalid argument.
pub(crate) fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidArgument, message)
}

/// Deserialises a server's value into the caller's type.
pub(crate) fn typed<T: DeserializeOwned>(what: &str, value: JsValue, id: Option<String>) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(value).map_err(|error| {
        Error::protocol(format!("{what} is not of the type that was asked for: {error}"))
            .with_prediction(id, None, None)
    })
}
