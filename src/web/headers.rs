//! Headers as `Headers` objects of the platform, which validate names and values.

use super::js::{call_global, construct, invoke, text_at};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Headers;

/// Creates headers from anything that `new Headers()` accepts; empty ones from `undefined`.
pub(crate) fn headers_of(init: &JsValue) -> Result<Headers, JsValue> {
    construct("Headers", &[init]).map(JsCast::unchecked_into)
}

/// A header; `None` without it.
pub(crate) fn get(headers: &Headers, name: &str) -> Result<Option<String>, JsValue> {
    Ok(invoke(headers, "get", &[&name.into()])?.as_string())
}

/// Sets a header, in place of one with this name.
pub(crate) fn set(headers: &Headers, name: &str, value: &str) -> Result<(), JsValue> {
    invoke(headers, "set", &[&name.into(), &value.into()]).map(drop)
}

/// The pairs of names and values.
fn entries(headers: &Headers) -> Array {
    call_global("Array.from", &[headers]).unwrap_or_default().unchecked_into()
}

pub(crate) fn is_empty(headers: &Headers) -> bool {
    entries(headers).length() == 0
}

/// Sets all headers of `more` in `headers`.
pub(crate) fn set_all(headers: &Headers, more: &Headers) {
    for entry in entries(more).iter() {
        let part = |index| text_at(&entry, index).unwrap_or_default();
        // They are valid, since they come from a `Headers`.
        let _ = set(headers, &part("0"), &part("1"));
    }
}
