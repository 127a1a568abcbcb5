//! Property tests: whatever faults happen, the delivered text is the server's text.
//!
//! Each property runs thousands of random schedules in virtual time: bodies that break at any byte, servers that restart a
//! stream, repeat events, slow down, refuse, or send a malformed answer or none, readers who leave, machines that sleep. A
//! failing schedule prints its seed: `SEED=123 cargo test --test faults` runs it again. `SCHEDULES=200000` runs more of them.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::prediction::Status;
use replicate_wasm::protocol::run::Goal;
use support::{Ids, Leaves, ModelServer, Random, Schedule, Story, replicate};

/// How many schedules each property runs. The environment variable `SCHEDULES` overrides it.
const SCHEDULES: u64 = 2_500;
/// The latest end: the client's limit for the whole call plus the longest time of one more request.
const LATEST: u32 = 1_800_000 + 31_000;

const STREAMED: Schedule = Schedule { ids: Ids::Counted, streams: true, leaves: Leaves::Never };

#[test]
fn events_with_counted_ids_arrive_once_under_any_schedule() {
    prove(|seed| arrives(&STREAMED, seed));
}

#[test]
fn events_without_ids_arrive_once_under_any_schedule() {
    prove(|seed| arrives(&Schedule { ids: Ids::None, ..STREAMED }, seed));
}

#[test]
fn events_with_opaque_ids_arrive_once_under_any_schedule() {
    prove(|seed| arrives(&Schedule { ids: Ids::Opaque, ..STREAMED }, seed));
}

#[test]
fn events_whose_ids_are_reset_and_counted_again_arrive_once_under_any_schedule() {
    prove(|seed| arrives(&Schedule { ids: Ids::Anew, ..STREAMED }, seed));
}

#[test]
fn polled_output_arrives_once_under_any_schedule() {
    prove(|seed| arrives(&Schedule { streams: false, ..STREAMED }, seed));
}

#[test]
fn a_reader_who_leaves_at_any_time_cancels_once_or_not_at_all() {
    prove(|seed| arrives(&Schedule { leaves: Leaves::ForGood, ..STREAMED }, seed));
}

#[test]
fn a_reader_who_resumes_gets_the_rest() {
    let back = Schedule { leaves: Leaves::ForNow, ..STREAMED };
    prove(|seed| comes_back(&back, seed));
}

#[test]
fn a_reader_who_resumes_a_stream_without_ids_gets_the_rest() {
    let back = Schedule { ids: Ids::None, leaves: Leaves::ForNow, ..STREAMED };
    prove(|seed| comes_back(&back, seed));
}

#[test]
fn a_reader_who_resumes_a_stream_whose_ids_were_reset_gets_the_rest() {
    let back = Schedule { ids: Ids::Anew, leaves: Leaves::ForNow, ..STREAMED };
    prove(|seed| comes_back(&back, seed));
}

#[test]
fn a_reader_who_resumes_polled_output_gets_the_rest() {
    let back = Schedule { streams: false, leaves: Leaves::ForNow, ..STREAMED };
    prove(|seed| comes_back(&back, seed));
}

/// `true` when the run succeeded, `false` when its failure was excused; or what went wrong.
type Outcome = Result<bool, String>;

fn prove(schedule: impl Fn(u64) -> Outcome + std::panic::RefUnwindSafe) {
    let one = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
    let (mut good, mut failed) = (0, Vec::new());
    let schedules =
        std::env::var("SCHEDULES").map_or(SCHEDULES, |number| number.parse().expect("SCHEDULES is a number"));
    for seed in one.map_or(0..schedules, |seed: u64| seed..seed + 1) {
        match std::panic::catch_unwind(|| schedule(seed)) {
            Ok(Ok(well)) => good += u64::from(well),
            Ok(Err(what)) => failed.push(format!("SEED={seed}: {what}")),
            Err(_) => failed.push(format!("SEED={seed}: it panicked, see above")),
        }
    }
    let shown: Vec<_> = failed.iter().take(3).cloned().collect();
    assert!(failed.is_empty(), "{} of {schedules} schedules failed:\n{}", failed.len(), shown.join("\n"));
    // Excused schedules prove nothing, so most must succeed.
    assert!(one.is_some() || good > schedules / 2, "only {good} of {schedules} schedules succeeded");
}

