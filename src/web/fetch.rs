//! Sends a request with `fetch` and reads its answer. What the request contains is decided by `protocol` and `client`.

use super::body::Reader;
use super::failure::Failure;
use super::js::{Record, at, describe, parse_json, replaced, settled, takes_signals, text_at, text_of};
use super::json::JsJson;
use super::page::is_offline;
use crate::protocol::address::origin;
use crate::protocol::error::{Code, Error};
use crate::protocol::http::{Answer, Body, Expects, Request};
use crate::protocol::retry::retry_after;
use js_sys::{Array, Date, Function, JsString, Promise};
use std::cell::OnceCell;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers, Url};

#[wasm_bindgen]
extern "C" {
    /// A `Response` of any `fetch`.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(js_name = Object)]
    pub(crate) type Response;
    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Response) -> Result<u16, JsValue>;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &Response) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Response) -> Headers;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Response) -> Option<Stream>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn text(this: &Response) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = clone)]
    fn twin(this: &Response) -> Result<Response, JsValue>;

    #[wasm_bindgen(js_name = ReadableStream)]
    type Stream;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Stream) -> Result<Reader, JsValue>;
}

thread_local! {
    static TAKES_SIGNALS: OnceCell<bool> = const { OnceCell::new() };
}

/// What the client adds to a request.
pub(crate) struct Extras {
    pub(crate) headers: Headers,
    pub(crate) body: JsValue,
    pub(crate) signal: Option<AbortSignal>,
    pub(crate) credentials: Option<String>,
    /// It has nothing of the caller: no headers, no token, no body.
    pub(crate) bare: bool,
}

/// The answer to a request, with its JavaScript values.
pub(crate) struct Reply {
    pub(crate) answer: Answer<JsJson>,
    /// The exception in place of an answer.
    pub(crate) cause: Option<JsValue>,
    /// The unread body of an event stream.
    pub(crate) reader: Option<Reader>,
    /// The `Response` to a request of the caller.
    pub(crate) response: Option<Response>,
}

/// Sends a request. It fails when it is redirected and is not `bare`.
pub(crate) async fn send(fetch: &Function, request: &Request, extras: Extras) -> Result<Reply, Failure> {
    // Read before sending. Afterwards it proves nothing: the connection may have been lost during the request.
    let offline = is_offline();
    match exchange(fetch, request, &extras).await {
        Ok(reply) => Ok(reply),
        Err(NoAnswer::Redirected(error)) => Err(error.into()),
        Err(NoAnswer::Thrown(cause)) => {
            // Some engines put the URL into the message, and the URL of a stream is a secret.
            let detail = replaced(&describe(&cause), &request.url, origin(&request.url));
            let answer = Answer::Lost { detail, unsent: offline || never_connected(&cause) };
            Ok(Reply { cause: Some(cause), ..Reply::new(answer) })
        }
    }
}

/// Why a request has no answer.
enum NoAnswer {
    Thrown(JsValue),
    Redirected(Error),
}

impl From<JsValue> for NoAnswer {
    fn from(exception: JsValue) -> Self {
        Self::Thrown(exception)
    }
}

impl Reply {
    fn new(answer: Answer<JsJson>) -> Self {
        Self { answer, cause: None, reader: None, response: None }
    }
}

fn init(request: &Request, extras: &Extras) -> Record {
    let init = Record::new();
    init.set("method", &(*request.method).into());
    init.set("headers", &extras.headers);
    if !extras.body.is_undefined() {
        init.set("body", &extras.body);
    }
    // A cancel has no signal: the abort that leads to it must not abort it.
    if request.keepalive {
        init.set("keepalive", &JsValue::TRUE);
    } else if let Some(signal) = &extras.signal
        && TAKES_SIGNALS.with(|takes| *takes.get_or_init(|| takes_signals(signal)))
    {
        init.set("signal", signal);
    }
    if let Some(credentials) = &extras.credentials {
        init.set("credentials", &credentials.as_str().into());
    }
    if !extras.bare {
        init.set("redirect", &"manual".into());
    }
    init
}

