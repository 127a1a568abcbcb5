//! Resuming a prediction that was created earlier, in another tab or before a reload.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::Goal;
use serde_json::{Value as Json, json};
use support::{
    Act, BASE, Client, Ids, ModelServer, Ms, Plan, Replay, Reply, STREAM, Story, header, prediction, replicate,
};

fn resumed(delivery: Delivery) -> Client {
    replicate(Wait::Stream, Goal::Events).resume("p1", delivery)
}

/// The state of a handle: the id of the last event, and how many bytes of text were delivered.
fn handle(last_id: Option<&str>, bytes: usize) -> Delivery {
    Delivery::after(last_id.unwrap_or_default().into(), bytes)
}

fn plan() -> Plan {
    Plan::text(&["Spring", " is", "\n", "日本"])
}

#[test]
fn resuming_by_id_yields_the_whole_output_and_creates_nothing() {
    let story = resumed(Delivery::default()).ask(ModelServer::new(plan(), 1).created());
    assert_eq!((story.text().as_str(), story.code()), ("Spring is\n日本", ""));
    // The last poll confirms that the stream had the whole output.
    let [get, stream] = [format!("0 GET {BASE}/predictions/p1"), format!("0 GET {STREAM}")];
    let expected = [get, stream, format!("1400 GET {BASE}/predictions/p1")];
    assert_eq!(story.sent(), expected);
    assert_eq!(header(&story.requests[1].1, "last-event-id"), None);
}

#[test]
fn resuming_a_prediction_that_has_ended_yields_its_output_and_done() {
    let story = resumed(Delivery::default()).ask(prediction("succeeded", json!(["a", "", "b"])));
    let got: Vec<_> = story.items.iter().map(|item| (item.name.as_str(), item.data.as_str())).collect();
    assert_eq!(got, [("output", "a"), ("output", ""), ("output", "b"), ("done", "{}")]);
    assert_eq!(story.requests.len(), 1);
    for status in ["failed", "canceled", "aborted"] {
        assert_eq!(resumed(Delivery::default()).ask(prediction(status, Json::Null)).code(), status);
    }
}

#[test]
fn a_handle_resumes_after_its_last_event() {
    for replay in [Replay::Honours, Replay::Restarts] {
        let server = ModelServer::new(Plan { replay, ..plan() }, 1).created();
        let story = resumed(handle(Some("1690212292:1"), "Spring is".len())).ask(server);
        assert_eq!((story.text().as_str(), story.code()), ("\n日本", ""), "{replay:?}");
        assert_eq!(header(&story.requests[1].1, "last-event-id"), Some("1690212292:1"));
    }
}

#[test]
fn a_handle_without_an_id_resumes_after_its_bytes() {
    let server = || ModelServer::new(Plan { ids: Ids::None, ..plan() }, 1).created();
    for bytes in 0..="Spring is\n".len() {
        let story = resumed(handle(None, bytes)).ask(server());
        assert_eq!(story.text(), &"Spring is\n日本"[bytes..], "{bytes} bytes");
    }
}

#[test]
fn a_handle_of_a_prediction_that_has_ended_yields_the_rest_of_its_output() {
    let whole = json!(["Spring", " is", "\n", "日本"]);
    for output in [whole, json!("Spring is\n日本")] {
        let story = resumed(handle(Some("1690212292:0"), 6)).ask(prediction("succeeded", output.clone()));
        assert_eq!((story.text().as_str(), story.code()), (" is\n日本", ""), "{output}");
        let all = resumed(handle(Some("1690212292:3"), 16)).ask(prediction("succeeded", output.clone()));
        assert_eq!((all.text().as_str(), all.code()), ("", ""), "{output}");
    }
}

#[test]
fn a_handle_with_more_bytes_than_the_output_is_interrupted() {
    let story = resumed(handle(Some("1690212292:9"), 99)).ask(prediction("succeeded", json!(["Spring"])));
    assert_eq!((story.code(), story.text().as_str()), ("interrupted", ""));
}

#[test]
fn a_handle_that_ends_inside_a_character_is_interrupted() {
    let story = resumed(handle(None, 1)).ask(prediction("succeeded", json!(["日本"])));
    assert_eq!((story.code(), story.text().as_str()), ("interrupted", ""));
}

#[test]
fn a_handle_whose_output_was_removed_is_interrupted() {
    let story = resumed(handle(Some("1690212292:0"), 6)).ask(prediction("succeeded", Json::Null));
    assert_eq!(story.code(), "interrupted");
}

#[test]
fn resuming_a_missing_prediction_is_an_http_error() {
    let story = resumed(Delivery::default()).ask(Reply::json(404, json!({"detail": "Not found"})));
    assert_eq!((story.code(), story.requests.len()), ("http", 1));
}

#[test]
fn leaving_a_resumed_stream_cancels_its_prediction_only_if_the_reader_says_so() {
    let left = |cancel| {
        let server = |_: Ms, request: &Request| match request.url.as_str() {
            STREAM => Reply::body(vec![]),
            _ => prediction("processing", Json::Null),
        };
        resumed(Delivery::default()).driver(server).at(1_000, Act::Leave(cancel)).go()
    };
    let cancels = |story: &Story| story.count("POST", "/predictions/p1/cancel");
    assert_eq!((cancels(&left(true)), cancels(&left(false))), (1, 0));
}

#[test]
fn an_event_id_is_sent_byte_by_byte_and_cannot_inject_a_header() {
    for (id, sent) in
        [("日:1", Some("\u{E6}\u{97}\u{A5}:1")), ("1\nauthorization\nBearer x", None), ("1\r\nx: y", None)]
    {
        let delivery = Delivery::after(id.into(), 0);
        let story = resumed(delivery).ask(ModelServer::new(plan(), 1).created());
        assert_eq!(header(&story.requests[1].1, "last-event-id"), sent, "{id:?}");
    }
}
