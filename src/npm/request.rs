//! Requests of the caller to any route of the API, for JavaScript.

use super::error::{must_be, to_js};
use super::options::Options;
use crate::client::{Answers, Client, Content, to_json};
use crate::protocol::backend::Expects;
use crate::web::js::{Record, at, construct, promise, tag, text_of};
use js_sys::{Array, Object, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Prepares a request of the caller. Its answer is a `Response`; an error status is an error.
pub(super) fn request(
    client: &Rc<Client>,
    route: JsValue,
    options: &JsValue,
    expects: Expects,
) -> Result<Answers, JsValue> {
    let options = Options::of(options);
    let method = options.id("method").map_or("GET".to_owned(), |method| method.to_ascii_uppercase());
    let headers = options.headers();
    let href = at(&route, "href");
    let route = if href.is_string() { href } else { route };
    let mut url = route.as_string().unwrap_or_default();
    if !route.is_string() {
        options.refuse(must_be("The route of a request", "a string", &route));
    }
    if let Some(params) = options.object("params") {
        let query = query(&params)?;
        if !query.is_empty() {
            url = format!("{url}{}{query}", if url.bytes().any(|byte| byte == b'?') { "&" } else { "?" });
        }
    }
    let mut body = options.raw("data");
    let settings = options.settings(&client.settings);
    options.check()?;
    let is_json = !is_sent_as_it_is(&body);
    if is_json {
        body = to_json("The option data", &body).map_err(to_js)?;
    }
    let content = Content { headers, body, is_json, signal: settings.signal.clone() };
    Ok(client.request(&method, &url, expects, content, settings))
}

/// Waits for the end of a call and resolves to what `take` returns.
pub(super) fn answer(answers: Result<Answers, JsValue>, take: fn(&Answers) -> JsValue) -> Promise {
    promise(async move {
        let answers = answers?;
        answers.last().await.map_err(to_js)?;
        Ok(take(&answers))
    })
}

/// Whether `fetch` takes the data as a body. All other data is written as JSON. happy-dom's FormData has no tag.
fn is_sent_as_it_is(data: &JsValue) -> bool {
    const KINDS: [&str; 7] = [
        "[object Undefined]",
        "[object String]",
        "[object FormData]",
        "[object Blob]",
        "[object File]",
        "[object URLSearchParams]",
        "[object ArrayBuffer]",
    ];
    KINDS.contains(&&*tag(data)) || (at(data, "append").is_function() && at(data, "getAll").is_function())
}

fn query(params: &Record) -> Result<String, JsValue> {
    let is_given = |entry: &JsValue| {
        let value = at(entry, "1");
        !value.is_null() && !value.is_undefined()
    };
    let entries: Array = Object::entries(params).iter().filter(is_given).collect();
    Ok(text_of(&construct("URLSearchParams", &[&entries])?))
}
