//! Event streams: what the reader gets.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::http::{Expects, Request};
use replicate_wasm::protocol::run::Goal;
use serde_json::{Value as Json, json};
use support::{Client, Ms, Part, Reply, STREAM, Story, header, is_create, prediction, replicate, streaming};

fn client(goal: Goal) -> Client {
    replicate(Wait::Stream, goal)
}

/// Runs a prediction that succeeded with `output`. Connections to its stream are answered in order.
fn ask(goal: Goal, streams: impl IntoIterator<Item = Reply>, output: Json) -> Story {
    client(goal).ask(streaming(streams, "succeeded", output))
}

fn triples(story: &Story) -> Vec<(&str, &str, &str)> {
    story.items.iter().map(|item| (item.name.as_str(), item.data.as_str(), item.id.as_str())).collect()
}

#[test]
fn a_stream_request_accepts_events_and_its_url_is_hidden() {
    let story = ask(Goal::Text, [Reply::events("event: done\ndata: {}\n\n")], Json::Null);
    let (_, request) = &story.requests[1];
    assert!(request.expects == Expects::Events && request.hidden_url && !is_create(request));
    assert_eq!(header(request, "accept"), Some("text/event-stream"));
    assert_eq!(request.line().to_string(), "GET https://stream.replicate.com");
}

#[test]
fn events_are_yielded_in_order_with_their_name_and_the_last_id() {
    let body = "event: output\nid: 1:0\ndata: Spring\n\nevent: logs\ndata: 10%\n\ndata: unnamed\n\n\
        event: strange\nid: 1:1\ndata: x\n\nevent: output\ndata: \n\nevent: done\nid: 1:2\ndata: {}\n\n";
    let story = ask(Goal::Events, [Reply::events(body)], Json::Null);
    let got = triples(&story);
    let expected = [
        ("output", "Spring", "1:0"),
        ("logs", "10%", "1:0"),
        ("", "unnamed", "1:0"),
        ("strange", "x", "1:1"),
        ("output", "", "1:1"),
    ];
    assert_eq!(got[..5], expected);
    assert_eq!((got.len(), got[5].0, got[5].1, story.code()), (6, "done", "{}", ""));
}

#[test]
fn streamed_text_is_the_data_of_the_output_events_only() {
    let body = "event: output\ndata: Spring\n\nevent: logs\ndata: 10%\n\ndata: unnamed\n\nevent: output\ndata:  is\n\nevent: done\ndata: {}\n\n";
    assert_eq!(ask(Goal::Text, [Reply::events(body)], Json::Null).data(), ["Spring", " is"]);
}

#[test]
fn a_newline_token_is_one_newline() {
    let body = "event: output\ndata: \ndata: \n\nevent: output\ndata: \n\nevent: output\ndata: \ndata: \ndata: \n\nevent: done\ndata: {}\n\n";
    assert_eq!(ask(Goal::Text, [Reply::events(body)], Json::Null).data(), ["\n", "", "\n\n"]);
    assert_eq!(ask(Goal::Events, [Reply::events(body)], Json::Null).data()[..3], ["\n", "", "\n\n"]);
}

#[test]
fn the_events_of_a_chunk_are_one_batch() {
    let events = "event: output\ndata: a\n\n".repeat(100);
    let parts = [events.as_str(), ": keep-alive\n\n", "event: output\nda", "ta: b\n\nevent: done\ndata: {}\n\n"];
    let body = parts.iter().map(|part| (10, Part::Chunk((*part).into()))).collect();
    let story = ask(Goal::Text, [Reply::body(body)], Json::Null);
    assert_eq!(story.items.len(), 101);
    // The create, the connection, four chunks, two batches, the end.
    assert!(story.steps <= 12, "{} steps", story.steps);
}

#[test]
fn a_last_done_without_its_blank_line_is_the_end() {
    let story = ask(Goal::Text, [Reply::events("event: output\ndata: a\n\nevent: done\ndata: {}")], Json::Null);
    assert_eq!((story.data(), story.code(), story.count("GET", STREAM)), (vec!["a"], "", 1));
}

