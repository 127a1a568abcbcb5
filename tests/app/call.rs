//! Calls to Replicate: runs, calls with their own options, waits, uploads and other requests.

use crate::server::Server;
use crate::{Input, MODEL, SPRING, Tokens};
use replicate_wasm::{Code, Method, Prediction, Status, WebhookEvent};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AbortController, Blob};

const LETTERS: Tokens = Tokens { tokens: &["a", "b"] };

/// The body of the first request.
fn sent(server: &Server) -> Value {
    serde_json::from_str(server.requests()[0].body.as_deref().unwrap()).unwrap()
}

/// A server whose predictions have succeeded at once.
fn done() -> Server {
    Server::scripted(r#"return Response.json({ id: "p1", status: "succeeded", output: ["a", "b"] }, { status: 201 })"#)
}

#[wasm_bindgen_test]
async fn run_reads_the_output_into_the_requested_type() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Output {
        words: u32,
    }
    let client = Server::relay(0).await.client();
    let letters: Vec<String> = client.run("sandbox/tokens", &LETTERS).await.unwrap();
    assert_eq!(letters, ["a", "b"]);
    let output: Output = client.run("sandbox/echo", &json!({ "value": { "words": 3 } })).await.unwrap();
    assert_eq!(output, Output { words: 3 });
}

