//! Broken event streams: how they resume without a lost or repeated token, and when they cannot.

mod support;

use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::delivery::Delivery;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::Goal;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{Act, Client, Ms, Reply, STREAM, Story, broken, header, ms, prediction, replicate, running, streaming};

fn client(goal: Goal) -> Client {
    replicate(Wait::Stream, goal)
}

/// Runs a prediction that succeeded with `output`. Connections to its stream are answered in order.
fn ask(goal: Goal, streams: impl IntoIterator<Item = Reply>, output: Json) -> Story {
    client(goal).ask(streaming(streams, "succeeded", output))
}

/// The connections to the stream: the time and the `Last-Event-ID` of each.
fn connections(story: &Story) -> Vec<(Ms, Option<&str>)> {
    let opened = story.requests.iter().filter(|(_, request)| request.url == STREAM);
    opened.map(|(at, request)| (*at, header(request, "last-event-id"))).collect()
}

#[test]
fn a_broken_stream_resumes_after_its_last_event() {
    let first =
        broken("event: output\nid: 1:0\ndata: Spr\n\nevent: output\nid: 1:1\ndata: ing\n\nevent: output\nid: 1:2\nda");
    let second = Reply::events("event: output\nid: 1:2\ndata:  is\n\nevent: done\ndata: {}\n\n");
    let story = ask(Goal::Text, [first, second], json!(["Spr", "ing", " is"]));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing", " is"], ""));
    assert_eq!(connections(&story), [(0, None), (250, Some("1:1"))]);
}

#[test]
fn the_pause_before_a_reconnect_is_retry_or_else_doubles() {
    let none = || broken("");
    let last = || Reply::events("event: output\ndata: a\n\nevent: done\ndata: {}\n\n");
    let times = |story: &Story| connections(story).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    // The prediction runs until the last connection is opened.
    let ask = |streams: Vec<Reply>| client(Goal::Text).ask(running(streams, json!(["a"])));
    let story = ask(vec![none(), none(), none(), last()]);
    assert_eq!(times(&story), [0, 250, 750, 1_750]);
    let story = ask(vec![broken("retry: 3000\n\n"), last()]);
    assert_eq!(times(&story), [0, 3_000]);
    let story = ask(vec![broken("retry: 4000000000\n\n"), last()]);
    assert_eq!(times(&story), [0, 60_000], "retry is capped at one minute");
}

#[test]
fn a_wake_shortens_a_pause_of_ours_and_none_that_the_server_asked_for() {
    let last = || Reply::events("event: output\ndata: a\n\nevent: done\ndata: {}\n\n");
    let busy = |seconds: f64| Reply::text(429, "slow").retry_after(seconds);
    let opened = |first: Reply, wakes: &[Ms]| {
        let driver = client(Goal::Text).driver(running([first, last()], json!(["a"])));
        let story = wakes.iter().fold(driver, |driver, at| driver.at(*at, Act::Wake)).go();
        assert_eq!((story.text().as_str(), story.code()), ("a", ""));
        connections(&story).into_iter().map(|(at, _)| at).collect::<Vec<_>>()
    };
    assert_eq!(opened(broken(""), &[100]), [0, 100]);
    assert_eq!(opened(busy(0.4), &[100]), [0, 400]);
    assert_eq!(opened(busy(9.0), &[100, 700, 8_900]), [0, 9_000], "looks in between may come sooner");
    assert_eq!(opened(broken("retry: 300\n\n"), &[100]), [0, 300]);
    assert_eq!(opened(broken("retry: 3000\n\n"), &[100, 2_900]), [0, 3_000]);
}

