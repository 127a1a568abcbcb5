//! What needs a browser: the exported iterator, its abort signal, its timers and its `fetch`. The rules of the
//! protocols are tested natively.

#![cfg(all(target_arch = "wasm32", feature = "npm"))]

use std::sync::Once;

use js_sys::{Array, Error, Object, Promise, Reflect};
use replicate_wasm::npm::{PredictionStream, ReplicateHome};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::AbortController;

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(js_namespace = page)]
extern "C" {
    type Server;
    #[wasm_bindgen(constructor)]
    fn new(answers: Array) -> Server;
    #[wasm_bindgen(method, getter)]
    fn fetch(this: &Server) -> JsValue;
    #[wasm_bindgen(method)]
    fn received(this: &Server) -> String;
    #[wasm_bindgen(method)]
    async fn reached(this: &Server, count: u32);

    fn origin() -> String;
    fn timers() -> u32;
    async fn sleeping(least_ms: u32);
    async fn settled(promise: &Promise) -> JsValue;
    async fn read(stream: &JsValue, most: u32) -> JsValue;
    #[wasm_bindgen(js_name = readAll)]
    async fn read_all(streams: Array) -> JsValue;
}

/// Creates `page`, once. It is not a module: the server of wasm-bindgen's test runner may not answer a request when
/// more than four connections come at once (tiny_http's pool counts a thread that is about to work as idle), and the
/// crate has four modules itself.
fn set_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        js_sys::eval(include_str!("browser.js")).unwrap_throw();
    });
}

const CREATED: &str = r#"{"id":"p1","status":"starting"}"#;
const PROCESSING: &str = r#"{"id":"p1","status":"processing","output":["Spring"]}"#;
const SUCCEEDED: &str = r#"{"id":"p1","status":"succeeded","output":["Spring"," is"," here"]}"#;

const POST: &str = "POST http://relay/api/prediction";
const POLL: &str = "GET http://relay/api/poll?id=p1";

const ALL: u32 = u32::MAX;

fn server(answers: &[&str]) -> Server {
    set_up();
    Server::new(answers.iter().map(|&answer| JsValue::from(answer)).collect())
}

/// A text prediction that polls every minute, so that no test passes by waiting.
fn stream(fields: &[(&str, JsValue)]) -> PredictionStream {
    let options = Object::new();
    let fixed =
        [("prompt", JsValue::from("Spring")), ("proxy", "http://relay".into()), ("pollIntervalMs", 60_000.into())];
    for (name, value) in fixed.iter().chain(fields) {
        Reflect::set(&options, &(*name).into(), value).unwrap_throw();
    }
    ReplicateHome::create_async_generator(&options)
}

fn poem(server: &Server) -> PredictionStream {
    stream(&[("fetch", server.fetch())])
}

fn poem_until(server: &Server, abort: &AbortController) -> PredictionStream {
    stream(&[("fetch", server.fetch()), ("signal", abort.signal().into())])
}

async fn outcome(promise: Promise) -> String {
    settled(&promise).await.as_string().unwrap_throw()
}

async fn text(stream: PredictionStream, most: u32) -> String {
    read(&stream.into(), most).await.as_string().unwrap_throw()
}

#[wasm_bindgen_test]
async fn for_await_reads_the_chunks_in_order() {
    let server = server(&[CREATED, SUCCEEDED]);
    assert_eq!(text(poem(&server), ALL).await, "Spring is here");
    assert_eq!(server.received(), [POST, POLL].join(", "));
}

#[wasm_bindgen_test]
async fn nothing_is_sent_before_the_first_next() {
    let server = server(&[CREATED, SUCCEEDED]);
    let stream = poem(&server);
    JsFuture::from(stream.finish()).await.unwrap_throw();
    assert_eq!(server.received(), "");
}

#[wasm_bindgen_test]
async fn concurrent_calls_of_next_settle_in_order_and_stay_done_after_the_end() {
    let server = server(&[CREATED, SUCCEEDED]);
    let stream = poem(&server);
    let calls = [(); 5].map(|()| stream.next());
    JsFuture::from(calls[4].clone()).await.unwrap_throw();
    let mut outcomes = Vec::new();
    for call in calls.into_iter().chain([stream.next(), stream.next()]) {
        outcomes.push(outcome(call).await);
    }
    let end = "undefined, done";
    assert_eq!(outcomes, ["Spring, more", " is, more", " here, more", end, end, end, end]);
    assert_eq!(timers(), 0);
}

#[wasm_bindgen_test]
async fn return_aborts_the_request_and_settles_all_pending_calls() {
    let server = server(&[]);
    let stream = poem(&server);
    let calls = [stream.next(), stream.next()];
    server.reached(1).await;
    let over = stream.finish();
    for call in [calls[0].clone(), calls[1].clone(), over, stream.next()] {
        assert_eq!(outcome(call).await, "undefined, done");
    }
    assert_eq!(server.received(), [POST, "abort"].join(", "));
    assert_eq!(timers(), 0);
}

