//! A reader who leaves: requests stop, and the prediction is cancelled once.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::{Action, Goal, Run};
use serde_json::Value as Json;
use support::{Act, BASE, Client, Doc, Ms, Part, Reply, STREAM, Story, header, is_create, ms, prediction, replicate};

fn slow(status: &str) -> Reply {
    prediction(status, Json::Null).after(1_000)
}

/// Each answer takes a second. The stream sends one event, then nothing.
fn server(_: Ms, request: &Request) -> Reply {
    match request.url.as_str() {
        STREAM => Reply::body(vec![(500, Part::Chunk(b"event: output\nid: 1:0\ndata: a\n\n".to_vec()))]).after(1_000),
        _ => slow("processing"),
    }
}

fn client() -> Client {
    replicate(Wait::Stream, Goal::Text)
}

/// The next action other than a state.
fn next_action(run: &mut Run<Doc>, at: Ms) -> Action<Doc> {
    loop {
        match run.poll(ms(at)) {
            Action::State(_) => {}
            action => return action,
        }
    }
}

fn left_at(at: Ms) -> Story {
    client().driver(server).at(at, Act::Leave(true)).go()
}

fn cancels(story: &Story) -> Vec<Ms> {
    let cancels = story.requests.iter().filter(|(_, request)| request.url.ends_with("/cancel"));
    cancels.map(|(at, _)| *at).collect()
}

#[test]
fn leaving_at_any_time_cancels_once() {
    // While the stream is being opened, before an event, after one.
    for at in [1_200, 2_200, 2_800] {
        let story = left_at(at);
        assert_eq!((cancels(&story), story.code()), (vec![at], ""), "left at {at}");
        assert_eq!(story.requests.len(), 3, "nothing follows");
    }
}

#[test]
fn a_cancel_goes_to_the_predictions_cancel_route_with_keepalive() {
    let story = left_at(2_200);
    let (_, request) = story.requests.last().expect("the cancel");
    assert_eq!((&*request.method, request.url.clone()), ("POST", format!("{BASE}/predictions/p1/cancel")));
    assert!(request.keepalive && !is_create(request));
    assert_eq!(header(request, "accept"), Some("application/json"));
}

#[test]
fn leaving_during_the_create_lets_it_finish_and_then_cancels() {
    let story = left_at(400);
    assert_eq!((cancels(&story), story.requests.len()), (vec![1_000], 2));
    assert!(story.items.is_empty());
}

#[test]
fn leaving_during_a_create_that_waits_cancels_when_it_answers() {
    let story = replicate(Wait::Block(None), Goal::Snapshots).driver(server).at(400, Act::Leave(true)).go();
    assert_eq!((cancels(&story), story.requests.len()), (vec![1_000], 2));
}

#[test]
fn a_create_is_not_repeated_for_a_reader_who_has_left() {
    let refusals = [
        Reply::text(401, ""),
        Reply::text(404, ""),
        Reply::text(429, "slow").retry_after(1.0),
        Reply::text(500, ""),
        Reply::unsent(),
        Reply::lost(),
        Reply::text(200, "<html>"),
        Reply::silence(),
    ];
    for refusal in refusals {
        let client = client().model("acme/verse").renewable();
        let story = client.driver(refusal.clone().after(1_000)).at(400, Act::Leave(true)).go();
        assert_eq!((story.requests.len(), story.code(), story.hangs), (1, "", false), "{refusal:?}");
    }
}

#[test]
fn leaving_during_the_pause_before_a_repeated_create_sends_nothing_more() {
    let busy = Reply::text(429, "slow").retry_after(9.0);
    let story = client().driver(busy).at(3_000, Act::Leave(true)).go();
    assert_eq!((story.requests.len(), story.ended_at), (1, 3_000));
}

#[test]
fn leaving_during_the_pause_before_a_poll_or_a_reconnect_cancels_at_once() {
    let polled = replicate(Wait::Poll(ms(60_000)), Goal::Snapshots).driver(server).at(30_000, Act::Leave(true)).go();
    assert_eq!((cancels(&polled), polled.code()), (vec![30_000], ""));
    let broken = |_: Ms, request: &Request| match request.url.as_str() {
        STREAM => Reply::body(vec![(0, Part::Chunk(b"retry: 50000\n\n".to_vec())), (0, Part::Broken)]),
        _ => slow("processing"),
    };
    let story = client().driver(broken).at(30_000, Act::Leave(true)).go();
    assert_eq!(cancels(&story), [30_000]);
}

