//! Time limits: for connecting, for silence and in total. Each error names its option.

mod support;

use replicate_wasm::protocol::backend::{Backend, Expects, Wait};
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::{Goal, Options};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{Act, BASE, Client, Ms, Part, Reply, STREAM, Server, Story, cog, ms, prediction, replicate, streaming};

fn client() -> Client {
    replicate(Wait::Stream, Goal::Text)
}

/// A prediction whose polls have this status, and whose stream has one body with these parts.
fn stream(parts: Vec<(Ms, Part)>, status: &'static str) -> impl Server {
    streaming([Reply::body(parts)], status, json!(["a", "b"]))
}

fn output(at: Ms, text: &str) -> (Ms, Part) {
    (at, Part::Chunk(format!("event: output\nid: 1:{at}\ndata: {text}\n\n").into()))
}

fn comment(at: Ms) -> (Ms, Part) {
    (at, Part::Chunk(b": keep-alive\n\n".to_vec()))
}

fn done(at: Ms) -> (Ms, Part) {
    (at, Part::Chunk(b"event: done\ndata: {}\n\n".to_vec()))
}

fn timed_out(story: &Story, at: Ms, option: &str) {
    assert_eq!((story.code(), story.failed_at), ("timeout", at), "{}", story.message());
    assert!(story.message().ends_with(option), "{}", story.message());
}

/// A server whose stream has one body with these parts, and which answers no poll.
fn unanswered(parts: Vec<(Ms, Part)>) -> impl Server {
    let mut inner = stream(parts, "processing");
    move |now: Ms, request: &Request| match request.url.ends_with("/predictions/p1") {
        true => Reply::lost(),
        false => inner.answer(now, request),
    }
}

/// The times of the polls.
fn polls(story: &Story) -> Vec<Ms> {
    let polls = story.requests.iter().filter(|(_, request)| request.url.ends_with("/predictions/p1"));
    polls.map(|(at, _)| *at).collect()
}

#[test]
fn the_limit_for_silence_is_a_fifth_after_the_first_event() {
    let silent = |ms: Ms| {
        format!("was silent for {ms} ms (idleTimeoutMs): No answer to GET {BASE}/predictions/p1: connection reset")
    };
    timed_out(&client().ask(unanswered(vec![])), 300_000, &silent(300_000));
    let story = client().ask(stream(vec![output(299_999, "a"), done(300_000)], "processing"));
    assert_eq!((story.text().as_str(), story.code()), ("a", ""));
    let story = client().ask(unanswered(vec![output(299_000, "a")]));
    timed_out(&story, 299_000 + 60_000, &silent(60_000));
    assert_eq!(story.partial(), Some("a"));
    let story = client().with(|options| options.idle = Some(ms(5_000))).ask(unanswered(vec![output(4_000, "a")]));
    timed_out(&story, 5_000, &silent(1_000));
}

#[test]
fn a_silent_stream_is_kept_while_polls_say_that_the_prediction_runs() {
    // Comments keep the connection alive, but say nothing about the prediction.
    let mut parts = vec![output(1_000, "a")];
    parts.extend((1..30).map(|at| comment(1_000 + at * 10_000)));
    parts.extend([output(300_000, "b"), done(300_001)]);
    let streams = [Reply::body(parts)];
    let story = client().ask(streaming(streams, "processing", json!(["a"])));
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    assert_eq!(polls(&story), [61_000, 121_000, 181_000, 241_000]);
    assert_eq!(story.count("GET", STREAM), 1, "over the same connection");
}

#[test]
fn a_silent_stream_that_lacks_some_of_the_output_is_opened_again() {
    let first = Reply::body(vec![output(1_000, "a")]);
    let second = Reply::events(
        "event: output\nid: 1:1000\ndata: a\n\nevent: output\nid: 1:2000\ndata: b\n\nevent: done\ndata: {}\n\n",
    );
    let mut polls = 0;
    let mut streams = VecDeque::from([first, second]);
    let server = move |_: Ms, request: &Request| match (&*request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => streams.pop_front().expect("a connection too many"),
        _ => {
            polls += 1;
            prediction(if polls == 1 { "processing" } else { "succeeded" }, json!(["a", "b"]))
        }
    };
    let story = client().ask(server);
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    assert_eq!(story.sent()[2..4], [format!("61000 GET {BASE}/predictions/p1"), format!("61250 GET {STREAM}")]);
}

#[test]
fn a_silent_stream_whose_poll_is_refused_is_opened_again() {
    let mut streams = VecDeque::from([
        Reply::body(vec![output(1_000, "a")]),
        Reply::events("event: output\nid: 1:1001\ndata: b\n\nevent: done\ndata: {}\n\n"),
    ]);
    let mut polls = 0;
    let server = move |_: Ms, request: &Request| match (&*request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => streams.pop_front().expect("a connection too many"),
        _ => {
            polls += 1;
            if polls == 1 { Reply::text(503, "busy") } else { prediction("succeeded", json!(["a", "b"])) }
        }
    };
    assert_eq!(client().ask(server).text(), "ab");
}

