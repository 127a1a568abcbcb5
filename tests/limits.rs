//! Time limits: for connecting, for silence and in total; each says which it was.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::Goal;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{Act, BASE, Client, Ms, Part, Reply, STREAM, Server, Story, ms, prediction, replicate, streaming};

fn client() -> Client {
    replicate(Wait::Stream, Goal::Text)
}

/// A stream whose one body has these parts, and whose prediction stays `status`.
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
    assert_eq!((story.code(), story.ended_at), ("timeout", at), "{}", story.message());
    assert!(story.message().ends_with(option), "{}", story.message());
}

#[test]
fn silence_before_the_first_event_may_be_long_and_after_it_a_fifth_of_that() {
    timed_out(&client().ask(stream(vec![], "processing")), 300_000, "300000 ms (idleTimeoutMs)");
    let story = client().ask(stream(vec![output(299_999, "a"), done(300_000)], "processing"));
    assert_eq!((story.text().as_str(), story.code()), ("a", ""));
    let story = client().ask(stream(vec![output(299_000, "a")], "processing"));
    timed_out(&story, 299_000 + 60_000, "60000 ms (idleTimeoutMs)");
    assert_eq!(story.run.delivery.partial(), b"a");
    let story =
        client().with(|options| options.idle = Some(ms(5_000))).ask(stream(vec![output(4_000, "a")], "processing"));
    timed_out(&story, 5_000, "1000 ms (idleTimeoutMs)");
}

#[test]
fn comments_that_keep_a_connection_alive_are_silence() {
    let comments = (1..100).map(|at| comment(at * 15_000)).collect();
    timed_out(&client().ask(stream(comments, "processing")), 300_000, "(idleTimeoutMs)");
    let mut parts = vec![output(1_000, "a")];
    parts.extend((1..20).map(|at| comment(1_000 + at * 5_000)));
    timed_out(&client().ask(stream(parts, "processing")), 61_000, "(idleTimeoutMs)");
}

#[test]
fn any_event_ends_the_silence() {
    let logs = |at: Ms| (at, Part::Chunk(b"event: logs\ndata: 10%\n\n".to_vec()));
    let mut parts: Vec<_> = (0..10).map(|at| logs(at * 59_000)).collect();
    parts.extend([output(10 * 59_000, "a"), done(10 * 59_000 + 1)]);
    assert_eq!(client().ask(stream(parts, "processing")).text(), "a");
}

#[test]
fn silence_while_nobody_reads_is_not_the_servers() {
    let parts = vec![output(1_000, "a"), output(2_000, "b"), done(650_000)];
    // The reader takes ten minutes for each piece; the server's own silence is measured from then on.
    let story = client().driver(stream(parts, "processing")).thinks(|| 600_000).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
}

#[test]
fn an_answer_that_does_not_begin_is_a_time_out_of_the_connection() {
    let story = client().with(|options| options.connect = Some(ms(4_000))).ask(Reply::silence());
    timed_out(&story, 4_000, "within 4000 ms (connectTimeoutMs)");
    assert!(story.message().starts_with(&format!("No answer to POST {BASE}/predictions ")), "{}", story.message());
}

#[test]
fn a_look_that_is_never_answered_is_tried_again_and_then_a_time_out() {
    let mut first = Some(prediction("starting", Json::Null));
    let server = move |_: Ms, _: &Request| first.take().unwrap_or_else(Reply::silence);
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).with(|options| options.max_retries = 2).ask(server);
    assert_eq!((story.code(), story.requests.len()), ("timeout", 4));
    assert!(story.message().ends_with("within 30000 ms (connectTimeoutMs)"), "{}", story.message());
}

#[test]
fn a_stream_that_is_never_answered_does_not_show_its_address() {
    let mut first = Some(prediction("starting", Json::Null));
    let server = move |_: Ms, _: &Request| first.take().unwrap_or_else(Reply::silence);
    let story = client().ask(server);
    assert_eq!(story.code(), "timeout");
    assert!(!story.message().contains("secret"), "{}", story.message());
}

