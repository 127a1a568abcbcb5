//! Event streams: what comes out of them, and how they go on after a break.

mod support;

use replicate_wasm::backend::Wait;
use replicate_wasm::http::Request;
use replicate_wasm::run::{Goal, Ms};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{Client, Part, Reply, Server, Story, header, replicate};

const STREAM: &str = "https://stream.replicate.com/v1/files/secret";

fn prediction(status: &str, output: Json) -> Reply {
    Reply::json(201, json!({"id": "p1", "status": status, "output": output, "urls": {"stream": STREAM}}))
}

fn client(goal: Goal) -> Client {
    replicate(Wait::Stream, goal)
}

/// A server that creates the prediction, answers the stream's connections in order, and each look with `output`.
fn server(streams: impl IntoIterator<Item = Reply>, status: &'static str, output: Json) -> impl Server {
    let mut streams: VecDeque<_> = streams.into_iter().collect();
    move |_: Ms, request: &Request| match (request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => streams.pop_front().expect("one connection too many"),
        _ => prediction(status, output.clone()),
    }
}

fn ask(goal: Goal, streams: impl IntoIterator<Item = Reply>, output: Json) -> Story {
    client(goal).ask(server(streams, "succeeded", output))
}

fn triples(story: &Story) -> Vec<(&str, &str, &str)> {
    story.items.iter().map(|item| (item.name.as_str(), item.data.as_str(), item.id.as_str())).collect()
}

/// The stream's connections: when, and after which event.
fn connections(story: &Story) -> Vec<(Ms, Option<&str>)> {
    let opened = story.requests.iter().filter(|(_, request)| request.url == STREAM);
    opened.map(|(at, request)| (*at, header(request, "last-event-id"))).collect()
}

/// A body that breaks after these bytes.
fn broken(body: &str) -> Reply {
    Reply::body(vec![(0, Part::Chunk(body.into())), (0, Part::Broken)])
}

#[test]
fn a_stream_is_asked_for_as_events_and_its_address_stays_a_secret() {
    let story = ask(Goal::Text, [Reply::events("event: done\ndata: {}\n\n")], Json::Null);
    let (_, request) = &story.requests[1];
    assert!(request.stream && request.secret && request.create.is_none());
    assert_eq!(header(request, "accept"), Some("text/event-stream"));
    assert_eq!(request.line().url, "https://stream.replicate.com");
}

#[test]
fn every_event_comes_out_in_order_with_its_name_and_the_last_id() {
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
fn streamed_text_is_the_text_of_the_output_events_alone() {
    let body = "event: output\ndata: Spring\n\nevent: logs\ndata: 10%\n\ndata: unnamed\n\nevent: output\ndata:  is\n\nevent: done\ndata: {}\n\n";
    assert_eq!(ask(Goal::Text, [Reply::events(body)], Json::Null).data(), ["Spring", " is"]);
}

#[test]
fn a_newline_token_is_exactly_a_newline() {
    let body = "event: output\ndata: \ndata: \n\nevent: output\ndata: \n\nevent: output\ndata: \ndata: \ndata: \n\nevent: done\ndata: {}\n\n";
    assert_eq!(ask(Goal::Text, [Reply::events(body)], Json::Null).data(), ["\n", "", "\n\n"]);
    assert_eq!(ask(Goal::Events, [Reply::events(body)], Json::Null).data()[..3], ["\n", "", "\n\n"]);
}

#[test]
fn all_events_of_a_chunk_are_one_batch_and_a_chunk_without_any_is_none() {
    let events = "event: output\ndata: a\n\n".repeat(100);
    let parts = [events.as_str(), ": keep-alive\n\n", "event: output\nda", "ta: b\n\nevent: done\ndata: {}\n\n"];
    let body = parts.iter().map(|part| (10, Part::Chunk((*part).into()))).collect();
    let story = ask(Goal::Text, [Reply::body(body)], Json::Null);
    assert_eq!(story.items.len(), 101);
    // Create, open, four chunks, two batches, the end.
    assert!(story.steps <= 12, "{} steps", story.steps);
}

#[test]
fn a_last_done_without_its_blank_line_is_the_end() {
    let story = ask(Goal::Text, [Reply::events("event: output\ndata: a\n\nevent: done\ndata: {}")], Json::Null);
    assert_eq!((story.data(), story.code(), connections(&story).len()), (vec!["a"], "", 1));
}

#[test]
fn a_done_that_is_cut_off_says_nothing() {
    let whole = "event: done\ndata: {\"reason\":\"canceled\"}\n\n";
    for cut in 0..whole.len() - 2 {
        let first = Reply::events(&format!("event: output\nid: 1:0\ndata: a\n\n{}", &whole[..cut]));
        let story = client(Goal::Text).ask(server([first, Reply::events(whole)], "canceled", json!(["a"])));
        assert_eq!((story.text().as_str(), story.code()), ("a", "canceled"), "{}", &whole[..cut]);
    }
}

#[test]
fn nothing_is_read_after_done() {
    let body = "event: output\ndata: a\n\nevent: done\ndata: {}\n\nevent: output\ndata: b\n\nevent: error\ndata: c\n\n";
    let story = ask(Goal::Events, [Reply::events(body)], Json::Null);
    assert_eq!((story.text().as_str(), story.code(), story.names()), ("a", "", vec!["output", "done"]));
}

#[test]
fn an_error_event_and_a_done_with_another_reason_reject() {
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
        // What the prediction itself says is better.
        ("event: done\ndata: {\"reason\":\"canceled\"}\n\n", "aborted", "aborted", "Prediction aborted"),
        ("event: done\ndata: {\"reason\":\"error\"}\n\n", "failed", "failed", "Prediction failed"),
    ];
    for (body, status, code, message) in table {
        let body = format!("event: output\ndata: a\n\n{body}");
        let story = client(Goal::Events).ask(server([Reply::events(&body)], status, json!(["a"])));
        assert_eq!((story.code(), story.message().as_str()), (code, message), "{body}");
        assert_eq!(story.names(), ["output"], "neither of the two is an event");
        assert_eq!(story.run.delivery.partial(), "a");
    }
}