/// Runs one prediction from its create to its end.
fn arrives(schedule: &Schedule, seed: u64) -> Outcome {
    let (story, server) = schedule.driver(seed).finish();
    judge(&story, &server, &server.text())
}

/// Runs a prediction whose reader leaves, and a second run that resumes from its handle.
fn comes_back(schedule: &Schedule, seed: u64) -> Outcome {
    let (first, server) = schedule.driver(seed).finish();
    judge(&first, &server, &server.text())?;
    let (Some(id), Some(_), false) = (first.run.id(), first.left, server.garbled) else {
        return Ok(first.error.is_none());
    };
    let mut random = Random::new(!seed);
    let handle = Delivery::after(first.run.delivery.last_id.clone(), first.run.delivery.bytes);
    let away = random.below(10_000) as u32;
    let (second, server) = replicate(Wait::Stream, random.pick(&[Goal::Text, Goal::Events]))
        .resume(id, handle)
        .renewable()
        .driver(server.later(first.ended_at + away))
        .random(random)
        .finish();
    let rest = server.text().split_off(first.text().len());
    judge(&second, &server, &rest)
}

/// Checks the properties of every run.
fn judge(story: &Story, server: &ModelServer, text: &str) -> Outcome {
    let (delivered, code) = (story.text(), story.code());
    let must = |holds: bool, what: &str| {
        let tell = || {
            let (error, sent, plan) = (story.message(), story.sent().join("\n  "), &server.plan);
            format!("{what}\n  {error}\n  text {text:?}\n  got  {delivered:?}\n  {plan:?}\n  {sent}\n")
        };
        if holds { Ok(()) } else { Err(tell()) }
    };
    must(!story.hangs, "the run hangs")?;
    must(story.ended_at <= LATEST, "the run ends too late")?;
    must(server.creates <= 1, "more than one prediction was created")?;
    must(server.cancels <= 1, "the prediction was cancelled more than once")?;
    must(server.garbled || text.starts_with(&delivered), "the delivered text is not a prefix of the text")?;
    must(story.run.delivery.partial() == delivered.as_bytes(), "the partial text is not the delivered text")?;
    if let Some((at, cancel)) = story.left {
        let owed = cancel && story.run.id().is_some() && server.runs(at);
        must(server.cancels == 1 || !owed, "the prediction was not cancelled")?;
        must(server.cancels == 0 || cancel, "the prediction was cancelled, but should run on")?;
        return Ok(true);
    }
    // A call that reaches its limit cancels its prediction.
    let timed_out = code == "timeout" && story.message().contains("(timeoutMs)");
    must(server.cancels == 0 || timed_out, "the prediction was cancelled, but nobody left")?;
    match (&story.error, server.plan.end) {
        (None, Status::Succeeded) => must(delivered == text, "the run succeeded without the whole text")?,
        (None, _) => must(false, "the run succeeded, but its prediction did not")?,
        (Some(_), end) => {
            let reported = end != Status::Succeeded && code == end.name();
            let tight =
                server.plan.tight && matches!(code, "timeout" | "unknown_outcome" | "interrupted" | "network" | "http");
            let excused = tight || server.excuses.contains(code) || (server.garbled && code == "interrupted");
            let late = code == "timeout" && story.ended_at >= 1_800_000;
            let overslept = matches!(code, "timeout" | "unknown_outcome") && story.overslept;
            must(reported || excused || late || overslept, "the run failed without an excuse")?;
        }
    }
    Ok(story.error.is_none())
}
