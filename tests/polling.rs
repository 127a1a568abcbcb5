//! Polling until a prediction ends: `run`, and the streams of models without event streams.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::run::Goal;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{Act, Ms, Reply, Story, ms, replicate};

fn prediction(status: &str, output: Json) -> Reply {
    Reply::json(200, json!({"id": "p1", "status": status, "output": output}))
}

fn ask(wait: Wait, goal: Goal, replies: impl IntoIterator<Item = Reply>) -> Story {
    replicate(wait, goal).ask(replies.into_iter().collect::<VecDeque<_>>())
}

fn times(story: &Story) -> Vec<Ms> {
    story.requests.iter().map(|(at, _)| *at).collect()
}

/// The output of the newest snapshot, to which `run` resolves.
fn output(story: &Story) -> &Json {
    &story.snapshots.last().expect("a snapshot")["output"]
}

#[test]
fn a_run_does_not_end_with_the_partial_output_of_a_processing_prediction() {
    for wait in [Wait::Block(None), Wait::Poll(ms(500))] {
        let replies = [
            prediction("processing", json!(["Spr"])),
            prediction("processing", json!(["Spr", "ing"])),
            prediction("succeeded", json!(["Spr", "ing", "!"])),
        ];
        let story = ask(wait, Goal::Snapshots, replies);
        assert_eq!((story.code(), story.requests.len()), ("", 3));
        assert_eq!(output(&story), &json!(["Spr", "ing", "!"]));
        assert!(story.items.is_empty(), "run gets snapshots only");
    }
}

#[test]
fn every_answer_is_a_snapshot_and_the_last_is_terminal() {
    let statuses = ["starting", "starting", "processing", "succeeded"];
    let story = ask(Wait::Poll(ms(500)), Goal::Snapshots, statuses.map(|status| prediction(status, Json::Null)));
    let seen: Vec<_> = story.snapshots.iter().map(|snapshot| snapshot["status"].clone()).collect();
    assert_eq!(seen, statuses);
}

#[test]
fn any_json_value_may_be_the_output() {
    for value in
        [json!(null), json!(""), json!(0), json!(false), json!([]), json!({}), json!("0"), json!([null]), json!(1.5)]
    {
        let story = ask(Wait::Block(None), Goal::Snapshots, [prediction("succeeded", value.clone())]);
        assert_eq!((story.code(), output(&story)), ("", &value));
    }
}

#[test]
fn each_unsuccessful_end_has_its_own_code_and_ends_the_polls() {
    for status in ["failed", "canceled", "aborted"] {
        let over = Reply::json(200, json!({"id": "p1", "status": status, "error": "out of memory", "logs": "l"}));
        for goal in [Goal::Snapshots, Goal::Text, Goal::Events] {
            let story = ask(Wait::Poll(ms(500)), goal, [prediction("starting", Json::Null), over.clone()]);
            assert_eq!((story.code(), story.requests.len()), (status, 2));
            assert_eq!(story.message(), format!("Prediction {status}: out of memory"));
            let at_once = ask(Wait::Block(None), goal, [over.clone()]);
            assert_eq!((at_once.code(), at_once.requests.len()), (status, 1));
        }
    }
}

#[test]
fn the_pauses_grow_from_half_a_second_to_five() {
    let driver = || {
        let mut polls = 0;
        let server = move |_: Ms, _: &_| {
            polls += 1;
            prediction(if polls < 11 { "processing" } else { "succeeded" }, Json::Null)
        };
        replicate(Wait::Block(None), Goal::Snapshots).driver(server)
    };
    let pauses = |story: &Story| times(story).windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<_>>();
    let longest = driver().go();
    assert_eq!(pauses(&longest), [500, 750, 1_125, 1_687, 2_530, 3_795, 5_000, 5_000, 5_000, 5_000]);
    let shortest = driver().jitter(|| 1.0).go();
    assert_eq!(pauses(&shortest), [450, 675, 1_013, 1_519, 2_277, 3_416, 4_500, 4_500, 4_500, 4_500]);
}

#[test]
fn the_interval_of_the_option_has_no_jitter() {
    let replies = (0..4).map(|poll| prediction(if poll < 3 { "starting" } else { "succeeded" }, Json::Null));
    let story =
        replicate(Wait::Poll(ms(1_234)), Goal::Snapshots).driver(replies.collect::<VecDeque<_>>()).jitter(|| 1.0).go();
    assert_eq!(times(&story), [0, 1_234, 2_468, 3_702]);
}

#[test]
fn polls_are_retried_after_any_transport_fault() {
    let replies = [
        prediction("starting", Json::Null),
        Reply::lost(),
        Reply::text(503, "<h1>Service Unavailable</h1>"),
        Reply::text(429, "slow").retry_after(3.0),
        Reply::unsent(),
        Reply::silence(),
        prediction("succeeded", json!("x")),
    ];
    let story = ask(Wait::Poll(ms(500)), Goal::Snapshots, replies);
    assert_eq!((story.code(), output(&story)), ("", &json!("x")));
}

