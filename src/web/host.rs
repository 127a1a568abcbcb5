//! What the shell imports: one stream's side of the host, `Host` of `host.js`.

use crate::protocol::json::Document;
use crate::protocol::prompt::Case;
use crate::protocol::text::join;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// One stream's side of the host.
    #[derive(Debug, Clone)]
    pub type Host;

    #[wasm_bindgen(method)]
    pub(super) fn timeout(this: &Host);

    #[wasm_bindgen(method)]
    fn parse(this: &Host, text: &[u8]) -> bool;
    /// One import for all that gives a text: each would bring the same lines of glue.
    #[wasm_bindgen(method)]
    fn show(this: &Host, text: &str, how: u32) -> Option<String>;
    #[wasm_bindgen(method)]
    fn number(this: &Host, path: &str) -> f64;
    #[wasm_bindgen(method)]
    fn keep(this: &Host);

    #[cfg(feature = "npm")]
    #[wasm_bindgen(method)]
    pub(crate) fn prompt(this: &Host, prompt: &str);

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

/// What [`Host::show`] shows: the same numbers stand in `platform.js`.
mod how {
    /// The string at a path.
    pub(super) const STRING: u32 = 0;
    /// Whatever is at a path, as JSON unless it is a string.
    pub(super) const ANY: u32 = 1;
    /// The text itself in lower case.
    pub(super) const LOWER: u32 = 2;
    /// The text itself, one character, in title case.
    pub(super) const TITLE: u32 = 3;
}

impl Document for Host {
    fn parse(&self, text: &[u8]) -> bool {
        self.parse(text)
    }

    fn str(&self, path: &str) -> Option<String> {
        self.show(path, how::STRING)
    }

    fn show(&self, path: &str) -> Option<String> {
        self.show(path, how::ANY)
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

/// The page's engine has the tables.
impl Case for Host {
    fn lower(&self, text: &str) -> String {
        self.show(text, how::LOWER).unwrap_or_default()
    }

    fn title(&self, first: &str) -> String {
        self.show(first, how::TITLE).unwrap_or_default()
    }
}
