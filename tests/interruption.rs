//! Event streams that break: how they go on without a lost or repeated token, and when they cannot.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::Goal;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{Client, Ms, Reply, STREAM, Story, broken, header, prediction, replicate, streaming};

fn client(goal: Goal) -> Client {
    replicate(Wait::Stream, goal)
}

/// A run whose stream's connections are answered so, and whose prediction succeeded with `output`.
fn ask(goal: Goal, streams: impl IntoIterator<Item = Reply>, output: Json) -> Story {
    client(goal).ask(streaming(streams, "succeeded", output))
}

/// The stream's connections: when, and after which event.
fn connections(story: &Story) -> Vec<(Ms, Option<&str>)> {
    let opened = story.requests.iter().filter(|(_, request)| request.url == STREAM);
    opened.map(|(at, request)| (*at, header(request, "last-event-id"))).collect()
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
        assert_eq!(story.run.delivery.partial(), b"Spr");
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
        let story = client(Goal::Text).ask(streaming((0..50).map(|_| broken(body)), "succeeded", json!(["a", "b"])));
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
