//! The files of inputs. JavaScript walks the input and reads the files.

use super::error::to_js;
use crate::client::{EncodeFiles, Sending, upload};
use crate::web::js::{Record, promise, settled};
use crate::web::{Failure, Pending};
use js_sys::Promise;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/npm/inputs.js")]
extern "C" {
    #[wasm_bindgen(js_name = encodeForClient)]
    fn encode_input(input: &JsValue, options: &Record) -> Promise;
}

/// Encodes the files of a client's inputs by a strategy: `default`, `upload` or `data-uri`.
struct Files(String);

impl EncodeFiles for Files {
    fn encode(&self, input: &JsValue, sending: Sending) -> Pending<Result<JsValue, Failure>> {
        let options = Record::new();
        options.set("strategy", &self.0.as_str().into());
        options.set("signal", &sending.signal.as_ref().map_or(JsValue::UNDEFINED, JsValue::from));
        let uploads = sending.uploads.clone();
        let send: Closure<dyn FnMut(JsValue) -> Promise> = Closure::new(move |form| {
            if let Some(uploads) = &sending.uploads {
                uploads(true);
            }
            let Sending { client, signal, .. } = sending.clone();
            promise(async move {
                let url = upload(&client, form, signal).await.map_err(to_js)?;
                Ok(url.map_or(JsValue::UNDEFINED, JsValue::from))
            })
        });
        options.set("send", send.as_ref());
        let encoded = encode_input(input, &options);
        Box::pin(async move {
            let encoded = settled(&encoded).await.map_err(Failure::Own);
            // JavaScript may call it until the promise has settled.
            drop(send);
            if let Some(uploads) = uploads {
                uploads(false);
            }
            encoded
        })
    }
}

/// The encoder of a strategy.
pub(super) fn files(strategy: &str) -> Rc<dyn EncodeFiles> {
    Rc::new(Files(strategy.to_owned()))
}
