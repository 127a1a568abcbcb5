//! The files of inputs. JavaScript walks the input and reads the files.

use super::error::to_js;
use crate::client::{EncodeFiles, Sending, form, upload};
use crate::web::js::{Record, promise, settled, text_at};
use crate::web::{Failure, Pending};
use js_sys::{Function, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

#[wasm_bindgen(module = "/src/npm/inputs.js")]
extern "C" {
    #[wasm_bindgen(js_name = encodeInput)]
    fn encode_input(input: &JsValue, options: &Record) -> Promise;
}

/// Encodes the files of a client's inputs.
pub(super) struct Files {
    /// `default`, `upload` or `data-uri`.
    strategy: String,
    /// `toForm` of `uploads.js`. The crate does not import that file: the server of wasm-bindgen's test runner stalls at a
    /// fifth module.
    to_form: Option<Function>,
}

impl Files {
    async fn form(to_form: Option<Function>, file: Blob) -> Result<JsValue, JsValue> {
        match to_form {
            Some(to_form) => {
                settled(&to_form.call2(&JsValue::UNDEFINED, &file, &Record::new())?.unchecked_into()).await
            }
            None => form(&file, &text_at(&file, "name").unwrap_or_else(|| "file".to_owned())),
        }
    }
}

impl EncodeFiles for Files {
    fn encode(&self, input: &JsValue, sending: Sending) -> Pending<Result<JsValue, Failure>> {
        let options = Record::new();
        options.set("strategy", &self.strategy.as_str().into());
        options.set("signal", &sending.signal.as_ref().map_or(JsValue::UNDEFINED, JsValue::from));
        let (uploads, to_form) = (sending.uploads.clone(), self.to_form.clone());
        let upload: Closure<dyn FnMut(Blob) -> Promise> = Closure::new(move |blob: Blob| {
            if let Some(uploads) = &sending.uploads {
                uploads(true);
            }
            let (sending, to_form) = (sending.clone(), to_form.clone());
            promise(async move {
                let form = Self::form(to_form, blob).await?;
                let url = upload(&sending.client, form, sending.signal).await.map_err(to_js)?;
                Ok(url.map_or(JsValue::UNDEFINED, JsValue::from))
            })
        });
        options.set("upload", upload.as_ref());
        let encoded = encode_input(input, &options);
        Box::pin(async move {
            let encoded = settled(&encoded).await.map_err(Failure::Own);
            // JavaScript may call it until the promise has settled.
            drop(upload);
            if let Some(uploads) = uploads {
                uploads(false);
            }
            encoded
        })
    }
}

/// The encoder of a strategy.
pub(super) fn files(strategy: &str, to_form: Option<Function>) -> Option<Rc<dyn EncodeFiles>> {
    Some(Rc::new(Files { strategy: strategy.to_owned(), to_form }))
}
