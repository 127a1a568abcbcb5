//! What can be asked of Replicate: runs, calls with options of their own, predictions that are waited for, uploads, requests.

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

/// What a server with one answer was sent for a call: the body of its first request, and the header that is asked for.
async fn sent(server: &Server, header: &str) -> (Value, Option<String>) {
    let first = server.asked().remove(0);
    (serde_json::from_str(&first.body.unwrap()).unwrap(), first.headers.get(header).cloned())
}

fn done() -> Server {
    Server::scripted(r#"return Response.json({ id: "p1", status: "succeeded", output: ["a", "b"] }, { status: 201 })"#)
}

#[wasm_bindgen_test]
async fn an_output_becomes_the_type_that_is_asked_for() {
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
async fn a_run_that_is_dropped_cancels_its_prediction() {
    let server = Server::sandbox(1).await;
    let call = server.client().call(MODEL).input(&Input { prompt: "[hang]" }).unwrap();
    let mut run = Box::pin(call.poll_every(Duration::from_millis(1)).run::<String>());
    std::future::poll_fn(|context| {
        assert!(run.as_mut().poll(context).is_pending());
        // Until the prediction is looked at, and so is known.
        let known = server.routes().iter().any(|route| route.starts_with("GET "));
        if known { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    drop(run);
    server.was_asked("/cancel").await;
}

#[wasm_bindgen_test]
async fn a_run_lets_the_server_wait_unless_it_is_to_poll() {
    let server = done();
    let call = || server.client().call(MODEL).input(&SPRING).unwrap();
    call().run::<Value>().await.unwrap();
    call().block_for(9).run::<Value>().await.unwrap();
    call().poll_every(Duration::from_millis(1)).run::<Value>().await.unwrap();
    let prefers: Vec<_> = server.asked().iter().map(|asked| asked.headers.get("prefer").cloned()).collect();
    assert_eq!(prefers, [Some("wait".to_owned()), Some("wait=9".to_owned()), None]);
    assert_eq!(call().block_for(61).run::<Value>().await.unwrap_err().code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn a_webhook_stands_beside_the_input() {
    let server = done();
    let call = server.client().call(MODEL).input(&json!({ "prompt": "Spring" })).unwrap();
    let call = call.webhook("https://example.com/done").webhook_events([WebhookEvent::Start, WebhookEvent::Completed]);
    call.run::<Value>().await.unwrap();
    let body = json!({
        "input": { "prompt": "Spring" },
        "webhook": "https://example.com/done",
        "webhook_events_filter": ["start", "completed"],
    });
    assert_eq!(sent(&server, "").await.0, body);
    let wrong = server.client().call(MODEL).input(&SPRING).unwrap().webhook("no address");
    assert_eq!(wrong.stream().next().await.unwrap().unwrap_err().message(), "The option webhook must be a URL");
}

#[wasm_bindgen_test]
async fn a_call_without_an_input_says_so() {
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
    server.was_asked("/cancel").await;
}

#[wasm_bindgen_test]
async fn a_call_may_differ_from_its_client() {
    let server =
        Server::scripted("return Response.json({ detail: 'Busy.' }, { status: 503, headers: { 'retry-after': '0' } })");
    let client = server.builder().max_retries(3).cancel_after("5m").build().unwrap();
    let call = client.call(MODEL).input(&SPRING).unwrap();
    call.clone().max_retries(0).cancel_after("90s").run::<Value>().await.unwrap_err();
    assert_eq!(server.routes().len(), 1);
    assert_eq!(sent(&server, "cancel-after").await.1.as_deref(), Some("90s"));
    let error = call.cancel_after("soon").run::<Value>().await.unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn a_prediction_is_waited_for_until_its_end() {
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
async fn a_wait_that_ends_cancels_nothing() {
    let server = Server::scripted(r#"return Response.json({ id: "p1", status: "processing" })"#);
    let client = server.builder().timeout(Duration::from_millis(5)).build().unwrap();
    let error = client.wait::<Value>("p1").await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    crate::server::turn().await;
    assert!(server.routes().iter().all(|route| route.starts_with("GET ")), "{:?}", server.routes());
}

#[wasm_bindgen_test]
async fn an_upload_gives_an_address_for_an_input() {
    // Not the sandbox: a page in WebKit cannot read the form out of a Request that it has made.
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
async fn an_upload_that_is_told_no_address_is_an_error() {
    let client = Server::scripted("return Response.json({}, { status: 201 })").client();
    let error = client.upload(&Blob::new().unwrap(), "empty").await.unwrap_err();
    assert_eq!(error.code(), Code::Protocol);
    let no_blob: Blob = JsValue::from(1).unchecked_into();
    assert_eq!(client.upload(&no_blob, "none").await.unwrap_err().code(), Code::InvalidArgument);
}

#[wasm_bindgen_test]
async fn every_other_route_goes_through_a_request() {
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
    let asked = server.asked();
    assert_eq!((asked[0].headers["x-page"].as_str(), asked[1].body.as_deref()), ("2", Some("poems")));
    assert_eq!(client.request(Method::Get, "/x").send::<u32>().await.unwrap_err().code(), Code::Protocol);
    let wrong = client.request(Method::Get, "/x").header("a b", "secret").send::<Value>().await.unwrap_err();
    assert!(wrong.message().contains("a b") && !wrong.message().contains("secret"), "{wrong}");
}
