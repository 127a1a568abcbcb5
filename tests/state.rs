//! The states of a call, for `onState`: each change once, before its effects.

mod support;

use replicate_wasm::protocol::backend::{Backend, Expects, Wait};
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::prediction::Status;
use replicate_wasm::protocol::run::{Action, CallState, Goal, Run, WaitReason};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{
    Act, BASE, Client, Doc, Ms, Part, Reply, STREAM, Story, broken, cog, ms, prediction, replicate, streaming, whole,
};

fn client() -> Client {
    replicate(Wait::Stream, Goal::Text)
}

/// The states in words, each error by its code.
fn states(story: &Story) -> Vec<String> {
    let code = |error: &replicate_wasm::protocol::error::Error| error.code().name();
    let words = |state: &CallState| match state {
        CallState::Uploading => "uploading".to_owned(),
        CallState::Sending => "sending".to_owned(),
        CallState::Waiting { reason: WaitReason::RateLimited, retry_after, attempt, error } => {
            format!("rate limited {} ms, attempt {attempt}, {}", retry_after.as_millis(), code(error))
        }
        CallState::Waiting { reason: WaitReason::Retry, retry_after, attempt, error } => {
            format!("retry in {} ms, attempt {attempt}, {}", retry_after.as_millis(), code(error))
        }
        CallState::Running { status } => format!("running {}", status.name()),
        CallState::Streaming => "streaming".to_owned(),
        CallState::Reconnecting { attempt, error } => format!("reconnecting {attempt}, {}", code(error)),
        CallState::Polling { reason: None } => "polling".to_owned(),
        CallState::Polling { reason: Some(error) } => format!("polling, {}", code(error)),
        CallState::Ended { status, canceled } => {
            let canceled = canceled.map_or("", |canceled| if canceled { ", canceled" } else { ", not canceled" });
            format!("ended {}{canceled}", status.map_or("unknown", Status::name))
        }
    };
    story.states.iter().map(words).collect()
}

/// A stream with one event that ends with these data of `done`.
fn ended(end: &str) -> Reply {
    Reply::events(&format!("event: output\nid: 1:0\ndata: a\n\nevent: done\ndata: {end}\n\n"))
}

#[test]
fn a_streamed_call_goes_from_sending_to_running_streaming_and_ended() {
    let story = client().ask(streaming([ended("{}")], "succeeded", json!(["a"])));
    assert_eq!(states(&story), ["sending", "running starting", "streaming", "ended succeeded"]);
    assert_eq!(story.run.state(), &CallState::Ended { status: Some(Status::Succeeded), canceled: None });
}

#[test]
fn a_pause_has_its_length_its_reason_and_its_attempt() {
    let replies = [
        Reply::json(429, json!({"detail": "Request was throttled.", "retry_after": 7})),
        Reply::unsent(),
        Reply::json(201, json!({"id": "p1", "status": "succeeded", "output": "x"})),
    ];
    let story = client().ask(VecDeque::from(replies));
    let expected = [
        "sending",
        "rate limited 7000 ms, attempt 1, http",
        "sending",
        "retry in 500 ms, attempt 2, network",
        "sending",
        "ended succeeded",
    ];
    assert_eq!(states(&story), expected);
}

#[test]
fn polling_by_option_has_no_reason_and_each_new_status_is_a_state() {
    let polls = ["starting", "starting", "processing", "starting", "succeeded"]
        .map(|status| Reply::json(200, json!({"id": "p1", "status": status})));
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).ask(VecDeque::from(polls));
    assert_eq!(states(&story), ["sending", "running starting", "polling", "running processing", "ended succeeded"]);
}

#[test]
fn the_state_is_polling_again_after_a_retried_poll() {
    let polls = [
        Reply::json(200, json!({"id": "p1", "status": "processing"})),
        Reply::text(503, ""),
        Reply::json(200, json!({"id": "p1", "status": "processing"})),
        Reply::json(200, json!({"id": "p1", "status": "succeeded"})),
    ];
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).ask(VecDeque::from(polls));
    let expected =
        ["sending", "running processing", "polling", "retry in 250 ms, attempt 1, http", "polling", "ended succeeded"];
    assert_eq!(states(&story), expected);
}

#[test]
fn polling_in_place_of_a_stream_has_the_error_as_its_reason() {
    let story = client().ask(streaming([Reply::text(404, "")], "succeeded", json!(["a"])));
    assert_eq!(states(&story), ["sending", "running starting", "polling, http", "ended succeeded"]);
    let bare = |status: &str| Reply::json(200, json!({"id": "p1", "status": status}));
    let story = client().ask(VecDeque::from([bare("starting"), bare("succeeded")]));
    assert_eq!(states(&story), ["sending", "running starting", "polling, protocol", "ended succeeded"]);
}

#[test]
fn a_broken_stream_is_reconnecting_and_then_streaming() {
    let second = Reply::events("event: output\nid: 1:1\ndata: b\n\nevent: done\ndata: {}\n\n");
    let story = client().ask(streaming(
        [broken("event: output\nid: 1:0\ndata: a\n\n"), second],
        "succeeded",
        json!(["a", "b"]),
    ));
    let expected =
        ["sending", "running starting", "streaming", "reconnecting 1, interrupted", "streaming", "ended succeeded"];
    assert_eq!(states(&story), expected);
}

