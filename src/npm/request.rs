//! Requests of the caller to any route of the API, for JavaScript.

use super::error::{must_be, to_js};
use super::options::Options;
use crate::client::{Answers, Client, Content, to_json};
use crate::protocol::backend::Expects;
use crate::web::js::{Record, at, call_global, construct, is_missing, promise, tag, text_at, text_of};
use js_sys::{Array, Promise};
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
    let mut url = text_at(&route, "href").or_else(|| route.as_string()).unwrap_or_else(|| {
        options.refuse(must_be("The route of a request", "a string", &route));
        String::new()
    });
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
    let entries: Array = call_global("Object.entries", &[params])?.unchecked_into();
    let given: Array = entries.iter().filter(|entry| !is_missing(&at(entry, "1"))).collect();
    Ok(text_of(&construct("URLSearchParams", &[&given])?))
}
