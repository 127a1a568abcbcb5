//! Requests of the caller to any route of the API, for JavaScript.

use super::error::to_js;
use super::options::{Options, must_be};
use crate::client::{Client, Content, Results, to_json};
use crate::protocol::backend::Expects;
use crate::web::JsJson;
use crate::web::js::{Record, at, tag, text_of};
use js_sys::{Array, Object};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::UrlSearchParams;

/// Sends a request and returns its `Response`; an error status is an error.
pub(super) async fn request(client: &Rc<Client>, route: JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    let options = Options::of(options)?;
    let method = options.id("method")?.map_or("GET".to_owned(), |method| method.to_ascii_uppercase());
    let mut headers = options.headers()?.unwrap_or_default();
    let href = at(&route, "href");
    let route = if href.is_string() { href } else { route };
    let Some(mut url) = route.as_string() else { return Err(must_be("The route of a request", "a string", &route)) };
    if let Some(params) = options.object("params")? {
        let query = query(&params)?;
        if !query.is_empty() {
            url = format!("{url}{}{query}", if url.bytes().any(|byte| byte == b'?') { '&' } else { '?' });
        }
    }
    let mut body = options.0.read("data")?;
    if !is_sent_as_it_is(&body) {
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        body = to_json("The option data", &body).map_err(to_js)?;
    }
    let settings = options.settings(&client.settings)?;
    let content = Content { headers, body, signal: settings.signal.clone() };
    respond(&client.request(&method, &url, Expects::Raw, content, settings)).await
}

/// Waits for the `Response`.
async fn respond(results: &Results<JsJson>) -> Result<JsValue, JsValue> {
    match results.next_result().await {
        Some(Err(failure)) => Err(to_js(failure)),
        _ => Ok(results.response().unwrap_or_default()),
    }
}

/// Whether `fetch` takes the data as a body. All other data is written as JSON. happy-dom's FormData has no tag.
fn is_sent_as_it_is(data: &JsValue) -> bool {
    let kinds = ["Undefined", "String", "FormData", "Blob", "File", "URLSearchParams", "ArrayBuffer"];
    kinds.contains(&tag(data).as_str()) || (at(data, "append").is_function() && at(data, "getAll").is_function())
}

fn query(params: &Record) -> Result<String, JsValue> {
    let query = UrlSearchParams::new()?;
    for entry in Object::entries(params).iter() {
        let entry: Array = entry.unchecked_into();
        let value = entry.get(1);
        if !value.is_null() && !value.is_undefined() {
            query.append(&entry.get(0).as_string().unwrap_or_default(), &text_of(&value));
        }
    }
    Ok(query.to_string().into())
}
