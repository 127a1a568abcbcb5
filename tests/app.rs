//! The API for Rust apps, as an app in a page uses it.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test fails where it unwraps.

use futures_util::StreamExt;
use js_sys::{Function, Promise, Reflect};
use replicate_wasm::client::{Event, Replicate};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

#[path = "readme/poem.rs"]
#[allow(unreachable_pub)] // As an app has it.
mod poem;

wasm_bindgen_test_configure!(run_in_browser);

#[derive(Serialize)]
struct Input<'a> {
    prompt: &'a str,
}

const SPRING: Input = Input { prompt: "Spring" };
const MODEL: &str = "meta/meta-llama-3-8b-instruct";

/// A server of three answers, in the page's own words; it notes what it was asked.
fn server() -> Function {
    Function::new_with_args(
        "url, init",
        r#"
        (globalThis.asked ??= []).push(`${init.method} ${url} ${init.body ?? ""}`);
        const urls = { stream: "https://relay.test/stream/1" };
        if (url.endsWith("/stream/1")) {
            const body = globalThis.endless ?? "event: output\nid: 1:0\ndata: Spring\n\nevent: output\nid: 1:1\ndata:  is here\n\nevent: done\nid: 1:2\ndata: {}\n\n";
            return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
        }
        if (init.body?.includes("fail")) return Promise.resolve(Response.json({ detail: "No." }, { status: 422 }));
        const done = new Headers(init.headers).has("prefer") && { status: "succeeded", output: { words: 3 } };
        return Promise.resolve(Response.json({ id: "p1", status: "starting", urls, ...done }, { status: 201 }));
        "#,
    )
}

fn replicate() -> Replicate {
    Replicate::new("https://relay.test/v1/").fetch(server())
}

#[wasm_bindgen_test]
async fn the_readmes_example_shows_a_poem() {
    let mut shown = String::new();
    poem::poem(&replicate(), |text| shown += text).await.unwrap();
    assert_eq!(shown, "Spring is here");
}

#[wasm_bindgen_test]
async fn the_text_of_a_stream_is_a_stream_of_strings() {
    let mut poem = replicate().stream_text(MODEL, &SPRING).unwrap();
    let mut text = Vec::new();
    while let Some(piece) = poem.next().await {
        text.push(piece.unwrap());
    }
    assert_eq!(text, ["Spring", " is here"]);
    assert_eq!(poem.id().as_deref(), Some("p1"));
    assert!(poem.next().await.is_none());
}

#[wasm_bindgen_test]
async fn the_events_of_a_stream_have_names_and_ids() {
    let events: Vec<Event> = replicate().stream(MODEL, &SPRING).unwrap().map(Result::unwrap).collect().await;
    assert_eq!(events[0], Event { event: "output".into(), data: "Spring".into(), id: Some("1:0".into()) });
    assert_eq!(events[2], Event { event: "done".into(), data: "{}".into(), id: Some("1:2".into()) });
}

#[wasm_bindgen_test]
async fn an_output_becomes_the_type_that_is_asked_for() {
    #[derive(serde::Deserialize)]
    struct Output {
        words: u32,
    }
    let output: Output = replicate().run(MODEL, &SPRING).await.unwrap();
    assert_eq!(output.words, 3);
}

#[wasm_bindgen_test]
async fn an_error_is_a_replicate_error_with_its_code() {
    let error = replicate().run::<String>(MODEL, &Input { prompt: "fail" }).await.unwrap_err();
    assert_eq!(Reflect::get(&error, &"code".into()).unwrap(), JsValue::from("http"));
    let error = replicate().stream_text("no model", &SPRING).unwrap().next().await.unwrap().unwrap_err();
    assert_eq!(Reflect::get(&error, &"code".into()).unwrap(), JsValue::from("invalid_argument"));
}

#[wasm_bindgen_test]
async fn a_dropped_stream_stops_the_prediction_on_the_server() {
    js_sys::eval(
        r#"globalThis.endless = new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode("event: output\ndata: Spring\n\n")),
        })"#,
    )
    .unwrap();
    let mut poem = replicate().stream_text("meta/dropped", &SPRING).unwrap();
    poem.next().await.unwrap().unwrap();
    drop(poem);
    let told = "new Promise((resolve) => { const look = () => asked.at(-1).startsWith('POST https://relay.test/v1/predictions/p1/cancel') \
        ? resolve(true) : setTimeout(look); look(); })";
    assert!(JsFuture::from(Promise::from(js_sys::eval(told).unwrap())).await.unwrap().is_truthy());
}