#[test]
fn any_event_ends_the_silence() {
    let logs = |at: Ms| (at, Part::Chunk(b"event: logs\ndata: 10%\n\n".to_vec()));
    let mut parts: Vec<_> = (0..10).map(|at| logs(at * 59_000)).collect();
    parts.extend([output(10 * 59_000, "a"), done(10 * 59_000 + 1)]);
    assert_eq!(client().ask(stream(parts, "processing")).text(), "a");
}

#[test]
fn the_time_of_a_slow_reader_does_not_count_as_silence() {
    let parts = vec![output(1_000, "a"), output(2_000, "b"), done(650_000)];
    // The reader takes ten minutes for each piece. The silence is measured from then on.
    let story = client().driver(stream(parts, "processing")).thinks(|| 600_000).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
}

#[test]
fn a_request_without_an_answer_ends_at_the_connect_timeout() {
    let story = client().with(|options| options.connect = Some(ms(4_000))).model("acme/verse").ask(
        |_: Ms, request: &Request| {
            if request.method == "POST" { Reply::text(404, "") } else { Reply::silence() }
        },
    );
    assert_eq!(story.code(), "timeout");
    assert_eq!(story.message(), format!("No answer to GET {BASE}/models/acme/verse within 4000 ms (connectTimeoutMs)"));
}

#[test]
fn a_poll_without_an_answer_is_tried_again_and_then_a_timeout() {
    let mut first = Some(prediction("starting", Json::Null));
    let server = move |_: Ms, _: &Request| first.take().unwrap_or_else(Reply::silence);
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).with(|options| options.max_retries = 2).ask(server);
    assert_eq!((story.code(), story.requests.len()), ("timeout", 4));
    assert!(story.message().ends_with("within 30000 ms (connectTimeoutMs)"), "{}", story.message());
}

#[test]
fn the_error_of_a_stream_without_an_answer_does_not_show_its_url() {
    let mut first = Some(prediction("starting", Json::Null));
    let server = move |_: Ms, _: &Request| first.take().unwrap_or_else(Reply::silence);
    let story = client().ask(server);
    assert_eq!(story.code(), "timeout");
    assert!(!story.message().contains("secret"), "{}", story.message());
}

#[test]
fn the_total_limit_ends_a_call_in_any_state() {
    let limit = "longer than 20000 ms (timeoutMs)";
    let limited = |wait| replicate(wait, Goal::Text).with(|options| options.total = Some(ms(20_000)));
    // During the create, a poll, a pause, a silent stream, and a busy one.
    let created = limited(Wait::Stream).ask(Reply::silence());
    timed_out(&created, 20_000, limit);
    assert_eq!(created.ended_at, 30_000, "the create keeps its own limit, so that its prediction can be cancelled");
    timed_out(&limited(Wait::Poll(ms(700))).ask(prediction("starting", Json::Null).after(600)), 20_000, limit);
    timed_out(&limited(Wait::Poll(ms(60_000))).ask(prediction("starting", Json::Null)), 20_000, limit);
    timed_out(&limited(Wait::Stream).ask(stream(vec![], "processing")), 20_000, limit);
    let busy = (0..1_000).map(|at| output(at * 100, "a")).collect();
    let story = limited(Wait::Stream).ask(stream(busy, "processing"));
    timed_out(&story, 20_000, limit);
    assert!(story.items.len() >= 200, "all events before the limit were delivered");
    let busy = Reply::text(429, "slow").retry_after(30.0);
    timed_out(&limited(Wait::Stream).ask(busy), 20_000, limit);
}

#[test]
fn events_before_the_total_limit_are_delivered() {
    let body = Reply::body(vec![output(0, "a"), done(0)]);
    let server = streaming([body], "processing", Json::Null);
    let story = client().with(|options| options.total = Some(ms(10))).driver(server).thinks(|| 50).go();
    assert_eq!(story.text(), "a");
}

#[test]
fn a_timer_that_fires_late_polls_instead_of_failing() {
    // The machine sleeps for 850 s. The next event comes 48 s later.
    let parts = vec![output(1_000, "a"), output(900_000, "b"), done(900_001)];
    let story = client().driver(stream(parts, "processing")).at(2_000, Act::Freeze(850_000)).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    assert_eq!(story.sent()[2..], [format!("852000 GET {BASE}/predictions/p1")]);
}

#[test]
fn a_create_does_not_time_out_because_the_machine_slept() {
    let over = prediction("succeeded", json!(["a"])).after(2_000);
    let story = client().driver(VecDeque::from([over])).at(1_000, Act::Freeze(600_000)).go();
    assert_eq!((story.text().as_str(), story.code()), ("a", ""));
}

#[test]
fn a_page_that_becomes_visible_polls_and_keeps_the_open_stream() {
    let parts = vec![output(1_000, "a"), output(3_000, "b"), done(4_000)];
    let story = client().driver(stream(parts, "processing")).at(2_000, Act::Wake).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    let expected =
        [format!("0 POST {BASE}/predictions"), format!("0 GET {STREAM}"), format!("2000 GET {BASE}/predictions/p1")];
    assert_eq!(story.sent(), expected);
    // Events that arrive during the poll are delivered after it.
    let times: Vec<_> = story.items.iter().map(|item| item.at).collect();
    assert_eq!(times, [1_000, 3_000]);
}