#[test]
fn a_truncated_done_event_is_ignored() {
    let whole = "event: done\ndata: {\"reason\":\"canceled\"}\n\n";
    for cut in 0..whole.len() - 2 {
        let first = Reply::events(&format!("event: output\nid: 1:0\ndata: a\n\n{}", &whole[..cut]));
        let story = client(Goal::Text).ask(streaming([first, Reply::events(whole)], "canceled", json!(["a"])));
        assert_eq!((story.text().as_str(), story.code()), ("a", "canceled"), "{}", &whole[..cut]);
    }
}

#[test]
fn events_after_done_are_ignored() {
    let body = "event: output\ndata: a\n\nevent: done\ndata: {}\n\nevent: output\ndata: b\n\nevent: error\ndata: c\n\n";
    let story = ask(Goal::Events, [Reply::events(body)], Json::Null);
    assert_eq!((story.text().as_str(), story.code(), story.names()), ("a", "", vec!["output", "done"]));
}

#[test]
fn an_error_event_or_a_done_with_a_reason_is_an_error() {
    let table = [
        ("event: error\ndata: out of memory\n\n", "processing", "failed", "Prediction failed: out of memory"),
        (
            "event: error\ndata: {\"detail\":\"out of memory\"}\n\n",
            "processing",
            "failed",
            "Prediction failed: out of memory",
        ),
        ("event: done\ndata: {\"reason\":\"error\"}\n\n", "processing", "failed", "Prediction failed"),
        ("event: done\ndata: {\"reason\":\"canceled\"}\n\n", "processing", "canceled", "Prediction canceled"),
        ("event: done\ndata: {\"reason\":\"aborted\"}\n\n", "processing", "aborted", "Prediction aborted"),
        ("event: done\ndata: {\"reason\":\"strange\"}\n\n", "processing", "failed", "Prediction failed"),
        // The status of the prediction is more precise.
        ("event: done\ndata: {\"reason\":\"canceled\"}\n\n", "aborted", "aborted", "Prediction aborted"),
        ("event: done\ndata: {\"reason\":\"error\"}\n\n", "failed", "failed", "Prediction failed"),
    ];
    for (body, status, code, message) in table {
        let body = format!("event: output\ndata: a\n\n{body}");
        let story = client(Goal::Events).ask(streaming([Reply::events(&body)], status, json!(["a"])));
        assert_eq!((story.code(), story.message().as_str()), (code, message), "{body}");
        assert_eq!(story.names(), ["output"], "neither `error` nor `done` is yielded");
        assert_eq!(story.run.delivery.partial(), b"a");
    }
}

#[test]
fn a_failure_keeps_its_message_when_the_last_poll_fails() {
    let mut polls = 0;
    let story = client(Goal::Text).ask(|_: Ms, request: &Request| match (&*request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => Reply::events("event: error\ndata: out of memory\n\n"),
        _ => {
            polls += 1;
            Reply::text(500, "")
        }
    });
    assert_eq!((story.code(), story.message().as_str()), ("failed", "Prediction failed: out of memory"));
    assert_eq!(polls, 1, "no retry: the failure is known already");
}

#[test]
fn a_stream_that_cannot_be_opened_is_polled() {
    for reply in [Reply::text(404, ""), Reply::text(200, "<html>"), Reply::json(200, json!({})), Reply::text(401, "")] {
        let story = ask(Goal::Events, [reply], json!(["a", "b"]));
        assert_eq!((story.text().as_str(), story.code(), story.names()), ("ab", "", vec!["output", "output", "done"]));
    }
}

#[test]
fn an_endless_line_is_a_protocol_error() {
    let mut chunks = vec![(0, Part::Chunk(b"data: ".to_vec()))];
    chunks.extend((0..34).map(|_| (0, Part::Chunk(vec![b'x'; 1 << 20]))));
    let story = ask(Goal::Text, [Reply::body(chunks)], Json::Null);
    assert_eq!(
        (story.code(), story.message().as_str()),
        ("protocol", "A line of the event stream is longer than 32 MiB: get this output with run()")
    );
}
