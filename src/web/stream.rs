//! The exported iterator.

use std::rc::Rc;

use super::driver::Driver;
use super::host;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

/// Results of a prediction, one after another, as an async iterator.
///
/// Nothing is sent before the first `next()`. Leaving a `for await` loop closes the connection and
/// stops the prediction on the server, where its protocol can.
#[wasm_bindgen(skip_typescript)]
#[derive(Clone)]
pub struct PredictionStream {
    driver: Rc<Driver>,
}

impl std::fmt::Debug for PredictionStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PredictionStream")
    }
}

impl From<Rc<Driver>> for PredictionStream {
    fn from(driver: Rc<Driver>) -> Self {
        Self { driver }
    }
}

#[wasm_bindgen]
impl PredictionStream {
    /// The next result. Concurrent calls are answered in order.
    #[wasm_bindgen(skip_typescript)]
    pub fn next(&self) -> Promise {
        self.driver.next()
    }

    /// Ends the stream: callers of `next()` who wait are told at once that it is over.
    #[wasm_bindgen(js_name = "return", skip_typescript)]
    pub fn finish(&self) -> Promise {
        self.driver.leave_as_told();
        self.driver.host.over()
    }

    /// Ends the stream and rejects with the error.
    #[wasm_bindgen(skip_typescript)]
    pub fn throw(&self, error: JsValue) -> Promise {
        self.driver.leave_as_told();
        Promise::reject(&error)
    }

    /// The same stream: all that it hands out share their place in it.
    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]", skip_typescript)]
    pub fn async_iterator(&self) -> Self {
        self.clone()
    }

    /// Ends the stream, for `await using`.
    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]", skip_typescript)]
    pub fn async_dispose(&self) -> Promise {
        self.driver.leave_as_told();
        self.driver.host.left(false)
    }

    /// The newest answer about the prediction; undefined before the first.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn prediction(&self) -> JsValue {
        self.driver.host.prediction()
    }

    /// The prediction's id, known as soon as the create is answered.
    #[wasm_bindgen(getter, skip_typescript)]
    pub fn id(&self) -> Option<String> {
        self.driver.id()
    }

    /// Stops reading and stops the prediction on the server, where its protocol can. It resolves when the
    /// server has answered, and does not reject: a prediction that is over cannot be stopped.
    #[wasm_bindgen(skip_typescript)]
    pub fn cancel(&self) -> Promise {
        self.driver.cancel()
    }

    /// Reads to the end: all of the output's text, from its first piece on.
    #[wasm_bindgen(skip_typescript)]
    pub fn text(&self) -> Promise {
        self.driver.text(&self.clone().into())
    }

    /// What `resume()` takes: the id, the last event id, and how many bytes of text were delivered.
    #[wasm_bindgen(js_name = toJSON, skip_typescript)]
    pub fn to_json(&self) -> JsValue {
        self.driver.handle()
    }

    /// The results as a `ReadableStream`, which pulls only when it is read.
    #[wasm_bindgen(js_name = toReadableStream, skip_typescript)]
    pub fn to_readable_stream(&self) -> JsValue {
        host::readable_stream(&self.clone().into())
    }
}
