//! Relays and proxies that give out wrong stream URLs, and streams that cannot be opened.

mod support;

use replicate_wasm::protocol::address::stream_addresses;
use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::{CallState, Goal};
use serde_json::{Value as Json, json};
use support::{Client, Ms, Reply, Story, replicate_at};

/// The URL of the relay for the page.
const RELAY: &str = "https://page.example/api/replicate/v1";
/// The stream's route at the relay.
const ROUTE: &str = "/predictions/p1/stream/c2VjcmV0";

fn client() -> Client {
    replicate_at(RELAY, Wait::Stream, Goal::Text)
}

/// A relay that gives out the stream URL `named` and serves the stream at `served`. Each poll has more of the output.
fn relay(named: &str, served: &str, stream: Reply) -> impl FnMut(Ms, &Request) -> Reply {
    let (named, served) = (named.to_owned(), served.to_owned());
    let mut polls = 0;
    move |_: Ms, request: &Request| {
        let mut tell = |status: &str| {
            polls += 1;
            let output: Vec<_> = ["a", "b", "c", "d"].into_iter().take(polls).collect();
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

/// The time of the first text.
fn first_text(story: &Story) -> Ms {
    story.items.first().map_or(Ms::MAX, |item| item.at)
}

#[test]
fn a_stream_url_on_another_host_is_opened_under_the_base_url() {
    let served = format!("{RELAY}{ROUTE}");
    let elsewhere = [
        // A removed prefix, another host, both, Replicate's API, and a URL without a host.
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
        assert!(story.requests[1].1.trusted, "the token of the relay goes with it");
    }
}

#[test]
fn a_stream_url_on_another_host_is_tried_as_given_when_the_base_url_fails() {
    let named = format!("https://streams.example/v1{ROUTE}");
    let story = client().ask(relay(&named, &named, whole_stream()));
    assert_eq!((story.text().as_str(), story.code()), ("ab", ""));
    let urls: Vec<_> = story.requests.iter().map(|(_, request)| request.url.clone()).collect();
    assert_eq!(urls[1..], [format!("{RELAY}{ROUTE}"), named]);
    assert!(!story.requests[2].1.trusted, "no token goes to another origin");
}

#[test]
fn the_candidate_urls_of_a_stream_are_in_order_of_likelihood() {
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
fn a_stream_found_at_no_url_is_polled_and_the_state_has_the_error() {
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
fn a_failing_stream_delays_text_by_at_most_one_poll() {
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
        // The pause before a poll is five seconds at most, and so is the limit of an attempt to open the stream.
        assert!(first_text(&story) <= 5_000, "{stream:?}: first text after {} ms", first_text(&story));
        let times: Vec<_> = story.items.iter().map(|item| item.at).collect();
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= 10_000), "{stream:?}: {times:?}");
        assert_eq!(story.text(), "abcd", "{stream:?}");
        assert!(story.states.iter().any(|state| matches!(state, CallState::Polling { reason: Some(_) })), "{stream:?}");
    }
}

#[test]
fn a_stream_that_can_be_opened_again_is_streamed_again() {
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