#[test]
fn leaving_without_a_cancel_leaves_the_prediction_running() {
    for at in [400, 1_200, 2_200, 2_800] {
        let story = client().driver(server).at(at, Act::Leave(false)).go();
        assert_eq!((cancels(&story), story.ended_at), (vec![], at));
    }
}

#[test]
fn a_prediction_that_has_ended_is_not_cancelled() {
    for status in ["succeeded", "failed", "canceled", "aborted"] {
        let mut run = client().ask(slow(status)).run;
        run.leave(true);
        assert_eq!(next_action(&mut run, 5_000), Action::Done, "{status}");
    }
    let over = |_: Ms, request: &Request| match request.url.as_str() {
        STREAM => Reply::events("event: output\ndata: a\n\nevent: done\ndata: {}\n\n"),
        _ => slow("processing"),
    };
    let mut run = client().ask(over).run;
    run.leave(true);
    assert_eq!(next_action(&mut run, 5_000), Action::Done);
}

#[test]
fn leaving_after_an_error_cancels_nothing() {
    let mut run = client()
        .ask(|now: Ms, request: &Request| match request.url.as_str() {
            STREAM => Reply::body(vec![]),
            _ => server(now, request),
        })
        .run;
    run.leave(true);
    assert_eq!(next_action(&mut run, 5_000_000), Action::Done);
}

#[test]
fn leaving_twice_cancels_once() {
    for second in [2_200, 2_500, 9_000] {
        let story = client().driver(server).at(2_200, Act::Leave(true)).at(second, Act::Leave(true)).go();
        assert_eq!(cancels(&story), [2_200], "left again at {second}");
    }
}

#[test]
fn a_cancel_that_fails_is_not_repeated() {
    for reply in [
        Reply::lost(),
        Reply::text(500, ""),
        Reply::text(429, "").retry_after(1.0),
        Reply::text(404, ""),
        Reply::silence(),
    ] {
        let server = move |now: Ms, request: &Request| match request.url.ends_with("/cancel") {
            true => reply.clone(),
            false => server(now, request),
        };
        let story = client().driver(server).at(2_200, Act::Leave(true)).go();
        assert_eq!((cancels(&story), story.code()), (vec![2_200], ""));
        assert!(!story.hangs && story.ended_at <= 2_200 + 30_000);
    }
}

#[test]
fn leaving_before_the_first_demand_sends_nothing() {
    let mut run = client().run();
    run.leave(true);
    assert_eq!(next_action(&mut run, 0), Action::Done);
}

#[test]
fn events_that_were_not_read_are_dropped_after_leaving() {
    let mut run = client().ask(server).run;
    run.leave(false);
    assert_eq!(next_action(&mut run, 0), Action::Done);
    assert_eq!(run.delivery.count(), 0);
}

/// The reader leaves while the create or the cancel has no answer, and the time limits pass in any order.
#[test]
fn time_limits_that_pass_after_leaving_cause_neither_a_busy_loop_nor_a_hang() {
    let late = |which: &'static str, after: Ms| {
        move |_: Ms, request: &Request| match request.url.as_str() {
            STREAM => Reply::body(vec![]),
            url if url.ends_with(which) => {
                if after == Ms::MAX {
                    Reply::silence()
                } else {
                    slow("processing").after(after)
                }
            }
            _ => slow("processing"),
        }
    };
    for (which, left) in [("/predictions", 400), ("/cancel", 3_000)] {
        for (connect, total) in [(30_000, 5_000), (5_000, 30_000), (5_000, 5_000), (30_000, 400)] {
            for after in [Ms::MAX, 4_999, 5_000, 29_999] {
                let limited =
                    client().with(|options| (options.connect, options.total) = (Some(ms(connect)), Some(ms(total))));
                let story = limited.driver(late(which, after)).at(left, Act::Leave(true)).go();
                assert!(story.steps < 20, "{} steps", story.steps);
                assert!(
                    !story.hangs && story.ended_at <= left + 2 * connect,
                    "{which} {after} {connect} {total}: {}",
                    story.ended_at
                );
                assert!(cancels(&story).len() <= 1);
            }
        }
    }
}
