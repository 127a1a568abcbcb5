//! Headers as `Headers` objects of the platform, which validate names and values.

use super::js::text_at;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Headers;

#[wasm_bindgen]
extern "C" {
    /// The constructor of web-sys does not take any value.
    #[wasm_bindgen(js_name = Headers)]
    type AnyHeaders;
    #[wasm_bindgen(constructor, js_class = "Headers", catch)]
    fn new(init: &JsValue) -> Result<AnyHeaders, JsValue>;
}

/// Creates headers from anything that `new Headers()` accepts; empty ones from `undefined`.
pub(crate) fn headers_of(init: &JsValue) -> Result<Headers, JsValue> {
    AnyHeaders::new(init).map(JsCast::unchecked_into)
}

/// The pairs of names and values.
fn entries(headers: &Headers) -> Array {
    Array::from(headers)
}

pub(crate) fn is_empty(headers: &Headers) -> bool {
    entries(headers).length() == 0
}

/// Sets all headers of `more` in `headers`.
pub(crate) fn set_all(headers: &Headers, more: &Headers) {
    for entry in entries(more).iter() {
        let part = |index| text_at(&entry, index).unwrap_or_default();
        // They are valid, since they come from a `Headers`.
        let _ = headers.set(&part("0"), &part("1"));
    }
}
