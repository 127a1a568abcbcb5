//! Sends a request with `fetch` and reads its answer. What the request contains is decided by `protocol` and `client`.

use super::body::Reader;
use super::failure::Failure;
use super::headers::get;
use super::js::{
    Record, at, construct, describe, invoke, location, parse_json, replaced, settled, takes_signals, text_at, text_of,
    url,
};
use super::json::JsJson;
use super::page::is_offline;
use crate::protocol::address::origin;
use crate::protocol::error::{Code, Error};
use crate::protocol::http::{Answer, Body, Expects, Request};
use crate::protocol::retry::retry_after;
use js_sys::{Array, Date, Function, JsString, Promise};
use std::cell::Cell;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers};

#[wasm_bindgen]
extern "C" {
    /// A `Response` of any `fetch`.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(js_name = Object)]
    pub(crate) type Response;
}

thread_local! {
    /// Whether `fetch` accepts this realm's signals; `None` until it was tried.
    static TAKES_SIGNALS: Cell<Option<bool>> = const { Cell::new(None) };
}

/// What the client adds to a request.
pub(crate) struct Extras {
    pub(crate) headers: Headers,
    pub(crate) body: JsValue,
    pub(crate) signal: Option<AbortSignal>,
    pub(crate) credentials: Option<String>,
    /// It carries no headers, token or body, so a redirect may be followed.
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

/// Sends a request. It fails when it is redirected and is neither `bare` nor that of a stream.
pub(crate) async fn send(fetch: &Function, request: &Request, extras: Extras) -> Result<Box<Reply>, Failure> {
    // Read before sending. Afterwards it proves nothing: the connection may have been lost during the request.
    let offline = is_offline();
    match exchange(fetch, request, &extras).await {
        Ok(reply) => Ok(reply),
        // A redirected stream counts as lost, so the prediction is polled.
        Err(NoAnswer::Redirected(error)) if request.hidden_url => {
            Ok(Reply::new(Answer::Lost { detail: error.message().to_owned(), unsent: false }))
        }
        Err(NoAnswer::Redirected(error)) => Err(error.into()),
        Err(NoAnswer::Thrown(cause)) => {
            // Some engines put the URL into the message, and the URL of a stream is a secret.
            let detail = replaced(&describe(&cause), &request.url, origin(&request.url));
            let answer = Answer::Lost { detail, unsent: offline || never_connected(&cause) };
            let mut reply = Reply::new(answer);
            reply.cause = Some(cause);
            Ok(reply)
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
    fn new(answer: Answer<JsJson>) -> Box<Self> {
        Box::new(Self { answer, cause: None, reader: None, response: None })
    }

    /// Takes the text of its body.
    fn read(&mut self, text: &JsString) {
        if let Answer::Whole { body, .. } = &mut self.answer {
            *body = parse_json(text).map_or_else(|| Body::Text(text_of(text)), |json| Body::Json(JsJson(json)));
        } else {
            // Not a clone that is read beside it: those of happy-dom are empty.
            let body = if text.is_falsy() { &JsValue::NULL } else { text };
            // With the status and the headers of the one that was read.
            let copy = |read: Response| construct("Response", &[body, &read]).map_or(read, JsValue::unchecked_into);
            self.response = self.response.take().map(copy);
        }
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
        && fetch_takes(signal)
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

fn fetch_takes(signal: &AbortSignal) -> bool {
    let takes = TAKES_SIGNALS.get().unwrap_or_else(|| takes_signals(signal));
    TAKES_SIGNALS.set(Some(takes));
    takes
}

/// Sends the request and reads its answer as the request expects.
async fn exchange(fetch: &Function, request: &Request, extras: &Extras) -> Result<Box<Reply>, NoAnswer> {
    // `fetch` looks at its signal too, but a custom one may not, and the call may have ended while files or the token were awaited.
    if let Some(signal) = extras.signal.as_ref().filter(|signal| at(signal, "aborted") == true) {
        return Err(NoAnswer::Thrown(at(signal, "reason")));
    }
    // Called without a receiver: browsers' own `fetch` fails with one.
    let sent = fetch.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init(request, extras))?;
    let (mut reply, text) = begin(request, settled(&Promise::resolve(&sent)).await?)?;
    if let Some(text) = text {
        let text: JsString = settled(&text).await?.unchecked_into();
        reply.read(&text);
    }
    Ok(reply)
}

/// Reads the head of an answer. If its body is to be read, returns the promise of its text too.
fn begin(request: &Request, response: JsValue) -> Result<(Box<Reply>, Option<Promise>), NoAnswer> {
    if !at(&response, "text").is_function() {
        return Err(NoAnswer::Thrown(construct("TypeError", &[&"fetch did not resolve to a Response".into()])?));
    }
    let status = response.unchecked_ref::<Record>().read("status")?.as_f64().unwrap_or_default() as u16;
    let response: Response = response.unchecked_into();
    let headers: Headers = at(&response, "headers").unchecked_into();
    if let Some(error) = redirected(request, &response, status, &headers) {
        return Err(NoAnswer::Redirected(error));
    }
    let is_success = (200..300).contains(&status);
    let is_raw = matches!(request.expects, Expects::Raw | Expects::Buffered);
    let mut reply = Reply::new(Answer::Stream { status });
    if is_success && is_raw {
        let text = (request.expects == Expects::Buffered).then(|| invoke(&response, "text", &[])).transpose()?;
        reply.response = Some(response);
        return Ok((reply, text.map(|text| Promise::resolve(&text))));
    }
    let body = at(&response, "body");
    if is_success && request.expects == Expects::Events && is_event_stream(&headers)? && body.is_object() {
        reply.reader = Some(invoke(&body, "getReader", &[])?.unchecked_into());
        return Ok((reply, None));
    }
    let read = if is_raw { invoke(&response, "clone", &[])? } else { response.clone().into() };
    let text = invoke(&read, "text", &[])?;
    reply.answer = Answer::Whole { status, retry_after: asked_pause(&headers)?, body: Body::Text(String::new()) };
    reply.response = is_raw.then_some(response);
    Ok((reply, Some(Promise::resolve(&text))))
}

/// The error of a redirect with `redirect: "manual"`. In a page it has the status 0 and no location.
fn redirected(request: &Request, response: &Response, status: u16, headers: &Headers) -> Option<Error> {
    let target = get(headers, "location").ok().flatten();
    let is_opaque = at(response, "type") == "opaqueredirect";
    if !is_opaque && (!(300..400).contains(&status) || target.is_none()) {
        return None;
    }
    let target = target.and_then(|target| url(&target, Some(&request.url)));
    // Browsers hide the target of a redirect.
    let target = target.map_or_else(|| "another URL".to_owned(), |url| location(&url));
    // The path of a stream's URL is a secret.
    let target = if request.hidden_url { origin(&target) } else { &target };
    let line = request.line();
    let message = format!(
        "{line} is redirected to {target}, which is not followed since it carries headers or an input: set the base URL to \
         where the server is"
    );
    Some(Error::new(Code::Http, message).with_request(line, Some(status).filter(|status| *status > 0)))
}

fn is_event_stream(headers: &Headers) -> Result<bool, JsValue> {
    let content_type = get(headers, "content-type")?.unwrap_or_default();
    let start = content_type.trim_ascii_start().get(..17);
    Ok(start.is_some_and(|start| start.eq_ignore_ascii_case("text/event-stream")))
}

fn asked_pause(headers: &Headers) -> Result<Option<Duration>, JsValue> {
    let Some(header) = get(headers, "retry-after")? else { return Ok(None) };
    Ok(retry_after(&header, get(headers, "date")?.as_deref(), (Date::now() / 1000.0) as i64))
}

/// Whether no connection was made, so that the request was surely never sent. Node and Deno name the system call, Bun has its
/// own code. If a host has several addresses, all of them must have failed.
fn never_connected(error: &JsValue) -> bool {
    let is_connect = |error: &JsValue| {
        let code = text_at(error, "code").unwrap_or_default();
        at(error, "syscall") == "connect"
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
