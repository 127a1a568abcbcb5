//! The results of a call, and how it ends.

use crate::server::Server;
use crate::{MODEL, SPRING, Tokens, poem};
use futures_util::{StreamExt, future::join_all};
use replicate_wasm::{CallState, Event, Handle, Prediction, Status};
use wasm_bindgen_test::wasm_bindgen_test;

const LETTERS: Tokens = Tokens { tokens: &["a", "b", "c", "d"] };

#[wasm_bindgen_test]
async fn the_readmes_example_shows_a_poem() {
    let mut shown = String::new();
    poem::poem(&Server::relay(0).await.client(), |text| shown += text).await.unwrap();
    assert!(shown.len() > 20, "{shown}");
}

#[wasm_bindgen_test]
async fn the_text_of_a_stream_is_a_stream_of_strings() {
    for server in [Server::sandbox(1).await, Server::relay(1).await] {
        let mut letters = server.client().stream_text("sandbox/tokens", &LETTERS);
        assert_eq!((letters.id(), letters.state()), (None, CallState::Sending));
        let texts: Vec<String> = StreamExt::by_ref(&mut letters).map(Result::unwrap).collect().await;
        assert_eq!(texts, ["a", "b", "c", "d"]);
        assert_eq!(letters.state(), CallState::Ended { status: Some(Status::Succeeded), canceled: None });
        let prediction: Prediction<Vec<String>> = letters.prediction().unwrap().unwrap();
        assert_eq!(Some(prediction.id), letters.id());
        assert!(letters.next().await.is_none());
    }
}

#[wasm_bindgen_test]
async fn the_events_of_a_stream_have_names_and_ids() {
    let server = Server::scripted(
        r#"return url.endsWith("/stream/1")
            ? events("event: output\nid: 1:0\ndata: Spring\n\nevent: logs\nid: 1:1\ndata: 50%\n\ndata: x\n\nevent: done\nid: 1:2\ndata: {}\n\n")
            : Response.json({ id: "p1", status: "starting", urls: { stream: "/relay/v1/predictions/stream/1" } }, { status: 201 })"#,
    );
    let events: Vec<Event> = server.client().stream(MODEL, &SPRING).map(Result::unwrap).collect().await;
    let event =
        |event: &str, data: &str, id: &str| Event { event: event.into(), data: data.into(), id: Some(id.into()) };
    assert_eq!(
        events,
        [
            event("output", "Spring", "1:0"),
            event("logs", "50%", "1:1"),
            event("message", "x", "1:1"),
            event("done", "{}", "1:2")
        ]
    );
    assert_eq!((events[0].to_string(), events[1].to_string()), ("Spring".into(), String::new()));
}

#[wasm_bindgen_test]
async fn text_returns_the_whole_output_even_after_reading() {
    let client = Server::sandbox(0).await.client();
    let mut letters = client.stream_text("sandbox/tokens", &LETTERS);
    assert_eq!(letters.next().await.unwrap().unwrap(), "a");
    assert_eq!(letters.text().await.unwrap(), "abcd");
    assert_eq!(client.stream("sandbox/tokens", &LETTERS).text().await.unwrap(), "abcd");
}

#[wasm_bindgen_test]
async fn dropping_a_stream_cancels_its_prediction() {
    let server = Server::relay(50).await;
    let mut poem = server.client().stream_text(MODEL, &SPRING);
    poem.next().await.unwrap().unwrap();
    let cancel = format!("/predictions/{}/cancel", poem.id().unwrap());
    drop(poem);
    server.received(&cancel).await;
}

#[wasm_bindgen_test]
async fn dropping_a_stream_with_cancel_on_drop_false_leaves_the_prediction_running() {
    let server = Server::sandbox(1).await;
    let client = server.builder().cancel_on_drop(false).build().unwrap();
    let mut letters = client.stream_text("sandbox/tokens", &LETTERS);
    letters.next().await.unwrap().unwrap();
    let id = letters.id().unwrap();
    drop(letters);
    let prediction: Prediction<Vec<String>> = client.wait(&id).await.unwrap();
    assert_eq!((prediction.status, prediction.output.unwrap().concat()), (Status::Succeeded, "abcd".to_owned()));
    assert!(!server.routes().iter().any(|route| route.ends_with("/cancel")));
}