#[test]
fn a_poll_that_fails_does_not_end_the_open_stream() {
    for reply in
        [Reply::lost(), Reply::text(500, ""), Reply::text(404, ""), Reply::text(200, "<html>"), Reply::silence()]
    {
        let parts = vec![output(1_000, "a"), output(50_000, "b"), done(50_001)];
        let mut inner = stream(parts, "processing");
        let server = move |now: Ms, request: &Request| match request.url.ends_with("/predictions/p1") {
            true => reply.clone(),
            false => inner.answer(now, request),
        };
        let story = client().driver(server).at(2_000, Act::Wake).go();
        assert_eq!((story.text().as_str(), story.code(), story.requests.len()), ("ab", "", 3));
    }
}

#[test]
fn a_stream_whose_prediction_has_ended_gets_five_seconds_and_is_then_polled() {
    // The connection is dead, but not closed. The poll says that the prediction has ended.
    let story = client().driver(stream(vec![output(1_000, "a")], "succeeded")).at(2_000, Act::Wake).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    assert_eq!(story.ended_at, 7_000, "five seconds after the poll");
    let quick = vec![output(1_000, "a"), output(3_000, "b"), done(3_001)];
    let story = client().driver(stream(quick, "succeeded")).at(2_000, Act::Wake).go();
    assert_eq!((story.text().as_str(), story.code(), story.ended_at), ("ab", "", 3_001));
}

#[test]
fn repeated_wakes_do_not_keep_a_dead_stream_alive() {
    let mut driver = client().driver(stream(vec![output(1_000, "a")], "processing"));
    for at in 1..2_000 {
        driver = driver.at(at * 10_000, Act::Wake);
    }
    let story = driver.go();
    assert_eq!(story.code(), "timeout");
    assert!(story.ended_at <= 1_800_000);
}

#[test]
fn a_call_that_reaches_its_total_limit_cancels_its_prediction() {
    let limited = || client().with(|options| options.total = Some(ms(20_000)));
    let story = limited().ask(stream(vec![output(1_000, "a")], "processing"));
    timed_out(&story, 20_000, "longer than 20000 ms (timeoutMs)");
    assert_eq!(story.sent().last(), Some(&format!("20000 POST {BASE}/predictions/p1/cancel")));
    assert_eq!(story.partial(), Some("a"));
    // A create in progress may finish. Then its prediction is cancelled.
    let late = |_: Ms, request: &Request| match request.url.ends_with("/cancel") {
        true => prediction("canceled", Json::Null),
        false => prediction("starting", Json::Null).after(25_000),
    };
    let story = limited().ask(late);
    timed_out(&story, 20_000, "longer than 20000 ms (timeoutMs)");
    assert_eq!(story.sent().last(), Some(&format!("25000 POST {BASE}/predictions/p1/cancel")));
    // With `cancel_on_leave` off it cancels nothing.
    let watching = limited().with(|options| options.cancel_on_leave = false);
    let story = watching.ask(stream(vec![output(1_000, "a")], "processing"));
    assert_eq!((story.code(), story.count("POST", "/cancel"), story.ended_at), ("timeout", 0, 20_000));
}

#[test]
fn a_create_by_request_that_reaches_its_total_limit_has_an_unknown_outcome() {
    let mut client = replicate(Wait::Stream, Goal::Snapshots).with(|options| options.total = Some(ms(20_000)));
    client.backend = Backend::plain(BASE.to_owned(), "POST".to_owned(), "/predictions", Expects::Json);
    let story = client.ask(Reply::silence());
    assert_eq!((story.code(), story.failed_at), ("unknown_outcome", 20_000));
    assert!(story.message().ends_with("no answer within 20000 ms (timeoutMs)"), "{}", story.message());
}

#[test]
fn a_create_that_nobody_will_cancel_has_an_unknown_outcome_when_the_time_is_up() {
    let limited = |cancels| {
        let set = move |options: &mut Options| (options.total, options.cancel_on_leave) = (Some(ms(20_000)), cancels);
        replicate(Wait::Block(None), Goal::Snapshots).with(set)
    };
    let story = limited(false).ask(Reply::silence());
    assert_eq!((story.code(), story.failed_at, story.requests.len()), ("unknown_outcome", 20_000, 1));
    // A prediction that can be cancelled when its create is answered is a time-out.
    let story = limited(true).ask(Reply::silence());
    assert_eq!((story.code(), story.failed_at), ("timeout", 20_000));
    // On a Cog server the client chose the id, and can join the prediction.
    let story =
        cog(Goal::Snapshots).with(|options| (options.total, options.cancel_on_leave) = (Some(ms(20_000)), false));
    assert_eq!(story.ask(Reply::silence()).code(), "timeout");
}
