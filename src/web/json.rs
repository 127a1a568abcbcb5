//! The `Json` trait for JavaScript values.

use super::js::{at, call_global, is_missing, parse_json, utf8};
use crate::protocol::json::Json;
use js_sys::Array;
use wasm_bindgen::prelude::*;

/// A value of `JSON.parse`, or of the page.
#[derive(Clone)]
pub(crate) struct JsJson(pub(crate) JsValue);

impl Json for JsJson {
    fn decode(text: &[u8]) -> String {
        utf8().decode(text).into()
    }

    fn parse(text: &[u8]) -> Option<Self> {
        parse_json(&utf8().decode(text)).map(Self)
    }

    fn str(&self, path: &str) -> Option<String> {
        at(&self.0, path).as_string()
    }

    /// `None` also for a value that the engine cannot write: nested too deeply for its stack, or with a BigInt.
    fn show(&self, path: &str) -> Option<String> {
        let value = at(&self.0, path);
        if is_missing(&value) {
            return None;
        }
        value.as_string().or_else(|| call_global("JSON.stringify", &[&value]).ok()?.as_string())
    }

    fn number(&self, path: &str) -> Option<f64> {
        at(&self.0, path).as_f64()
    }

    fn length(&self, path: &str) -> Option<usize> {
        let value = at(&self.0, path);
        Array::is_array(&value).then(|| value.unchecked_ref::<Array>().length() as usize)
    }
}
