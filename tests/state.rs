//! What a call is doing, as `onState` is told: each change once, before what follows from it.

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

/// The states in short: the error of each by its code.
fn states(story: &Story) -> Vec<String> {
    let code = |error: &replicate_wasm::protocol::error::Error| error.code().name();
    let tell = |state: &CallState| match state {
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
    story.states.iter().map(tell).collect()
}

fn ended(end: &str) -> Reply {
    Reply::events(&format!("event: output\nid: 1:0\ndata: a\n\nevent: done\ndata: {end}\n\n"))
}

#[test]
fn a_stream_is_sent_runs_streams_and_ends() {
    let story = client().ask(streaming([ended("{}")], "succeeded", json!(["a"])));
    assert_eq!(states(&story), ["sending", "running starting", "streaming", "ended succeeded"]);
    assert_eq!(story.run.state(), &CallState::Ended { status: Some(Status::Succeeded), canceled: None });
}

#[test]
fn each_pause_tells_its_length_its_reason_and_what_follows() {
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
fn polling_by_choice_has_no_reason_and_each_new_status_is_told() {
    let looks = ["starting", "starting", "processing", "starting", "succeeded"]
        .map(|status| Reply::json(200, json!({"id": "p1", "status": status})));
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).ask(VecDeque::from(looks));
    assert_eq!(states(&story), ["sending", "running starting", "polling", "running processing", "ended succeeded"]);
}

#[test]
fn a_look_that_is_tried_again_goes_back_to_what_it_was() {
    let looks = [
        Reply::json(200, json!({"id": "p1", "status": "processing"})),
        Reply::text(503, ""),
        Reply::json(200, json!({"id": "p1", "status": "processing"})),
        Reply::json(200, json!({"id": "p1", "status": "succeeded"})),
    ];
    let story = replicate(Wait::Poll(ms(500)), Goal::Snapshots).ask(VecDeque::from(looks));
    let expected =
        ["sending", "running processing", "polling", "retry in 250 ms, attempt 1, http", "polling", "ended succeeded"];
    assert_eq!(states(&story), expected);
}

#[test]
fn a_stream_that_cannot_be_had_tells_why_it_is_polled() {
    let story = client().ask(streaming([Reply::text(404, "")], "succeeded", json!(["a"])));
    assert_eq!(states(&story), ["sending", "running starting", "polling, http", "ended succeeded"]);
    let bare = |status: &str| Reply::json(200, json!({"id": "p1", "status": status}));
    let story = client().ask(VecDeque::from([bare("starting"), bare("succeeded")]));
    assert_eq!(states(&story), ["sending", "running starting", "polling, protocol", "ended succeeded"]);
}

#[test]
fn a_stream_that_breaks_reconnects() {
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
fn an_end_without_success_is_told_before_its_error() {
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

/// A stream that says one thing and stays open; the cancel is answered so.
fn open_stream(cancel: Reply) -> impl FnMut(Ms, &Request) -> Reply {
    move |_: Ms, request: &Request| match request.url.as_str() {
        STREAM => Reply::body(vec![(10, Part::Chunk(b"event: output\nid: 1:0\ndata: a\n\n".to_vec()))]),
        url if url.ends_with("/cancel") => cancel.clone(),
        _ => prediction("processing", Json::Null),
    }
}

#[test]
fn a_reader_who_leaves_hears_of_the_end_and_whether_the_server_confirmed_it() {
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
    assert_eq!(states(&story)[2..], ["streaming", "ended processing"], "none was sent");
}

#[test]
fn a_call_whose_time_is_up_ends_when_its_cancel_was_answered() {
    let limited = client().with(|options| options.total = Some(ms(20_000)));
    let story = limited.ask(open_stream(prediction("canceled", Json::Null).after(3_000)));
    assert_eq!((story.failed_at, story.ended_at), (20_000, 23_000), "the error is told at once");
    assert_eq!(states(&story)[2..], ["streaming", "ended canceled, canceled"]);
}

#[test]
fn files_are_uploaded_before_the_create_and_in_their_own_time() {
    let mut run = client().run();
    let mut told = Vec::new();
    let mut next = |run: &mut Run<Doc>, now: Ms| loop {
        match run.poll(ms(now)) {
            Action::State(state) => told.push(state),
            action => return action,
        }
    };
    assert!(matches!(next(&mut run, 0), Action::Send(_)));
    run.handle_uploads(ms(0), true);
    assert_eq!(next(&mut run, 0), Action::Wait);
    assert_eq!(run.deadline(), client().options.total, "the limit of the answer does not count");
    run.handle_uploads(ms(90_000), false);
    assert_eq!(next(&mut run, 90_000), Action::Wait);
    assert_eq!(run.deadline(), Some(ms(120_000)));
    run.handle_answer(ms(91_000), whole(201, None, r#"{"id": "p1", "status": "succeeded", "output": "x"}"#), 0.0);
    assert!(matches!(next(&mut run, 91_000), Action::Pieces(_)));
    assert_eq!(next(&mut run, 91_000), Action::Done);
    let ended = CallState::Ended { status: Some(Status::Succeeded), canceled: None };
    assert_eq!(told, [CallState::Sending, CallState::Uploading, CallState::Sending, ended]);
}

#[test]
fn nothing_is_left_behind_by_a_reader_who_leaves_during_an_upload() {
    let mut run = client().run();
    while !matches!(run.poll(ms(0)), Action::Send(_)) {}
    run.handle_uploads(ms(0), true);
    run.leave(true);
    assert_eq!(run.poll(ms(1)), Action::State(CallState::Ended { status: None, canceled: None }));
    assert_eq!(run.poll(ms(1)), Action::Done);
}

#[test]
fn a_cog_server_that_is_set_up_is_waited_for() {
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
fn a_request_of_the_users_own_is_sent_and_ends() {
    let mut client = replicate(Wait::Stream, Goal::Snapshots);
    client.backend = Backend::plain(BASE.to_owned(), "GET".to_owned(), "/models", Expects::Json);
    let story = client.ask(VecDeque::from([Reply::text(503, ""), Reply::json(200, json!({"results": []}))]));
    assert_eq!(states(&story), ["sending", "retry in 250 ms, attempt 1, http", "sending", "ended unknown"]);
    assert_eq!(story.run.prediction(), Some(&Doc(json!({"results": []}))));
}