#[test]
fn the_whole_prediction_has_a_limit_wherever_it_is() {
    let limit = "longer than 20000 ms (timeoutMs)";
    let limited = |wait| replicate(wait, Goal::Text).with(|options| options.total = Some(ms(20_000)));
    // While it is created, looked at, rested, streamed, and busy with events.
    timed_out(&limited(Wait::Stream).ask(Reply::silence()), 20_000, limit);
    timed_out(&limited(Wait::Poll(ms(700))).ask(prediction("starting", Json::Null).after(600)), 20_000, limit);
    timed_out(&limited(Wait::Poll(ms(60_000))).ask(prediction("starting", Json::Null)), 20_000, limit);
    timed_out(&limited(Wait::Stream).ask(stream(vec![], "processing")), 20_000, limit);
    let busy = (0..1_000).map(|at| output(at * 100, "a")).collect();
    let story = limited(Wait::Stream).ask(stream(busy, "processing"));
    timed_out(&story, 20_000, limit);
    assert!(story.items.len() >= 200, "all that came before it was delivered");
    let busy = Reply::text(429, "slow").retry_after(30.0);
    timed_out(&limited(Wait::Stream).ask(busy), 20_000, limit);
}

#[test]
fn what_came_before_the_limit_is_delivered_first() {
    let looks = VecDeque::from([prediction("starting", Json::Null), Reply::body(vec![output(0, "a"), done(0)])]);
    let story = client().with(|options| options.total = Some(ms(10))).driver(looks).thinks(|| 50).go();
    assert_eq!(story.text(), "a");
}

#[test]
fn a_late_timer_looks_instead_of_failing() {
    // The machine sleeps for ten minutes; the server's next event comes a minute later.
    let parts = vec![output(1_000, "a"), output(900_000, "b"), done(900_001)];
    let story = client().driver(stream(parts, "processing")).at(2_000, Act::Freeze(850_000)).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    assert_eq!(story.sent()[2..], [format!("852000 GET {BASE}/predictions/p1")]);
}

#[test]
fn a_create_is_not_given_up_because_the_machine_slept() {
    let over = prediction("succeeded", json!(["a"])).after(2_000);
    let story = client().driver(VecDeque::from([over])).at(1_000, Act::Freeze(600_000)).go();
    assert_eq!((story.text().as_str(), story.code()), ("a", ""));
}

#[test]
fn a_page_that_becomes_visible_looks_beside_the_stream_and_keeps_it() {
    let parts = vec![output(1_000, "a"), output(3_000, "b"), done(4_000)];
    let story = client().driver(stream(parts, "processing")).at(2_000, Act::Wake).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    let expected =
        [format!("0 POST {BASE}/predictions"), format!("0 GET {STREAM}"), format!("2000 GET {BASE}/predictions/p1")];
    assert_eq!(story.sent(), expected);
    // It delivers what came while the look was under way.
    let times: Vec<_> = story.items.iter().map(|item| item.at).collect();
    assert_eq!(times, [1_000, 3_000]);
}

#[test]
fn a_look_that_fails_leaves_the_stream_alone() {
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
fn a_stream_of_a_prediction_that_is_over_gets_its_last_words_out_or_is_polled() {
    // The connection is dead, but nobody told; the look says that the prediction is over.
    let story = client().driver(stream(vec![output(1_000, "a")], "succeeded")).at(2_000, Act::Wake).go();
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    assert_eq!(story.ended_at, 7_000, "five seconds were left to it");
    let quick = vec![output(1_000, "a"), output(3_000, "b"), done(3_001)];
    let story = client().driver(stream(quick, "succeeded")).at(2_000, Act::Wake).go();
    assert_eq!((story.text().as_str(), story.code(), story.ended_at), ("ab", "", 3_001));
}

#[test]
fn a_page_that_wakes_again_and_again_does_not_keep_a_dead_stream_alive() {
    let mut driver = client().driver(stream(vec![output(1_000, "a")], "processing"));
    for at in 1..2_000 {
        driver = driver.at(at * 10_000, Act::Wake);
    }
    let story = driver.go();
    assert_eq!(story.code(), "timeout");
    assert!(story.ended_at <= 1_800_000);
}
