//! What the shell imports: the package's own few lines of JavaScript, and types that the engine has.

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/error.js")]
extern "C" {
    /// `new ReplicateError(code, message, fields)`.
    pub(super) type ReplicateError;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(code: &str, message: &str, fields: &Plain) -> ReplicateError;
}

#[wasm_bindgen(module = "/src/web/event.js")]
extern "C" {
    #[wasm_bindgen(js_name = unpackTexts)]
    pub(super) fn unpack_texts(batch: &str) -> Array;

    #[wasm_bindgen(js_name = unpackEvents)]
    pub(super) fn unpack_events(batch: &str, to_data: &JsValue) -> Array;

    #[wasm_bindgen(js_name = pieceEvent)]
    pub(super) fn piece_event(event: &str, data: &str, id: &str, to_data: &JsValue) -> JsValue;

    #[wasm_bindgen(js_name = pieceImage)]
    pub(super) fn piece_image(transport: &JsValue, url: &str, alt: &str) -> JsValue;

    #[wasm_bindgen(js_name = handle)]
    pub(super) fn handle(
        id: Option<&str>,
        last_id: Option<String>,
        delivered: f64,
        items: &Array,
        unread: u32,
    ) -> JsValue;

    #[wasm_bindgen(js_name = readableStream)]
    pub(super) fn readable_stream(iterator: &JsValue) -> JsValue;

    #[wasm_bindgen(js_name = drain)]
    pub(super) fn drain(iterator: &JsValue, whole: &JsValue) -> Promise;
}

#[wasm_bindgen(module = "/src/web/exchange.js")]
extern "C" {
    #[allow(clippy::too_many_arguments)]
    // One call with ten plain values is far smaller than an object built field by field.
    pub(super) fn exchange(
        transport: &JsValue,
        method: &str,
        url: &str,
        headers: &str,
        create: Option<Array>,
        flags: u32,
        number: u32,
        signal: Option<web_sys::AbortSignal>,
        answered: &JsValue,
    );

    /// What `exchange` calls back with.
    pub(super) type Exchanged;

    #[wasm_bindgen(method, getter, structural)]
    pub(super) fn number(this: &Exchanged) -> u32;
    #[wasm_bindgen(method, getter, structural)]
    pub(super) fn status(this: &Exchanged) -> u16;
    #[wasm_bindgen(method, getter, structural)]
    pub(super) fn clock(this: &Exchanged) -> f64;
    #[wasm_bindgen(method, getter, structural)]
    pub(super) fn unsent(this: &Exchanged) -> bool;
}

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    /// A field of an object; undefined where there is none, or where it is null.
    #[wasm_bindgen(js_name = field)]
    pub(super) fn field(value: &JsValue, key: &str) -> JsValue;

    pub(super) fn parse(text: &str) -> JsValue;

    pub(super) fn json(value: &JsValue) -> String;

    pub(super) fn now() -> f64;

    pub(super) fn random() -> f64;

    pub(super) fn lower(text: &str) -> String;

    pub(super) fn upper(text: &str) -> String;

    pub(super) fn describe(error: &JsValue) -> String;

    pub(super) fn release(reader: &JsValue);

    #[wasm_bindgen(js_name = onAbort)]
    pub(super) fn on_abort(signal: &JsValue, callback: &JsValue) -> Function;

    #[wasm_bindgen(js_name = onWake)]
    pub(super) fn on_wake(callback: &JsValue) -> Option<Function>;
}

#[wasm_bindgen]
extern "C" {
    /// An iterator of an array: the engine itself makes each `{value, done}`.
    pub(super) type Values;

    #[wasm_bindgen(method)]
    pub(super) fn next(this: &Values) -> JsValue;

    #[wasm_bindgen(js_name = Array)]
    pub(super) type List;

    #[wasm_bindgen(method)]
    pub(super) fn values(this: &List) -> Values;

    /// A reader of a body.
    pub(super) type Reader;

    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Reader) -> Thenable;

    /// A promise, with a `then` that makes no new closures.
    pub(super) type Thenable;

    #[wasm_bindgen(method)]
    pub(super) fn then(this: &Thenable, ok: &JsValue, fail: &JsValue) -> JsValue;

    /// A plain object, its fields set without `Reflect`.
    #[wasm_bindgen(js_name = Object)]
    pub(super) type Plain;

    #[wasm_bindgen(constructor, js_class = "Object")]
    pub(super) fn new() -> Plain;

    #[wasm_bindgen(method, indexing_setter)]
    pub(super) fn set(this: &Plain, key: &str, value: &JsValue);
}