#[test]
fn each_poll_has_all_its_retries() {
    let mut replies = vec![prediction("starting", Json::Null)];
    for _ in 0..3 {
        replies.extend((0..5).map(|_| Reply::text(500, "")));
        replies.push(prediction("processing", Json::Null));
    }
    replies.push(prediction("succeeded", Json::Null));
    assert_eq!(ask(Wait::Poll(ms(500)), Goal::Snapshots, replies).code(), "");
}

#[test]
fn a_poll_that_fails_after_all_retries_is_the_error() {
    let mut replies = vec![prediction("starting", Json::Null)];
    replies.extend((0..6).map(|_| Reply::json(500, json!({"detail": "Internal server error"}))));
    let story = ask(Wait::Poll(ms(500)), Goal::Snapshots, replies);
    let expected =
        "GET https://api.replicate.com/v1/predictions/p1 was answered with status 500: Internal server error";
    assert_eq!((story.code(), story.message().as_str()), ("http", expected));
}

/// The answer to a request that timed out may still come during the pause before the next.
#[test]
fn an_answer_after_the_timeout_is_ignored() {
    let late = prediction("processing", json!(["a"])).after(30_100);
    let replies = [prediction("starting", Json::Null), late, prediction("succeeded", json!(["a", "b"]))];
    let story = ask(Wait::Poll(ms(500)), Goal::Text, replies);
    assert_eq!((story.text().as_str(), story.code(), story.requests.len()), ("ab", "", 3));
}

#[test]
fn a_model_without_an_event_stream_is_streamed_by_polling() {
    let replies = [
        prediction("starting", Json::Null),
        prediction("processing", json!(["Spring"])),
        prediction("processing", json!(["Spring", "\n", ""])),
        prediction("processing", json!(["Spring", "\n", ""])),
        prediction("succeeded", json!(["Spring", "\n", "", "0"])),
    ];
    let story = ask(Wait::Stream, Goal::Events, replies);
    let got: Vec<_> = story.items.iter().map(|item| (item.name.as_str(), item.data.as_str())).collect();
    let expected = [("output", "Spring"), ("output", "\n"), ("output", ""), ("output", "0"), ("done", "{}")];
    assert_eq!((got.as_slice(), story.code()), (&expected[..], ""));
}

#[test]
fn a_polled_stream_yields_falsy_outputs() {
    for (value, expected) in [
        (json!(""), vec![""]),
        (json!("0"), vec!["0"]),
        (json!(0), vec!["0"]),
        (json!(false), vec!["false"]),
        (json!(["", "0", 0, null, false]), vec!["", "0", "0", "false"]),
        (json!([]), vec![]),
        (json!(null), vec![]),
        (json!({"a": 1}), vec![r#"{"a":1}"#]),
    ] {
        let story = ask(Wait::Stream, Goal::Text, [prediction("succeeded", value.clone())]);
        assert_eq!((story.data(), story.code()), (expected, ""), "{value}");
    }
}

#[test]
fn a_page_that_becomes_visible_ends_the_pause_before_a_poll() {
    let polls = || VecDeque::from([prediction("starting", Json::Null), prediction("succeeded", Json::Null)]);
    let story = replicate(Wait::Poll(ms(5_000)), Goal::Snapshots).driver(polls()).at(700, Act::Wake).go();
    assert_eq!(times(&story), [0, 700]);
}

#[test]
fn a_page_that_becomes_visible_does_not_end_a_pause_the_server_asked_for() {
    let busy = Reply::text(429, "slow").retry_after(9.0);
    let replies = VecDeque::from([prediction("starting", Json::Null), busy, prediction("succeeded", Json::Null)]);
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).driver(replies).at(700, Act::Wake).go();
    assert_eq!(times(&story), [0, 500, 9_500]);
}

#[test]
fn a_create_that_is_to_wait_is_not_sent_sooner_when_the_page_wakes() {
    let busy = Reply::text(429, "slow").retry_after(9.0);
    let replies = VecDeque::from([busy, prediction("succeeded", Json::Null)]);
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).driver(replies).at(700, Act::Wake).go();
    assert_eq!(times(&story), [0, 9_000]);
    // The same for the first poll of a resumed prediction.
    let busy = Reply::text(503, "slow").retry_after(9.0);
    let replies = VecDeque::from([busy, prediction("succeeded", Json::Null)]);
    let resumed = replicate(Wait::Stream, Goal::Events).resume("p1", Delivery::default());
    assert_eq!(times(&resumed.driver(replies).at(700, Act::Wake).go()), [0, 9_000]);
}

#[test]
fn nothing_happens_between_two_polls() {
    let mut polls = 0;
    let server = move |_: Ms, _: &_| {
        polls += 1;
        prediction(if polls < 300 { "starting" } else { "succeeded" }, Json::Null)
    };
    let story = replicate(Wait::Poll(ms(5_000)), Goal::Snapshots).ask(server);
    // One step for each request, answer, snapshot and pause.
    assert_eq!((story.requests.len(), story.snapshots.len()), (300, 300));
    assert!(story.steps <= 4 * 300 + 2, "{} steps", story.steps);
}