#[wasm_bindgen_test]
async fn return_during_a_pause_clears_its_timer() {
    let server = server(&[CREATED, PROCESSING]);
    let stream = poem(&server);
    JsFuture::from(stream.next()).await.unwrap_throw();
    let waiting = stream.next();
    sleeping(50_000).await;
    assert_eq!(outcome(waiting.clone()).await, "pending");
    assert_eq!(outcome(stream.finish()).await, "undefined, done");
    assert_eq!(outcome(waiting).await, "undefined, done");
    assert_eq!(timers(), 0);
    assert_eq!(server.received(), [POST, POLL].join(", "));
}

#[wasm_bindgen_test]
async fn a_break_drops_the_results_that_were_not_read() {
    let server = server(&[CREATED, SUCCEEDED]);
    let stream = poem(&server);
    assert_eq!(text(stream.clone(), 1).await, "Spring");
    assert_eq!(outcome(stream.next()).await, "undefined, done");
    assert_eq!(timers(), 0);
}

#[wasm_bindgen_test]
async fn throw_rejects_with_its_error_and_ends_the_stream() {
    let server = server(&[CREATED, SUCCEEDED]);
    let stream = poem(&server);
    let error = Error::new("enough");
    assert_eq!(JsFuture::from(stream.throw(&error.clone().into())).await, Err(error.into()));
    assert_eq!(outcome(stream.next()).await, "undefined, done");
    assert_eq!(server.received(), "");
}

#[wasm_bindgen_test]
async fn an_abort_during_a_pause_rejects_with_its_reason() {
    let server = server(&[CREATED, PROCESSING]);
    let abort = AbortController::new().unwrap_throw();
    let stream = poem_until(&server, &abort);
    JsFuture::from(stream.next()).await.unwrap_throw();
    let waiting = stream.next();
    sleeping(50_000).await;
    let reason = Error::new("the user left");
    abort.abort_with_reason(&reason);
    assert_eq!(JsFuture::from(waiting).await, Err(reason.into()));
    assert_eq!(outcome(stream.next()).await, "undefined, done");
    assert_eq!(timers(), 0);
    assert_eq!(server.received(), [POST, POLL].join(", "));
}

#[wasm_bindgen_test]
async fn an_abort_during_a_request_aborts_it() {
    let server = server(&[CREATED]);
    let abort = AbortController::new().unwrap_throw();
    let stream = poem_until(&server, &abort);
    let waiting = stream.next();
    server.reached(2).await;
    abort.abort_with_reason(&"enough".into());
    assert_eq!(JsFuture::from(waiting).await, Err("enough".into()));
    assert_eq!(server.received(), [POST, POLL, "abort"].join(", "));
    assert_eq!(timers(), 0);
}

#[wasm_bindgen_test]
async fn a_signal_that_is_already_aborted_sends_nothing() {
    let server = server(&[CREATED, SUCCEEDED]);
    let abort = AbortController::new().unwrap_throw();
    abort.abort_with_reason(&"never mind".into());
    let stream = poem_until(&server, &abort);
    assert_eq!(JsFuture::from(stream.next()).await, Err("never mind".into()));
    assert_eq!(outcome(stream.next()).await, "undefined, done");
    assert_eq!(server.received(), "");
}

#[wasm_bindgen_test]
async fn several_streams_run_at_the_same_time() {
    let servers = [(); 8].map(|()| server(&[CREATED, SUCCEEDED]));
    let streams: Array = servers.iter().map(|server| JsValue::from(poem(server))).collect();
    assert_eq!(read_all(streams).await, "Spring is here, ".repeat(8).trim_end_matches(", "));
    assert_eq!(timers(), 0);
}

#[wasm_bindgen_test]
async fn an_invalid_option_rejects_once_and_sends_nothing() {
    let server = server(&[]);
    let stream = stream(&[("fetch", server.fetch()), ("model", "no such model".into())]);
    let error = JsFuture::from(stream.next()).await.expect_err("it failed");
    assert_eq!(Reflect::get(&error, &"code".into()), Ok("model_not_supported".into()));
    assert_eq!(outcome(stream.next()).await, "undefined, done");
    assert_eq!(server.received(), "");
}

#[wasm_bindgen_test]
async fn the_browsers_own_fetch_is_called_without_a_receiver() {
    set_up();
    let stream = stream(&[("proxy", origin().into())]);
    let error = JsFuture::from(stream.next()).await.expect_err("no such route");
    // The test runner's server answers that it has no such route: the request has reached it.
    assert_eq!(Reflect::get(&error, &"code".into()), Ok("http".into()));
}
