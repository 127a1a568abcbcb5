//! Results for JavaScript: texts, events, images.

use crate::protocol::run::{Goal, Piece};
use js_sys::{Array, Function, JsString};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/npm/files.js")]
extern "C" {
    /// A file of an output.
    #[wasm_bindgen(reexport, js_name = FileOutput)]
    #[derive(Debug)]
    pub type FileOutput;

    /// An image and its alternative text.
    #[wasm_bindgen(reexport, js_name = ImageResponse)]
    #[derive(Debug)]
    pub type ImageResponse;
    #[wasm_bindgen(constructor)]
    fn new(url: &str, alt: &JsValue, fetch: &Function) -> ImageResponse;

    #[wasm_bindgen(js_name = toFile)]
    fn to_file_function(fetch: &Function) -> Function;
}

#[wasm_bindgen(module = "/src/npm/events.js")]
extern "C" {
    #[derive(Debug)]
    type ServerSentEvent;
    #[wasm_bindgen(constructor)]
    fn new(data: &str, event: &str, id: &JsString, to_data: Option<&Function>) -> ServerSentEvent;

    #[wasm_bindgen(js_namespace = results, js_name = texts)]
    fn texts_of(batch: &JsString) -> Array;
    #[wasm_bindgen(js_namespace = results, js_name = events)]
    fn events_of(batch: &JsString, to_data: Option<&Function>) -> Array;
    #[wasm_bindgen(js_namespace = results, js_name = event)]
    fn event_of(batch: &JsString, to_data: Option<&Function>) -> JsValue;
}

#[wasm_bindgen(module = "/src/npm/inputs.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn transform(value: &JsValue, replace: &Function) -> Result<JsValue, JsValue>;
}

/// Turns each string that is a file's URL into a `FileOutput`.
#[derive(Clone)]
pub(super) struct ToFiles(Function);

impl ToFiles {
    pub(super) fn new(fetch: &Function) -> Self {
        Self(to_file_function(fetch))
    }

    /// Returns an output with a `FileOutput` in place of each file, at any depth.
    pub(super) fn of_output(&self, output: &JsValue) -> Result<JsValue, JsValue> {
        transform(output, &self.0)
    }
}

/// What a stream yields.
pub(super) enum Kind {
    Text,
    Events(Option<ToFiles>),
    Images { alt: JsValue, fetch: Function },
}

impl Kind {
    pub(super) fn goal(&self) -> Goal {
        match self {
            Self::Text => Goal::Text,
            Self::Events(_) => Goal::Events,
            Self::Images { .. } => Goal::Whole,
        }
    }

    /// The results of a batch: texts, or the name, id and data of each event.
    pub(super) fn of_batch(&self, batch: &JsString) -> Array {
        match self {
            Self::Events(files) => events_of(batch, files.as_ref().map(|files| &files.0)),
            Self::Text | Self::Images { .. } => texts_of(batch),
        }
    }

    /// The result of a batch that has only one.
    pub(super) fn of_one(&self, batch: JsString) -> JsValue {
        match self {
            Self::Events(files) => event_of(&batch, files.as_ref().map(|files| &files.0)),
            Self::Text | Self::Images { .. } => batch.into(),
        }
    }

    pub(super) fn of_piece(&self, piece: &Piece, id: &JsString) -> JsValue {
        let Piece { name, data } = piece;
        match self {
            Self::Text => data.as_str().into(),
            Self::Events(files) => ServerSentEvent::new(data, name, id, files.as_ref().map(|files| &files.0)).into(),
            Self::Images { alt, fetch } => ImageResponse::new(data, alt, fetch).into(),
        }
    }
}
