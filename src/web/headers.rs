//! Headers as the platform keeps them: it knows which names and values a request can carry.

use super::js::text_at;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::Headers;

#[wasm_bindgen]
extern "C" {
    /// The constructor of web-sys takes no value of any kind.
    #[wasm_bindgen(js_name = Headers)]
    type AnyHeaders;
    #[wasm_bindgen(constructor, js_class = "Headers", catch)]
    fn new(init: &JsValue) -> Result<AnyHeaders, JsValue>;
}

/// New headers, of anything that `new Headers()` takes: `undefined` for none.
pub(crate) fn headers_of(init: &JsValue) -> Result<Headers, JsValue> {
    AnyHeaders::new(init).map(JsCast::unchecked_into)
}

/// Names and values.
fn entries(headers: &Headers) -> Array {
    Array::from(headers)
}

pub(crate) fn is_empty(headers: &Headers) -> bool {
    entries(headers).length() == 0
}

/// Sets each of some headers among others.
pub(crate) fn set_all(headers: &Headers, more: &Headers) {
    for entry in entries(more).iter() {
        let part = |index| text_at(&entry, index).unwrap_or_default();
        // They are headers already, so they can be set.
        let _ = headers.set(&part("0"), &part("1"));
    }
}