#[wasm_bindgen_test]
async fn dropping_a_run_cancels_its_prediction() {
    let server = Server::sandbox(1).await;
    let call = server.client().call(MODEL).input(&Input { prompt: "[hang]" }).unwrap();
    let mut run = Box::pin(call.poll_every(Duration::from_millis(1)).run::<String>());
    std::future::poll_fn(|context| {
        assert!(run.as_mut().poll(context).is_pending());
        // The first poll shows that the run knows the prediction's id.
        let polled = server.routes().iter().any(|route| route.starts_with("GET "));
        if polled { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    drop(run);
    server.received("/cancel").await;
}

#[wasm_bindgen_test]
async fn a_run_asks_the_server_to_wait_unless_it_polls() {
    let server = done();
    let call = || server.client().call(MODEL).input(&SPRING).unwrap();
    call().run::<Value>().await.unwrap();
    call().block_for(9).run::<Value>().await.unwrap();
    call().poll_every(Duration::from_millis(1)).run::<Value>().await.unwrap();
    let prefers: Vec<_> = server.requests().iter().map(|request| request.headers.get("prefer").cloned()).collect();
    assert_eq!(prefers, [Some("wait".to_owned()), Some("wait=9".to_owned()), None]);
    assert_eq!(call().block_for(61).run::<Value>().await.unwrap_err().code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn a_webhook_is_sent_beside_the_input() {
    let server = done();
    let call = server.client().call(MODEL).input(&json!({ "prompt": "Spring" })).unwrap();
    let call = call.webhook("https://example.com/done").webhook_events([WebhookEvent::Start, WebhookEvent::Completed]);
    call.run::<Value>().await.unwrap();
    let body = json!({
        "input": { "prompt": "Spring" },
        "webhook": "https://example.com/done",
        "webhook_events_filter": ["start", "completed"],
    });
    assert_eq!(sent(&server), body);
    let wrong = server.client().call(MODEL).input(&SPRING).unwrap().webhook("no address");
    assert_eq!(
        wrong.stream().next().await.unwrap().unwrap_err().message(),
        "The option webhook must be an absolute URL"
    );
}

#[wasm_bindgen_test]
async fn a_call_without_an_input_is_an_error() {
    let error = done().client().call(MODEL).stream_text().next().await.unwrap().unwrap_err();
    assert_eq!(error.message(), "The call needs an input: see Call::input");
}

#[wasm_bindgen_test]
async fn a_signal_stops_a_call_and_its_prediction() {
    let server = Server::sandbox(50).await;
    let controller = AbortController::new().unwrap();
    let call = server.client().call(MODEL).input(&SPRING).unwrap().signal(&controller.signal());
    let mut poem = call.stream_text();
    poem.next().await.unwrap().unwrap();
    controller.abort_with_reason(&"The reader is bored".into());
    let error = loop {
        if let Err(error) = poem.next().await.unwrap() {
            break error;
        }
    };
    assert_eq!(
        (error.code(), error.message()),
        (Code::Canceled, "The call was stopped by its caller: The reader is bored")
    );
    server.received("/cancel").await;
}

#[wasm_bindgen_test]
async fn the_options_of_a_call_override_those_of_the_client() {
    let server =
        Server::scripted("return Response.json({ detail: 'Busy.' }, { status: 503, headers: { 'retry-after': '0' } })");
    let client = server.builder().max_retries(3).cancel_after("5m").build().unwrap();
    let call = client.call(MODEL).input(&SPRING).unwrap();
    call.clone().max_retries(0).cancel_after("90s").run::<Value>().await.unwrap_err();
    assert_eq!(server.routes().len(), 1);
    assert_eq!(server.requests()[0].headers["cancel-after"], "90s");
    let error = call.cancel_after("soon").run::<Value>().await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn wait_resolves_when_the_prediction_has_ended() {
    let client = Server::relay(1).await.client();
    let created: Prediction<Value> = client
        .request(Method::Post, "/models/sandbox/tokens/predictions")
        .json(&json!({ "input": LETTERS }))
        .unwrap()
        .send()
        .await
        .unwrap();
    assert_eq!(created.status, Status::Starting);
    let prediction: Prediction<Vec<String>> = client.wait(&created.id).await.unwrap();
    assert_eq!((prediction.status, prediction.output.unwrap().concat()), (Status::Succeeded, "ab".to_owned()));
}

#[wasm_bindgen_test]
async fn a_wait_that_times_out_does_not_cancel_the_prediction() {
    let server = Server::scripted(r#"return Response.json({ id: "p1", status: "processing" })"#);
    let client = server.builder().timeout(Duration::from_millis(5)).build().unwrap();
    let error = client.wait::<Value>("p1").await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    crate::server::turn().await;
    assert!(server.routes().iter().all(|route| route.starts_with("GET ")), "{:?}", server.routes());
}

#[wasm_bindgen_test]
async fn an_upload_returns_a_url_for_an_input() {
    // Not the sandbox: in WebKit a page cannot read the form of a Request that it has made.
    let server = Server::scripted(
        r#"const { name } = init.body.get("content");
        return Response.json({ urls: { get: `${url}/${name}` } }, { status: 201 })"#,
    );
    let parts = js_sys::Array::of1(&"picture".into());
    let file = Blob::new_with_str_sequence(&parts).unwrap();
    let url = server.client().upload(&file, "picture.txt").await.unwrap();
    assert!(url.ends_with("/v1/files/picture.txt"), "{url}");
}

#[wasm_bindgen_test]
async fn an_upload_whose_answer_has_no_url_is_an_error() {
    let client = Server::scripted("return Response.json({}, { status: 201 })").client();
    let error = client.upload(&Blob::new().unwrap(), "empty").await.unwrap_err();
    assert_eq!(error.code(), Code::Protocol);
    let no_blob: Blob = JsValue::from(1).unchecked_into();
    assert_eq!(client.upload(&no_blob, "none").await.unwrap_err().code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn request_reaches_every_other_route() {
    let server = Server::scripted(
        r#"return init.method === "DELETE" ? new Response(null, { status: 204 }) : Response.json({ url: "/x" })"#,
    );
    let client = server.client();
    let query = client.request(Method::Get, "/models").query("cursor", "a b").query("limit", 3).header("x-page", "2");
    assert_eq!(query.send::<Value>().await.unwrap(), json!({ "url": "/x" }));
    client.request(Method::Query, "models").text("poems").send::<Value>().await.unwrap();
    client.request(Method::Delete, "/models/a/b").send::<()>().await.unwrap();
    assert_eq!(
        server.routes(),
        ["GET /relay/v1/models?cursor=a+b&limit=3", "QUERY /relay/v1/models", "DELETE /relay/v1/models/a/b"]
    );
    let requests = server.requests();
    assert_eq!((requests[0].headers["x-page"].as_str(), requests[1].body.as_deref()), ("2", Some("poems")));
    assert_eq!(client.request(Method::Get, "/x").send::<u32>().await.unwrap_err().code(), Code::Protocol);
    let wrong = client.request(Method::Get, "/x").header("a b", "secret").send::<Value>().await.unwrap_err();
    assert!(wrong.message().contains("a b") && !wrong.message().contains("secret"), "{wrong}");
}
