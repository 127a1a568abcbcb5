//! Files of an input, which JavaScript walks and reads.

use super::error::to_js;
use crate::client::{EncodeFiles, Sending, upload};
use crate::web::js::{Record, promise, settled, text_at};
use crate::web::{Failure, Pending};
use js_sys::{Date, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

#[wasm_bindgen(module = "/src/npm/inputs.js")]
extern "C" {
    #[wasm_bindgen(js_name = encodeInput)]
    fn encode_input(input: &JsValue, options: &Record) -> Promise;
}

/// How the files of a client's inputs are sent.
#[derive(Debug)]
pub(super) struct Files {
    /// `default`, `upload` or `data-uri`.
    pub(super) strategy: String,
}

impl EncodeFiles for Files {
    fn encode(&self, input: &JsValue, sending: Sending) -> Pending<Result<JsValue, Failure>> {
        let options = Record::new();
        options.set("strategy", &self.strategy.as_str().into());
        options.set("signal", &sending.signal.as_ref().map_or(JsValue::UNDEFINED, JsValue::from));
        let (told, input) = (sending.uploads.clone(), input.clone());
        let upload: Closure<dyn FnMut(Blob) -> Promise> = Closure::new(move |blob: Blob| {
            if let Some(uploads) = &sending.uploads {
                uploads(true);
            }
            let sending = sending.clone();
            promise(async move {
                let name = text_at(&blob, "name").filter(|name| !name.is_empty());
                let name = name.unwrap_or_else(|| format!("blob_{}", Date::now() as u64));
                let url = upload(&sending.client, &blob, &name, sending.signal).await.map_err(to_js)?;
                Ok(url.map_or(JsValue::UNDEFINED, JsValue::from))
            })
        });
        options.set("upload", upload.as_ref());
        let encoded = encode_input(&input, &options);
        Box::pin(async move {
            let encoded = settled(&encoded).await.map_err(Failure::Own);
            // It may be called until the promise has settled.
            drop(upload);
            if let Some(uploads) = told {
                uploads(false);
            }
            encoded
        })
    }
}

/// The files of a client.
pub(super) fn files(strategy: &str) -> Option<Rc<dyn EncodeFiles>> {
    Some(Rc::new(Files { strategy: strategy.to_owned() }))
}