#[test]
fn an_unsuccessful_end_is_a_state_too() {
    for (status, end) in [("failed", r#"{"reason":"error"}"#), ("canceled", r#"{"reason":"canceled"}"#)] {
        let story = client().ask(streaming([ended(end)], status, json!(["a"])));
        assert_eq!(
            (states(&story).last().map(String::as_str), story.code()),
            (Some(&*format!("ended {status}")), status)
        );
    }
    let story = client().ask(Reply::json(422, json!({"detail": "No"})));
    assert_eq!(states(&story), ["sending", "ended unknown"]);
}

/// A server whose stream sends one event and stays open, with this reply to the cancel.
fn open_stream(cancel: Reply) -> impl FnMut(Ms, &Request) -> Reply {
    move |_: Ms, request: &Request| match request.url.as_str() {
        STREAM => Reply::body(vec![(10, Part::Chunk(b"event: output\nid: 1:0\ndata: a\n\n".to_vec()))]),
        url if url.ends_with("/cancel") => cancel.clone(),
        _ => prediction("processing", Json::Null),
    }
}

#[test]
fn ended_says_whether_the_server_confirmed_the_cancel_of_a_reader_who_left() {
    let table = [
        (prediction("canceled", Json::Null), "ended canceled, canceled"),
        (prediction("succeeded", Json::Null), "ended succeeded, not canceled"),
        (Reply::text(500, ""), "ended processing, not canceled"),
        (Reply::lost(), "ended processing, not canceled"),
        (Reply::silence(), "ended processing, not canceled"),
    ];
    for (cancel, expected) in table {
        let story = client().driver(open_stream(cancel)).at(1_000, Act::Leave(true)).go();
        assert_eq!(states(&story)[2..], ["streaming", expected]);
    }
    let story = client().driver(open_stream(Reply::silence())).at(1_000, Act::Leave(false)).go();
    assert_eq!(states(&story)[2..], ["streaming", "ended processing"], "no cancel was sent");
}

#[test]
fn a_call_that_reaches_its_limit_ends_when_its_cancel_is_answered() {
    let limited = client().with(|options| options.total = Some(ms(20_000)));
    let story = limited.ask(open_stream(prediction("canceled", Json::Null).after(3_000)));
    assert_eq!((story.failed_at, story.ended_at), (20_000, 23_000), "the error does not wait for the cancel");
    assert_eq!(states(&story)[2..], ["streaming", "ended canceled, canceled"]);
}

#[test]
fn uploads_come_before_the_create_and_do_not_count_for_its_connect_timeout() {
    let mut run = client().run();
    let mut states = Vec::new();
    let mut next = |run: &mut Run<Doc>, now: Ms| loop {
        match run.poll(ms(now)) {
            Action::State(state) => states.push((*state).clone()),
            action => return action,
        }
    };
    assert!(matches!(next(&mut run, 0), Action::Send(_)));
    run.handle_uploads(ms(0), true);
    assert_eq!(next(&mut run, 0), Action::Wait);
    assert_eq!(run.deadline(), client().options.total, "the connect timeout does not run");
    run.handle_uploads(ms(90_000), false);
    assert_eq!(next(&mut run, 90_000), Action::Wait);
    assert_eq!(run.deadline(), Some(ms(120_000)));
    run.handle_answer(ms(91_000), whole(201, None, r#"{"id": "p1", "status": "succeeded", "output": "x"}"#), 0.0);
    assert!(matches!(next(&mut run, 91_000), Action::Pieces(_)));
    assert_eq!(next(&mut run, 91_000), Action::Done);
    let ended = CallState::Ended { status: Some(Status::Succeeded), canceled: None };
    assert_eq!(states, [CallState::Sending, CallState::Uploading, CallState::Sending, ended]);
}

#[test]
fn leaving_during_an_upload_ends_the_call_without_a_create() {
    let mut run = client().run();
    while !matches!(run.poll(ms(0)), Action::Send(_)) {}
    run.handle_uploads(ms(0), true);
    run.leave(true);
    assert_eq!(run.poll(ms(1)), Action::State(CallState::Ended { status: None, canceled: None }.into()));
    assert_eq!(run.poll(ms(1)), Action::Done);
}

#[test]
fn the_setup_of_a_cog_server_is_a_retry_state() {
    let event = |name: &str, data: Json| format!("event: {name}\ndata: {data}\n\n");
    let over = json!({"id": "c1", "status": "succeeded", "output": []});
    let body = event("start", json!({"id": "c1", "status": "processing"})) + &event("completed", over);
    let replies = [
        Reply::json(503, json!({"detail": "setting up"})),
        Reply::json(200, json!({"status": "STARTING"})),
        Reply::events(&body),
    ];
    let story = cog(Goal::Text).ask(VecDeque::from(replies));
    assert_eq!(
        states(&story),
        ["sending", "retry in 250 ms, attempt 1, http", "sending", "streaming", "ended succeeded"]
    );
}

#[test]
fn a_request_of_the_user_goes_from_sending_to_ended() {
    let mut client = replicate(Wait::Stream, Goal::Snapshots);
    client.backend = Backend::plain(BASE.to_owned(), "GET".to_owned(), "/models", Expects::Json);
    let story = client.ask(VecDeque::from([Reply::text(503, ""), Reply::json(200, json!({"results": []}))]));
    assert_eq!(states(&story), ["sending", "retry in 250 ms, attempt 1, http", "sending", "ended unknown"]);
    assert_eq!(story.run.prediction(), Some(&Doc(json!({"results": []}))));
}
