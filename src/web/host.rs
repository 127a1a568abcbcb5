//! What the shell imports: one stream's side of the host, `Host` of `host.js`.

use crate::json::Document;
use crate::text::join;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// One stream's side of the host.
    #[derive(Debug, Clone)]
    pub type Host;

    #[cfg(not(feature = "npm"))]
    #[wasm_bindgen(method)]
    pub(super) fn timeout(this: &Host);
    #[cfg(feature = "npm")]
    #[wasm_bindgen(method)]
    pub(super) fn arm(this: &Host, ms: i32);

    #[wasm_bindgen(method)]
    fn parse(this: &Host, text: &[u8]) -> bool;
    #[wasm_bindgen(method)]
    fn show(this: &Host, path: &str, any: bool) -> Option<String>;
    #[wasm_bindgen(method)]
    fn number(this: &Host, path: &str) -> f64;
    #[wasm_bindgen(method)]
    fn keep(this: &Host);

    #[wasm_bindgen(method)]
    pub(super) fn batch(this: &Host, events: &[u8]) -> bool;
    #[wasm_bindgen(method)]
    pub(super) fn piece(this: &Host, name: &[u8], data: &[u8], id: &[u8]);
    #[wasm_bindgen(method)]
    pub(super) fn pieces(this: &Host) -> bool;

    /// One call with plain values is far smaller than an object built field by field.
    #[wasm_bindgen(method)]
    pub(super) fn send(this: &Host, method: &str, url: &str, headers: &str, flags: u32, model: &str, version: &str);
    #[wasm_bindgen(method)]
    pub(super) fn read(this: &Host) -> i32;
    #[wasm_bindgen(method)]
    pub(super) fn chunk(this: &Host) -> Vec<u8>;

    #[wasm_bindgen(method)]
    pub(super) fn fail(
        this: &Host,
        code: &str,
        message: &str,
        detail: &str,
        status: u32,
        retry_after_ms: f64,
        request: &str,
    );
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &Host);
    #[wasm_bindgen(method)]
    pub(super) fn close(this: &Host);

    #[wasm_bindgen(method)]
    pub(super) fn place(this: &Host, last_id: &[u8], text: &[u8], delivered: f64);
}

impl Document for Host {
    fn parse(&self, text: &[u8]) -> bool {
        self.parse(text)
    }

    fn str(&self, path: &str) -> Option<String> {
        self.show(path, false)
    }

    fn show(&self, path: &str) -> Option<String> {
        self.show(path, true)
    }

    fn number(&self, path: &str) -> f64 {
        self.number(path)
    }

    fn length(&self, path: &str) -> Option<usize> {
        let length = self.number(&join(&[path, ".length"]));
        (!length.is_nan()).then_some(length as usize)
    }

    fn keep(&self) {
        self.keep();
    }
}
