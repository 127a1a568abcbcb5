//! The browser shell: the loop around a run, and the iterator that a page holds. It knows no rule of any
//! protocol.
//!
//! What is plain bookkeeping with JavaScript objects — reading options, building a `fetch` — is JavaScript
//! beside it (`*.js`): a field read from Rust costs more bytes than the line that reads it there.

mod client;
mod driver;
mod error;
mod exchange;
mod home;
mod host;
mod stream;

pub use client::start;
pub use home::{failed, home};
pub use stream::PredictionStream;

use crate::json::Json;
use js_sys::Array;
use wasm_bindgen::prelude::*;

impl Json for JsValue {
    fn parse(text: &str) -> Option<Self> {
        some(host::parse(text))
    }

    #[inline(never)]
    fn get(&self, key: &str) -> Option<Self> {
        some(host::field(self, key))
    }

    fn as_str(&self) -> Option<String> {
        self.as_string()
    }

    fn as_f64(&self) -> Option<f64> {
        Self::as_f64(self)
    }

    fn length(&self) -> Option<usize> {
        Array::is_array(self).then(|| self.unchecked_ref::<Array>().length() as usize)
    }

    fn at(&self, index: usize) -> Option<Self> {
        some(self.unchecked_ref::<Array>().get(index as u32)).filter(|value| !value.is_null())
    }

    fn to_json(&self) -> String {
        host::json(self)
    }
}

fn some(value: JsValue) -> Option<JsValue> {
    if value.is_undefined() { None } else { Some(value) }
}