/// Sends the request and reads its answer as the request expects.
async fn exchange(fetch: &Function, request: &Request, extras: &Extras) -> Result<Reply, NoAnswer> {
    // Called without a receiver: browsers' own `fetch` fails with one.
    let sent = fetch.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init(request, extras))?;
    let response = settled(&Promise::resolve(&sent)).await?;
    if !response.is_object() {
        return Err(NoAnswer::Thrown(js_sys::TypeError::new("fetch gave no Response").into()));
    }
    let response: Response = response.unchecked_into();
    let (status, headers) = (response.status()?, response.headers());
    if let Some(error) = redirected(request, &response, status, &headers) {
        return Err(NoAnswer::Redirected(error));
    }
    let is_success = (200..300).contains(&status);
    let is_raw = request.expects == Expects::Raw;
    if is_success && is_raw {
        return Ok(Reply { response: Some(response), ..Reply::new(Answer::Stream { status }) });
    }
    if is_success
        && request.expects == Expects::Events
        && is_event_stream(&headers)?
        && let Some(body) = response.body()
    {
        return Ok(Reply { reader: Some(body.reader()?), ..Reply::new(Answer::Stream { status }) });
    }
    let read = if is_raw { response.twin()?.text()? } else { response.text()? };
    let text: JsString = settled(&Promise::resolve(&read)).await?.unchecked_into();
    let body = parse_json(&text).map_or_else(|| Body::Text(text_of(&text)), |json| Body::Json(JsJson(json)));
    let reply = Reply::new(Answer::Whole { status, retry_after: asked_pause(&headers)?, body });
    Ok(Reply { response: is_raw.then_some(response), ..reply })
}

/// The error of a redirect with `redirect: "manual"`. In a page it has the status 0 and no location.
fn redirected(request: &Request, response: &Response, status: u16, headers: &Headers) -> Option<Error> {
    let location = headers.get("location").ok().flatten();
    if response.kind().as_deref() != Some("opaqueredirect") && (!(300..400).contains(&status) || location.is_none()) {
        return None;
    }
    let target = location.and_then(|location| Url::new_with_base(&location, &request.url).ok());
    let target = target.map(|url| format!(" to {}{}", url.origin(), url.pathname())).unwrap_or_default();
    let line = request.line();
    let message = format!(
        "{line} is redirected{target}, which is not followed since it carries headers or an input: set the base URL to \
         where the server is"
    );
    Some(Error::new(Code::Http, message).with_request(line, Some(status).filter(|status| *status > 0)))
}

fn is_event_stream(headers: &Headers) -> Result<bool, JsValue> {
    let content_type = headers.get("content-type")?.unwrap_or_default();
    let start = content_type.trim_start().get(..17);
    Ok(start.is_some_and(|start| start.eq_ignore_ascii_case("text/event-stream")))
}

fn asked_pause(headers: &Headers) -> Result<Option<Duration>, JsValue> {
    let Some(header) = headers.get("retry-after")? else { return Ok(None) };
    Ok(retry_after(&header, headers.get("date")?.as_deref(), (Date::now() / 1000.0) as i64))
}

/// Whether no connection was made, so that the request was surely never sent. Node and Deno name the system call, Bun has its
/// own code. If a host has several addresses, all of them must have failed.
fn never_connected(error: &JsValue) -> bool {
    let is_connect = |error: &JsValue| {
        let code = text_at(error, "code").unwrap_or_default();
        text_at(error, "syscall").as_deref() == Some("connect")
            || matches!(
                &*code,
                "ECONNREFUSED" | "ENOTFOUND" | "EAI_AGAIN" | "ConnectionRefused" | "UND_ERR_CONNECT_TIMEOUT"
            )
    };
    let cause = at(error, "cause");
    let cause = if cause.is_object() { cause } else { error.clone() };
    let errors = at(&cause, "errors");
    is_connect(&cause)
        || (Array::is_array(&errors)
            && errors.unchecked_ref::<Array>().length() > 0
            && errors.unchecked_ref::<Array>().iter().all(|error| is_connect(&error)))
}