#[test]
fn a_failure_is_told_though_the_last_look_fails() {
    let mut looks = 0;
    let story = client(Goal::Text).ask(|_: Ms, request: &Request| match (request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => Reply::events("event: error\ndata: out of memory\n\n"),
        _ => {
            looks += 1;
            Reply::text(500, "")
        }
    });
    assert_eq!((story.code(), story.message().as_str()), ("failed", "Prediction failed: out of memory"));
    assert_eq!(looks, 1, "the failure is known already");
}

#[test]
fn a_broken_stream_goes_on_after_its_last_event() {
    let first =
        broken("event: output\nid: 1:0\ndata: Spr\n\nevent: output\nid: 1:1\ndata: ing\n\nevent: output\nid: 1:2\nda");
    let second = Reply::events("event: output\nid: 1:2\ndata:  is\n\nevent: done\ndata: {}\n\n");
    let story = ask(Goal::Text, [first, second], json!(["Spr", "ing", " is"]));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing", " is"], ""));
    assert_eq!(connections(&story), [(0, None), (250, Some("1:1"))]);
}

#[test]
fn retry_is_honoured_and_the_pauses_double_without_it() {
    let none = || broken("");
    let last = || Reply::events("event: output\ndata: a\n\nevent: done\ndata: {}\n\n");
    let times = |story: &Story| connections(story).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    let story = ask(Goal::Text, [none(), none(), none(), last()], json!(["a"]));
    assert_eq!(times(&story), [0, 250, 750, 1_750]);
    let story = ask(Goal::Text, [broken("retry: 3000\n\n"), last()], json!(["a"]));
    assert_eq!(times(&story), [0, 3_000]);
    let story = ask(Goal::Text, [broken("retry: 4000000000\n\n"), last()], json!(["a"]));
    assert_eq!(times(&story), [0, 60_000], "no server can ask for more than a minute");
}

#[test]
fn a_stream_that_begins_again_is_skipped_up_to_where_it_was() {
    let with_ids = |from: usize, to: usize| -> String {
        (from..to).map(|at| format!("event: output\nid: 7:{at}\ndata: {at}\n\n")).collect()
    };
    for from in 0..=3 {
        let second = format!("{}event: done\ndata: {{}}\n\n", with_ids(from, 12));
        let story = ask(Goal::Events, [broken(&with_ids(0, 3)), Reply::events(&second)], json!("01234567891011"));
        assert_eq!(story.text(), "01234567891011", "from event {from}");
        assert_eq!(story.items.len(), 13);
    }
}

#[test]
fn a_stream_without_ids_is_recognised_by_its_text() {
    let events = |text: &[&str]| text.iter().map(|text| format!("event: output\ndata: {text}\n\n")).collect::<String>();
    let done = "event: done\ndata: {}\n\n";
    let output = json!(["日", "本", "a", "b"]);
    let first = || broken(&events(&["日", "本"]));
    for tokens in [vec!["日", "本", "a", "b"], vec!["日本a", "b"], vec!["日本ab"]] {
        let story = ask(Goal::Text, [first(), Reply::events(&(events(&tokens) + done))], output.clone());
        assert_eq!((story.text().as_str(), story.code()), ("日本ab", ""), "{tokens:?}");
        assert_eq!(connections(&story)[1].1, None);
    }
    // Another text is not trusted: the prediction's own output is.
    let other = Reply::events(&(events(&["日", "x", "y"]) + done));
    let story = ask(Goal::Text, [first(), other], output.clone());
    assert_eq!((story.text().as_str(), story.code()), ("日本ab", ""));
    // It ended before it was where it had been.
    let short = Reply::events(&(events(&["日"]) + done));
    let story = ask(Goal::Text, [first(), short], output);
    assert_eq!((story.text().as_str(), story.code()), ("日本ab", ""));
}

