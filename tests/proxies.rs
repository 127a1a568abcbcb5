//! A relay or a proxy that believes itself at another address, and streams that cannot be had.

mod support;

use replicate_wasm::protocol::address::stream_addresses;
use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::{CallState, Goal};
use serde_json::{Value as Json, json};
use support::{Client, Ms, Reply, Story, replicate_at};

/// Where the page sees the relay.
const RELAY: &str = "https://page.example/api/replicate/v1";
/// The stream's route at the relay.
const ROUTE: &str = "/predictions/p1/stream/c2VjcmV0";

fn client() -> Client {
    replicate_at(RELAY, Wait::Stream, Goal::Text)
}

/// A relay that names this address of the stream, has it at another, and answers each look with more of the text.
fn relay(named: &str, served: &str, stream: Reply) -> impl FnMut(Ms, &Request) -> Reply {
    let (named, served) = (named.to_owned(), served.to_owned());
    let mut looks = 0;
    move |_: Ms, request: &Request| {
        let mut tell = |status: &str| {
            looks += 1;
            let output: Vec<_> = ["a", "b", "c", "d"].into_iter().take(looks).collect();
            Reply::json(200, json!({"id": "p1", "status": status, "output": output, "urls": {"stream": named}}))
        };
        match (&*request.method, request.url.as_str()) {
            ("POST", _) => Reply::json(201, json!({"id": "p1", "status": "starting", "urls": {"stream": named}})),
            (_, url) if url == served => stream.clone(),
            (_, url) if url == format!("{RELAY}/predictions/p1") => tell("processing"),
            _ => Reply::text(404, "Not found"),
        }
    }
}

fn whole_stream() -> Reply {
    let events = ["a", "b"].map(|data| format!("event: output\ndata: {data}\n\n")).concat();
    Reply::events(&format!("{events}event: done\ndata: {{}}\n\n"))
}

/// When the first text came.
fn first_text(story: &Story) -> Ms {
    story.items.first().map_or(Ms::MAX, |item| item.at)
}

#[test]
fn the_stream_of_a_relay_that_believes_itself_elsewhere_is_asked_under_the_own_base() {
    let served = format!("{RELAY}{ROUTE}");
    let elsewhere = [
        // A stripped prefix, another host, both, Replicate itself, and an address without a host.
        format!("https://page.example/v1{ROUTE}"),
        format!("http://localhost:3000/api/replicate/v1{ROUTE}"),
        format!("http://localhost:3000/v1{ROUTE}"),
        format!("https://api.replicate.com/v1{ROUTE}"),
        format!("/v1{ROUTE}"),
    ];
    for named in elsewhere {
        let story = client().ask(relay(&named, &served, whole_stream()));
        assert_eq!((story.text().as_str(), story.code()), ("ab", ""), "{named}");
        let opened: Vec<_> = story.requests.iter().map(|(_, request)| request.url.as_str()).collect();
        assert_eq!(opened[1..], [served.as_str()], "{named}");
        assert!(story.requests[1].1.trusted, "the relay's own session goes with it");
    }
}

#[test]
fn an_address_that_is_right_as_it_was_named_is_tried_next() {
    let named = format!("https://streams.example/v1{ROUTE}");
    let story = client().ask(relay(&named, &named, whole_stream()));
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    let urls: Vec<_> = story.requests.iter().map(|(_, request)| request.url.clone()).collect();
    assert_eq!(urls[1..], [format!("{RELAY}{ROUTE}"), named]);
    assert!(!story.requests[2].1.trusted, "no token goes to another origin");
}

#[test]
fn the_addresses_of_a_stream_are_the_likeliest_first() {
    let api = "https://api.replicate.com/v1";
    let replicates = "https://stream.replicate.com/v1/files/x";
    let table: [(&str, &str, &[&str]); 7] = [
        (replicates, api, &[replicates]),
        (replicates, RELAY, &[replicates]),
        (
            "https://page.example/api/replicate/v1/predictions/p1/stream/x",
            RELAY,
            &["https://page.example/api/replicate/v1/predictions/p1/stream/x"],
        ),
        (
            "http://10.0.0.1/v1/predictions/p1/stream/x?a=/v1/files/",
            RELAY,
            &[
                "https://page.example/api/replicate/v1/predictions/p1/stream/x?a=/v1/files/",
                "http://10.0.0.1/v1/predictions/p1/stream/x?a=/v1/files/",
            ],
        ),
        ("https://streams.example/x", RELAY, &["https://streams.example/x"]),
        ("javascript:alert(1)", RELAY, &[]),
        ("data:text/event-stream,x", RELAY, &[]),
    ];
    for (named, base, expected) in table {
        assert_eq!(stream_addresses(named, base), expected, "{named}");
    }
}

#[test]
fn a_stream_that_is_nowhere_is_polled_and_the_state_says_why() {
    let story = client().with(|options| options.total = Some(support::ms(20_000))).ask(relay(
        &format!("https://page.example/v1{ROUTE}"),
        "https://nowhere.example",
        whole_stream(),
    ));
    assert_eq!(story.text(), "abcd");
    let reasons = story.states.iter().filter_map(|state| match state {
        CallState::Polling { reason } => Some(reason.as_ref().map(|error| error.status())),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), [Some(Some(404))]);
}

#[test]
fn no_text_waits_for_a_failing_stream_longer_than_one_poll() {
    let failing = [
        Reply::text(502, "<h1>Bad Gateway</h1>"),
        Reply::text(429, "slow").retry_after(30.0),
        Reply::text(200, ""),
        Reply::events(""),
        Reply::events("retry: 60000\n\n"),
        Reply::lost(),
        Reply::silence(),
        Reply::text(200, "<html>"),
    ];
    let limited = || client().with(|options| options.total = Some(support::ms(60_000)));
    for stream in failing {
        let url = format!("{RELAY}{ROUTE}");
        let story = limited().ask(relay(&url, &url, stream.clone()));
        // One poll waits five seconds at most; an attempt that is not answered is given up after as long.
        assert!(first_text(&story) <= 5_000, "{stream:?}: first text after {} ms", first_text(&story));
        let times: Vec<_> = story.items.iter().map(|item| item.at).collect();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= 10_000), "{stream:?}: {times:?}");
        assert_eq!(story.text(), "abcd", "{stream:?}");
        assert!(story.states.iter().any(|state| matches!(state, CallState::Polling { reason: Some(_) })), "{stream:?}");
    }
}

#[test]
fn a_stream_that_comes_back_is_streamed_again() {
    let mut opens = 0;
    let server = |_: Ms, request: &Request| match (&*request.method, request.url.ends_with(ROUTE)) {
        ("POST", _) => {
            Reply::json(201, json!({"id": "p1", "status": "starting", "urls": {"stream": format!("{RELAY}{ROUTE}")}}))
        }
        (_, true) => {
            opens += 1;
            if opens < 4 { Reply::text(503, "") } else { whole_stream() }
        }
        _ => Reply::json(200, json!({"id": "p1", "status": "processing", "output": Json::Null})),
    };
    let mut server = server;
    let story = client()
        .with(|options| options.total = Some(support::ms(30_000)))
        .ask(move |now: Ms, request: &Request| server(now, request));
    assert_eq!((story.text().as_str(), story.count("GET", ROUTE)), ("ab", 4));
    assert!(story.states.contains(&CallState::Streaming));
}