#[wasm_bindgen_test]
async fn a_stream_or_run_that_is_never_polled_sends_nothing() {
    let server = Server::sandbox(0).await;
    drop(server.client().stream_text(MODEL, &SPRING));
    drop(server.client().run::<String>(MODEL, &SPRING));
    assert!(server.routes().is_empty());
}

#[wasm_bindgen_test]
async fn cancel_returns_true_when_the_server_confirms_it() {
    let server = Server::relay(50).await;
    let mut poem = server.client().stream_text(MODEL, &SPRING);
    poem.next().await.unwrap().unwrap();
    assert!(poem.cancel().await);
    let state = poem.state();
    assert!(matches!(state, CallState::Ended { canceled: Some(true), .. }), "{state:?}");
    assert!(poem.next().await.is_none());
    let prediction: Prediction<serde_json::Value> = server.client().wait(&poem.id().unwrap()).await.unwrap();
    assert_eq!(prediction.status, Status::Canceled);
}

#[wasm_bindgen_test]
async fn cancel_returns_false_when_nothing_was_sent() {
    let server = Server::sandbox(0).await;
    assert!(!server.client().stream_text(MODEL, &SPRING).cancel().await);
    assert!(!server.client().stream_text("no model", &SPRING).cancel().await);
    assert!(server.routes().is_empty());
}

#[wasm_bindgen_test]
async fn a_serialised_handle_resumes_after_the_last_event_read() {
    // With a step of 0 ms all letters come in one chunk, with 1 ms each in its own.
    for (step_ms, read) in [0, 1].into_iter().flat_map(|step_ms| (1..=4).map(move |read| (step_ms, read))) {
        let client = Server::relay(step_ms).await.builder().cancel_on_drop(false).build().unwrap();
        let mut letters = client.stream("sandbox/tokens", &LETTERS);
        let mut text = String::new();
        for _ in 0..read {
            text += letters.next().await.unwrap().unwrap().text();
        }
        let handle = serde_json::to_string(&letters.handle()).unwrap();
        drop(letters);
        let mut rest = client.resume(serde_json::from_str::<Handle>(&handle).unwrap());
        while let Some(event) = rest.next().await {
            text += event.unwrap().text();
        }
        assert_eq!(text, "abcd", "{read} read of {handle}");
    }
}

#[wasm_bindgen_test]
async fn a_serialised_handle_has_the_field_names_of_javascript() {
    let mut letters = Server::sandbox(0).await.client().stream_text("sandbox/tokens", &LETTERS);
    assert_eq!(serde_json::to_value(letters.handle()).unwrap(), serde_json::json!({ "delivered": 0 }));
    assert_eq!(letters.handle().id(), None);
    letters.text().await.unwrap();
    let handle = serde_json::to_value(letters.handle()).unwrap();
    assert_eq!((&handle["id"], &handle["delivered"]), (&letters.id().unwrap().into(), &4.into()));
}

#[wasm_bindgen_test]
async fn resuming_by_id_yields_the_whole_output() {
    let client = Server::sandbox(0).await.client();
    let mut letters = client.stream_text("sandbox/tokens", &LETTERS);
    letters.text().await.unwrap();
    assert_eq!(client.resume(letters.id().unwrap()).text().await.unwrap(), "abcd");
}

#[wasm_bindgen_test]
async fn two_hundred_streams_run_at_once() {
    let client = Server::sandbox(1).await.client();
    let texts = (0..200).map(|number| {
        let client = client.clone();
        async move {
            let number = number.to_string();
            client.stream_text("sandbox/tokens", &Tokens { tokens: &["<", &number, ">"] }).text().await.unwrap()
        }
    });
    let expected: Vec<String> = (0..200).map(|number| format!("<{number}>")).collect();
    assert_eq!(join_all(texts).await, expected);
}
