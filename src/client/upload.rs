//! Uploads of files for an input.

use super::call::Client;
use super::limits::Settings;
use super::sender::Content;
use crate::protocol::backend::Expects;
use crate::web::Failure;
use crate::web::js::text_at;
use js_sys::Array;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, Blob, BlobPropertyBag, FormData};

/// Uploads the file of a form and returns its URL, if the answer has one.
pub(crate) async fn upload(
    client: &Rc<Client>,
    form: JsValue,
    signal: Option<AbortSignal>,
) -> Result<Option<String>, Failure> {
    let content = Content { body: form, signal, ..Content::default() };
    let settings = Settings { observer: None, ..client.settings.clone() };
    let file = client.request("POST", "/files", Expects::Json, content, settings).last().await?;
    Ok(text_at(&file, "urls.get"))
}

/// The form of an upload. The server requires the part `metadata`, even when it is empty.
pub(crate) fn form(file: &Blob, name: &str) -> Result<JsValue, JsValue> {
    let form = FormData::new()?;
    form.append_with_blob_and_filename("content", file, name)?;
    let json = BlobPropertyBag::new();
    json.set_type("application/json");
    let metadata = Blob::new_with_str_sequence_and_options(&Array::of1(&"{}".into()), &json)?;
    form.append_with_blob("metadata", &metadata)?;
    Ok(form.into())
}