#[test]
fn events_that_a_stream_repeats_after_a_reconnect_are_skipped() {
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
fn repeated_events_without_ids_are_recognised_by_their_text() {
    let events = |text: &[&str]| text.iter().map(|text| format!("event: output\ndata: {text}\n\n")).collect::<String>();
    let done = "event: done\ndata: {}\n\n";
    let output = json!(["日", "本", "a", "b"]);
    let first = || broken(&events(&["日", "本"]));
    for tokens in [vec!["日", "本", "a", "b"], vec!["日本a", "b"], vec!["日本ab"]] {
        let story = ask(Goal::Text, [first(), Reply::events(&(events(&tokens) + done))], output.clone());
        assert_eq!((story.text().as_str(), story.code()), ("日本ab", ""), "{tokens:?}");
        assert_eq!(connections(&story)[1].1, None);
    }
    // The second stream has a different text: the output of the prediction decides.
    let other = Reply::events(&(events(&["日", "x", "y"]) + done));
    let story = ask(Goal::Text, [first(), other], output.clone());
    assert_eq!((story.text().as_str(), story.code()), ("日本ab", ""));
    // The second stream ends before it reaches the delivered text.
    let short = Reply::events(&(events(&["日"]) + done));
    let story = ask(Goal::Text, [first(), short], output);
    assert_eq!((story.text().as_str(), story.code()), ("日本ab", ""));
}

#[test]
fn an_empty_id_resets_the_last_event_id() {
    let first = broken("event: output\nid: 1:0\ndata: a\n\nevent: output\nid:\ndata: b\n\n");
    let second = Reply::events(
        "event: output\ndata: a\n\nevent: output\ndata: b\n\nevent: output\ndata: c\n\nevent: done\ndata: {}\n\n",
    );
    let story = ask(Goal::Text, [first, second], json!(["a", "b", "c"]));
    assert_eq!(connections(&story)[1].1, None, "an empty last event id is not sent");
    assert_eq!((story.text().as_str(), story.code()), ("abc", ""));
}

#[test]
fn text_that_a_stream_left_out_comes_from_the_output() {
    // The stream cannot be opened again.
    let gone = Reply::text(410, "gone");
    let first = || broken("event: output\nid: 1:0\ndata: Spr\n\n");
    let story = ask(Goal::Text, [first(), gone], json!(["Spr", "ing", "\n", "", "is"]));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing", "\n", "", "is"], ""));
    // The output is one string.
    let story = ask(Goal::Text, [first(), Reply::text(404, "")], json!("Spring"));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing"], ""));
    // `done` comes, but not all events before it.
    let story = ask(Goal::Text, [first(), Reply::events("event: done\ndata: {}\n\n")], json!(["Spr", "ing"]));
    assert_eq!((story.data(), story.code()), (vec!["Spr", "ing"], ""));
}

#[test]
fn a_stream_that_the_output_cannot_complete_is_interrupted_with_the_partial_text() {
    let first = || broken("event: output\nid: 1:0\ndata: Spr\n\n");
    for output in [json!(["Autumn"]), json!(["Sp"]), json!("")] {
        let story = ask(Goal::Text, [first(), Reply::text(404, "")], output);
        assert_eq!((story.code(), story.text().as_str()), ("interrupted", "Spr"));
        assert_eq!(story.run.delivery.partial(), b"Spr");
    }
    // The poll is refused.
    let mut replies =
        VecDeque::from([prediction("starting", Json::Null), first(), Reply::text(404, ""), Reply::text(404, "")]);
    let story = client(Goal::Text).ask(move |_: Ms, _: &Request| replies.pop_front().expect("an answer"));
    assert_eq!((story.code(), story.text().as_str()), ("interrupted", "Spr"));
    let message = story.message();
    assert!(message.starts_with("The stream was interrupted: ") && !message.contains("secret"), "{message}");
}

#[test]
fn a_removed_output_does_not_count_as_a_whole_one() {
    let first = || broken("event: output\nid: 1:0\ndata: Spr\n\n");
    let story = ask(Goal::Text, [first(), Reply::text(404, "")], Json::Null);
    assert_eq!((story.code(), story.text().as_str()), ("interrupted", "Spr"));
    // A stream that resumes without a gap and reaches its end needs no output.
    let second = Reply::events("event: output\nid: 1:1\ndata: ing\n\nevent: done\ndata: {}\n\n");
    let story = ask(Goal::Text, [first(), second], Json::Null);
    assert_eq!((story.code(), story.text().as_str()), ("", "Spring"));
}

#[test]
fn a_stream_that_breaks_again_and_again_without_new_events_is_given_up() {
    for body in ["event: output\nid: 1:0\ndata: a\n\n", "retry: 0\nevent: output\ndata: a\n\n", "retry: 0\n\n: x\n\n"] {
        let story = client(Goal::Text).ask(streaming((0..50).map(|_| broken(body)), "succeeded", json!(["a", "b"])));
        assert_eq!((story.text().as_str(), story.code()), ("ab", ""), "{body}");
        assert!(connections(&story).len() <= 7, "{} connections", connections(&story).len());
    }
}

#[test]
fn a_stream_that_breaks_again_and_again_with_new_events_is_not_given_up() {
    let piece = |at: usize| broken(&format!("event: output\nid: 1:{at}\ndata: {at},\n\n"));
    let text: String = (0..40).map(|at| format!("{at},")).collect();
    let last = Reply::events("event: done\ndata: {}\n\n");
    let story = ask(Goal::Text, (0..40).map(piece).chain([last]), json!(text));
    assert_eq!((story.text(), connections(&story).len()), (text, 41));
}

/// A server that answers polls in order, the last answer repeatedly, and connections to the stream in order.
fn polls_and_streams(polls: Vec<Reply>, streams: Vec<Reply>) -> impl FnMut(Ms, &Request) -> Reply {
    let (mut polls, mut streams) = (VecDeque::from(polls), VecDeque::from(streams));
    move |_: Ms, request: &Request| match (&*request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => streams.pop_front().expect("a connection too many"),
        _ if polls.len() > 1 => polls.pop_front().expect("a poll"),
        _ => polls[0].clone(),
    }
}

#[test]
fn a_stream_that_may_have_left_out_text_is_interrupted_when_the_last_poll_fails() {
    let first = || broken("event: output\nid: 1:0\ndata: a\n\n");
    let live = Reply::events("event: output\nid: 1:3\ndata: d\n\nevent: done\ndata: {}\n\n");
    for poll in [Reply::text(500, ""), Reply::text(404, ""), prediction("succeeded", Json::Null)] {
        let story = client(Goal::Text).ask(polls_and_streams(vec![poll], vec![first(), live.clone()]));
        assert_eq!((story.text().as_str(), story.code()), ("ad", "interrupted"));
        assert_eq!(story.partial(), Some("ad"));
    }
    // An event with the next id, or the last event sent again, proves that nothing was left out.
    for second in [
        "event: output\nid: 1:1\ndata: b\n\n",
        "event: output\nid: 1:0\ndata: a\n\nevent: output\nid: 9:9\ndata: b\n\n",
    ] {
        let second = Reply::events(&format!("{second}event: done\ndata: {{}}\n\n"));
        let story = client(Goal::Text).ask(polls_and_streams(vec![Reply::text(500, "")], vec![first(), second]));
        assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    }
}

#[test]
fn a_stream_url_that_appears_after_the_create_repeats_no_text() {
    let bare = |status: &str, output: Json| Reply::json(200, json!({"id": "p1", "status": status, "output": output}));
    let from_middle = "event: output\nid: 1:1\ndata: b\n\nevent: output\nid: 1:2\ndata: c\n\nevent: done\ndata: {}\n\n";
    let ask = |polls: Vec<Reply>| {
        let mut polls = VecDeque::from(polls);
        client(Goal::Text).ask(move |_: Ms, request: &Request| match request.url.as_str() {
            STREAM => Reply::events(from_middle),
            _ => polls.pop_front().expect("an answer"),
        })
    };
    let whole = || prediction("succeeded", json!(["a", "b", "c"]));
    // Polls have delivered text already: polling goes on.
    let polls = vec![
        bare("starting", Json::Null),
        bare("processing", json!(["a"])),
        prediction("processing", json!(["a", "b"])),
        whole(),
    ];
    let story = ask(polls);
    assert_eq!((story.text().as_str(), story.code(), story.count("GET", STREAM)), ("abc", "", 0));
    // Polls have delivered no text: the stream is read, and the output shows that it left out text.
    let polls = vec![bare("starting", Json::Null), prediction("processing", json!(["a"])), whole()];
    let story = ask(polls);
    assert_eq!((story.text().as_str(), story.code(), story.count("GET", STREAM)), ("bc", "interrupted", 1));
}

#[test]
fn a_handle_made_while_polling_resumes_after_the_polled_text() {
    let polls = vec![prediction("processing", json!(["a", "b", "c"]))];
    let streams = vec![broken("event: output\nid: 1:0\ndata: a\n\n"), Reply::text(404, "")];
    let first = client(Goal::Text).driver(polls_and_streams(polls, streams)).at(2_000, Act::Leave(false)).go();
    assert_eq!(first.text(), "abc");
    let delivery = &first.run.delivery;
    assert_eq!((delivery.last_id.as_slice(), delivery.bytes), (&[][..], 3), "the id of `a` is older than the text");
    let handle = Delivery::after(delivery.last_id.clone(), delivery.bytes);
    let all: String =
        (0..4).map(|at| format!("event: output\nid: 1:{at}\ndata: {}\n\n", ["a", "b", "c", "d"][at])).collect();
    let polls =
        vec![prediction("processing", json!(["a", "b", "c"])), prediction("succeeded", json!(["a", "b", "c", "d"]))];
    let streams = vec![Reply::events(&format!("{all}event: done\ndata: {{}}\n\n"))];
    let story = client(Goal::Text).resume("p1", handle).ask(polls_and_streams(polls, streams));
    assert_eq!((story.text().as_str(), story.code()), ("d", ""));
}

#[test]
fn ids_that_are_reset_or_reused_repeat_no_text() {
    let event = |id: &str, data: &str| format!("event: output\nid: {id}\ndata: {data}\n\n");
    let done = "event: done\ndata: {}\n\n";
    for ids in [
        ["1:0", "", "1:0", "1:1"],
        ["1:0", "1:1", "1:0", "1:1"],
        ["1:1", "1:2", "1:1", "1:3"],
        ["x", "y", "x", "z"],
        ["5", "5", "5", "6"],
    ] {
        let events: Vec<_> = ids.iter().zip(["a", "b", "c", "d"]).map(|(id, data)| event(id, data)).collect();
        let streams = vec![broken(&events[..3].concat()), Reply::events(&(events.concat() + done))];
        // Polls have no output.
        let polls = vec![prediction("processing", Json::Null), prediction("succeeded", Json::Null)];
        let story = client(Goal::Text).ask(polls_and_streams(polls, streams));
        assert_eq!((story.text().as_str(), story.code()), ("abcd", ""), "{ids:?}");
    }
}

#[test]
fn polled_output_whose_earlier_elements_change_is_interrupted() {
    let bare = |status: &str, output: Json| Reply::json(200, json!({"id": "p1", "status": status, "output": output}));
    for last in [json!(["a", "b", "r", "s"]), json!(["x"]), json!("xz"), json!(["x", "y2"])] {
        let replies = [bare("processing", json!(["x", "y"])), bare("succeeded", last.clone())];
        let story = replicate(Wait::Poll(ms(500)), Goal::Text).ask(VecDeque::from(replies));
        assert_eq!((story.text().as_str(), story.code(), story.partial()), ("xy", "interrupted", Some("xy")), "{last}");
    }
    // An outdated poll is not a change, nor is the same text in one piece.
    let replies = [
        bare("processing", json!(["x", "y"])),
        bare("processing", json!(["x"])),
        bare("starting", Json::Null),
        bare("processing", json!(["x", "y", "z"])),
        bare("succeeded", json!("xyz!")),
    ];
    let story = replicate(Wait::Poll(ms(500)), Goal::Text).ask(VecDeque::from(replies));
    assert_eq!((story.data(), story.code()), (vec!["x", "y", "z", "!"], ""));
}
