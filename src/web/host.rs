//! What the shell imports: the package's own JavaScript, which holds what a stream has on the host's side.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/web/error.js")]
extern "C" {
    /// `new ReplicateError(code, message)`.
    pub(super) type ReplicateError;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(code: &str, message: &str) -> ReplicateError;
}

#[wasm_bindgen(module = "/src/web/host.js")]
extern "C" {
    #[wasm_bindgen(js_name = readableStream)]
    pub(super) fn readable_stream(iterator: &JsValue) -> JsValue;

    /// One stream's side of the host.
    #[derive(Debug)]
    pub(super) type Host;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(transport: &JsValue, signal: &JsValue, goal: u32, alt: &str) -> Host;
    #[wasm_bindgen(method)]
    pub(super) fn begin(this: &Host, wake: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn now(this: &Host) -> f64;
    #[wasm_bindgen(method)]
    pub(super) fn take(this: &Host) -> u32;
    #[wasm_bindgen(method, getter)]
    pub(super) fn value(this: &Host) -> JsValue;
    #[wasm_bindgen(method)]
    pub(super) fn copy(this: &Host, room: &mut [u8]);

    #[wasm_bindgen(method)]
    pub(super) fn next(this: &Host) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn batch(this: &Host, events: &str) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn piece(this: &Host, name: &str, data: &str, id: Option<&str>);
    #[wasm_bindgen(method)]
    pub(super) fn pieces(this: &Host) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn snapshot(this: &Host) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn report(this: &Host, prediction: &str);

    /// One call with ten plain values is far smaller than an object built field by field.
    #[allow(clippy::too_many_arguments)]
    #[wasm_bindgen(method)]
    pub(super) fn send(
        this: &Host,
        method: &str,
        url: &str,
        headers: &str,
        flags: u32,
        beside: bool,
        model: Option<&str>,
        version: Option<&str>,
    );
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Host) -> u32;

    #[wasm_bindgen(method)]
    pub(super) fn reject(this: &Host, error: &JsValue);
    #[allow(clippy::too_many_arguments)]
    #[wasm_bindgen(method)]
    pub(super) fn fail(
        this: &Host,
        code: &str,
        message: &str,
        detail: Option<&str>,
        status: Option<u16>,
        retry_after_ms: Option<u32>,
        method: Option<&str>,
        url: Option<&str>,
        id: Option<&str>,
        partial: Option<&str>,
    );
    #[wasm_bindgen(method)]
    pub(super) fn forget(this: &Host);
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Host);
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Host);
    #[wasm_bindgen(method)]
    pub(super) fn dispose(this: &Host);

    #[wasm_bindgen(method, getter)]
    pub(super) fn prediction(this: &Host) -> JsValue;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_prediction(this: &Host, prediction: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn left(this: &Host, waits: bool) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn over(this: &Host) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn handle(this: &Host, id: Option<&str>, last_event_id: Option<&str>, delivered: f64) -> JsValue;
    #[wasm_bindgen(method)]
    pub(super) fn text(this: &Host, stream: &JsValue, before: &str, bytes: f64) -> Promise;
}

#[wasm_bindgen(module = "/src/web/platform.js")]
extern "C" {
    /// A field of an object; undefined where there is none, or where it is null.
    pub(super) fn field(value: &JsValue, key: &str) -> JsValue;

    pub(super) fn parse(text: &str) -> JsValue;

    pub(super) fn json(value: &JsValue) -> String;

    pub(super) fn random() -> f64;

    pub(super) fn lower(text: &str) -> String;

    pub(super) fn upper(text: &str) -> String;

    #[wasm_bindgen(js_name = setPrompt)]
    pub(super) fn set_prompt(input: &JsValue, prompt: &str);

    #[wasm_bindgen(js_name = addImage)]
    pub(super) fn add_image(input: &JsValue, url: &str, first: bool);
}
