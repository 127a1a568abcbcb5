//! A Cog server with misleading answers: the client must neither send requests in a hot loop nor run the model twice.

mod support;

use replicate_wasm::protocol::backend::Backend;
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::http::{Request, RequestBody};
use replicate_wasm::protocol::run::{Action, Goal, Run};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use std::time::Duration;
use support::{Doc, Ms, Part, Reply, cog, options, whole};

#[test]
fn a_server_that_says_ready_and_still_refuses_gets_no_hot_loop_of_requests() {
    let cog = Backend::cog("http://127.0.0.1:5000".into());
    let mut run = Run::<Doc>::new(cog, Goal::Text, options(), Some("a".into()), Delivery::default());
    let (mut now, mut sent) = (Duration::ZERO, 0);
    while now < Duration::from_secs(60) {
        match run.poll(now) {
            Action::Send(request) => {
                sent += 1;
                assert!(sent < 100, "{sent} requests in {now:?}");
                let health = request.url.ends_with("/health-check");
                let (status, text) =
                    if health { (200, r#"{"status":"READY"}"#) } else { (503, r#"{"error":"not yet"}"#) };
                run.handle_answer(now, whole(status, None, text), 0.5);
            }
            Action::Wait => now = run.deadline().expect("an end of the wait"),
            Action::State(_) => {}
            action => panic!("{action:?}"),
        }
    }
    assert!(sent > 10, "the client keeps trying");
}

/// The answer to a call without events: the whole prediction.
fn whole_prediction(output: Json) -> Json {
    json!({"id": "c1", "status": "succeeded", "output": output, "logs": ""})
}

/// The answer to a join when the server no longer has the prediction: it takes the request for a create without input.
fn gone() -> Reply {
    Reply::json(422, json!({"detail": [{"loc": ["body", "input"], "msg": "Input should be a valid dictionary"}]}))
}

#[test]
fn a_server_older_than_event_streams_answers_with_the_whole_prediction() {
    for goal in [Goal::Snapshots, Goal::Text, Goal::Events] {
        // The answer comes when the model is done, here after two minutes.
        let story = cog(goal).ask(Reply::json(200, whole_prediction(json!(["a", "b"]))).after(120_000));
        assert_eq!((story.code(), story.requests.len()), ("", 1), "{goal:?}: {}", story.message());
        match goal {
            Goal::Snapshots => assert_eq!(story.snapshots.last().expect("a snapshot")["output"], json!(["a", "b"])),
            _ => assert_eq!(story.text(), "ab"),
        }
    }
    let failed = json!({"id": "c1", "status": "failed", "error": "out of memory"});
    let story = cog(Goal::Text).ask(Reply::json(200, failed));
    assert_eq!((story.code(), story.message().as_str()), ("failed", "Prediction failed: out of memory"));
}

#[test]
fn a_plain_call_whose_connection_drops_joins_its_prediction_and_waits() {
    // The platform gives up after five minutes; the model takes seven.
    let replies = [
        Reply::text(406, ""),
        Reply::json(200, json!({"status": "READY"})),
        Reply::text(406, ""),
        Reply::lost().after(300_000),
        Reply::json(200, whole_prediction(json!("x"))).after(120_000),
    ];
    let story = cog(Goal::Snapshots).ask(VecDeque::from(replies));
    assert_eq!((story.code(), story.snapshots.last().expect("a snapshot")["output"].clone()), ("", json!("x")));
    assert_eq!(story.requests.iter().filter(|(_, request)| request.body == RequestBody::Join).count(), 1);
}

#[test]
fn a_joined_call_may_drop_again_and_again_while_the_model_runs() {
    let mut replies = vec![Reply::text(406, ""), Reply::json(200, json!({"status": "READY"})), Reply::text(406, "")];
    replies.extend((0..5).map(|_| Reply::lost().after(300_000)));
    replies.push(Reply::json(200, whole_prediction(json!("x"))));
    let client = cog(Goal::Snapshots).with(|options| options.max_retries = 1);
    assert_eq!(client.ask(VecDeque::from(replies)).code(), "");
}

#[test]
fn a_prediction_that_the_server_has_forgotten_is_interrupted_and_does_not_run_twice() {
    let lost =
        [Reply::lost(), Reply::text(502, ""), Reply::text(504, "<h1>Gateway Timeout</h1>"), Reply::text(200, "<html>")];
    for lost in lost {
        // As a stream, and as a plain call.
        let story = cog(Goal::Text).ask(VecDeque::from([lost.clone(), gone()]));
        assert_eq!((story.code(), story.creates()), ("interrupted", 1), "{lost:?}: {}", story.message());
        let replies = [
            Reply::text(406, ""),
            Reply::json(200, json!({"status": "READY"})),
            Reply::text(406, ""),
            lost.clone(),
            gone(),
        ];
        let story = cog(Goal::Snapshots).ask(VecDeque::from(replies));
        assert_eq!((story.code(), story.creates()), ("interrupted", 3), "{lost:?}: {}", story.message());
        assert_eq!(story.requests.last().expect("a request").1.body, RequestBody::Join);
    }
}

#[test]
fn a_silent_stream_of_a_busy_server_goes_on() {
    let event = |at: Ms, name: &str, data: Json| (at, Part::Chunk(format!("event: {name}\ndata: {data}\n\n").into()));
    let parts = vec![
        event(0, "start", json!({"id": "c1", "status": "processing"})),
        event(1_000, "output", json!({"chunk": "a"})),
        event(200_000, "output", json!({"chunk": null})),
        event(200_000, "output", json!({"chunk": "b"})),
        event(200_000, "completed", whole_prediction(json!(["a", null, "b"]))),
    ];
    let story = cog(Goal::Text).ask(move |_: Ms, request: &Request| match request.url.ends_with("/health-check") {
        true => Reply::json(200, json!({"status": "BUSY"})),
        false => Reply::body(parts.clone()),
    });
    assert_eq!((story.text().as_str(), story.code(), story.creates()), ("ab", "", 1), "{}", story.message());
    assert_eq!(story.count("GET", "/health-check"), 3);
}

#[test]
fn a_null_in_the_output_adds_no_text() {
    let event = |name: &str, data: Json| format!("event: {name}\ndata: {data}\n\n");
    let body = event("start", json!({"id": "c1", "status": "processing"}))
        + &event("completed", whole_prediction(json!(["a", null, "b"])));
    assert_eq!(cog(Goal::Text).ask(Reply::events(&body)).data(), ["a", "b"]);
}