#[test]
fn an_empty_id_takes_the_last_one_back() {
    let first = broken("event: output\nid: 1:0\ndata: a\n\nevent: output\nid:\ndata: b\n\n");
    let second = Reply::events(
        "event: output\ndata: a\n\nevent: output\ndata: b\n\nevent: output\ndata: c\n\nevent: done\ndata: {}\n\n",
    );
    let story = ask(Goal::Text, [first, second], json!(["a", "b", "c"]));
    assert_eq!(connections(&story)[1].1, None, "an empty last event id is not sent");
    assert_eq!((story.text().as_str(), story.code()), ("abc", ""));
}

#[test]
fn what_a_stream_did_not_say_is_taken_from_the_output() {
    // The server begins in the middle: what is missing comes from the prediction.
    let gone = Reply::text(410, "gone");
    let first = || broken("event: output\nid: 1:0\ndata: Spr\n\n");
    let story = ask(Goal::Text, [first(), gone], json!(["Spr", "ing", "\n", "", "is"]));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing", "\n", "", "is"], ""));
    // As one string, cut where it was.
    let story = ask(Goal::Text, [first(), Reply::text(404, "")], json!("Spring"));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing"], ""));
    // `done` comes, but some events before it did not.
    let story = ask(Goal::Text, [first(), Reply::events("event: done\ndata: {}\n\n")], json!(["Spr", "ing"]));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing"], ""));
}

#[test]
fn where_nothing_is_possible_it_is_interrupted_with_the_partial_text() {
    let first = || broken("event: output\nid: 1:0\ndata: Spr\n\n");
    for output in [json!(["Autumn"]), json!(["Sp"]), json!("")] {
        let story = ask(Goal::Text, [first(), Reply::text(404, "")], output);
        assert_eq!((story.code(), story.text().as_str()), ("interrupted", "Spr"));
        assert_eq!(story.run.delivery.partial(), "Spr");
    }
    // The look is refused.
    let mut looks =
        VecDeque::from([prediction("starting", Json::Null), first(), Reply::text(404, ""), Reply::text(404, "")]);
    let story = client(Goal::Text).ask(move |_: Ms, _: &Request| looks.pop_front().expect("an answer"));
    assert_eq!((story.code(), story.text().as_str()), ("interrupted", "Spr"));
    let message = story.message();
    assert!(message.starts_with("The stream was interrupted: ") && !message.contains("secret"), "{message}");
}

#[test]
fn an_output_that_was_removed_does_not_pass_for_a_whole_one() {
    let first = || broken("event: output\nid: 1:0\ndata: Spr\n\n");
    let story = ask(Goal::Text, [first(), Reply::text(404, "")], Json::Null);
    assert_eq!((story.code(), story.text().as_str()), ("interrupted", "Spr"));
    // But the word of a stream that went on to its end must do.
    let second = Reply::events("event: output\nid: 1:1\ndata: ing\n\nevent: done\ndata: {}\n\n");
    let story = ask(Goal::Text, [first(), second], Json::Null);
    assert_eq!((story.code(), story.text().as_str()), ("", "Spring"));
}

#[test]
fn a_stream_that_repeats_itself_and_breaks_is_given_up() {
    for body in ["event: output\nid: 1:0\ndata: a\n\n", "retry: 0\nevent: output\ndata: a\n\n", "retry: 0\n\n: x\n\n"] {
        let story = client(Goal::Text).ask(server((0..50).map(|_| broken(body)), "succeeded", json!(["a", "b"])));
        assert_eq!((story.text().as_str(), story.code()), ("ab", ""), "{body}");
        assert!(connections(&story).len() <= 7, "{} connections", connections(&story).len());
    }
}

#[test]
fn a_stream_that_brings_something_each_time_is_not_given_up() {
    let piece = |at: usize| broken(&format!("event: output\nid: 1:{at}\ndata: {at},\n\n"));
    let text: String = (0..40).map(|at| format!("{at},")).collect();
    let last = Reply::events("event: done\ndata: {}\n\n");
    let story = ask(Goal::Text, (0..40).map(piece).chain([last]), json!(text));
    assert_eq!((story.text(), connections(&story).len()), (text, 41));
}

#[test]
fn a_stream_that_cannot_be_had_is_polled() {
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
        ("protocol", "A line of the event stream is longer than 32 MiB")
    );
}
