//! The iterator of `host.js`, as a Rust app and the tests in a browser hold it.

use crate::protocol::run::{Goal, Run};
use crate::web::{Driver, Host};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen(module = "/src/npm/host.js")]
extern "C" {
    #[wasm_bindgen(js_name = createHost)]
    fn create_host(transport: &JsValue, signal: Option<&AbortSignal>, goal: u32) -> Host;

    /// Results of a prediction, one after another, as an async iterator.
    #[derive(Debug, Clone)]
    #[wasm_bindgen]
    pub type PredictionStream;

    #[wasm_bindgen(js_name = streamOf)]
    fn stream_of(host: &Host, driver: Driver) -> PredictionStream;

    /// The next result.
    #[wasm_bindgen(method)]
    pub fn next(this: &PredictionStream) -> Promise;
    /// Ends the stream.
    #[wasm_bindgen(method, js_name = "return")]
    pub fn finish(this: &PredictionStream) -> Promise;
    /// Ends the stream and rejects with the error.
    #[wasm_bindgen(method)]
    pub fn throw(this: &PredictionStream, error: &JsValue) -> Promise;
    /// The prediction's id, known as soon as the create is answered.
    #[wasm_bindgen(method, getter)]
    pub fn id(this: &PredictionStream) -> Option<String>;
    /// The newest answer about the prediction.
    #[wasm_bindgen(method, getter)]
    pub fn prediction(this: &PredictionStream) -> JsValue;
}

#[wasm_bindgen(module = "/src/npm/error.js")]
extern "C" {
    /// What a stream is rejected with.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(extends = js_sys::Error)]
    pub type ReplicateError;

    /// What went wrong, as [`Code::name`](crate::protocol::error::Code::name) has it.
    #[wasm_bindgen(method, getter)]
    pub fn code(this: &ReplicateError) -> String;
}

impl PredictionStream {
    /// The stream of a run; `transport` is how `exchange.js` sends its requests.
    #[must_use]
    pub fn open(run: Run, goal: Goal, transport: &JsValue, signal: Option<&AbortSignal>) -> Self {
        let host = create_host(transport, signal, goal as u32);
        stream_of(&host, Driver::around(run, host.clone()))
    }
}
