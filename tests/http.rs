//! URLs and answers: where requests go, which hosts may get the token, what an answer means.

mod support;

use replicate_wasm::protocol::address::{API, is_segment, may_see_token, origin, rebase, segment};
use replicate_wasm::protocol::backend::Wait;
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::Goal;
use support::{Reply, Story, homepage, ms, replicate};

#[test]
fn the_origin_is_everything_before_the_path() {
    let table = [
        ("https://api.replicate.com/v1", "https://api.replicate.com"),
        ("https://api.replicate.com", "https://api.replicate.com"),
        ("https://api.replicate.com?x=1", "https://api.replicate.com"),
        ("https://api.replicate.com#x", "https://api.replicate.com"),
        ("https://api.replicate.com\\@evil.example/", "https://api.replicate.com"),
        ("http://127.0.0.1:8787/relay/v1", "http://127.0.0.1:8787"),
        ("http://[::1]:8787/x", "http://[::1]:8787"),
        ("", ""),
        ("/v1/predictions", ""),
    ];
    for (url, expected) in table {
        assert_eq!(origin(url), expected, "{url}");
    }
}

#[test]
fn the_token_goes_to_the_base_url_and_to_replicates_stream_host_only() {
    let yes = [
        ("https://api.replicate.com/v1/predictions", API),
        ("https://stream.replicate.com/v1/files/x", API),
        ("https://relay.example/v1/predictions/p1", "https://relay.example/v1"),
        ("http://127.0.0.1:8787/relay/v1/predictions", "http://127.0.0.1:8787/relay/v1"),
    ];
    for (url, base) in yes {
        assert!(may_see_token(url, base), "{url} under {base}");
    }
    let no = [
        // Hosts that look like Replicate's.
        ("https://api.replicate.com.evil.example/v1", API),
        ("https://evil.example/https://api.replicate.com/v1", API),
        ("https://api.replicate.com@evil.example/v1", API),
        ("https://api.replicate.com:evil@evil.example/v1", API),
        ("https://stream.replicate.com.evil.example/x", API),
        ("https://stream.replicate.com@evil.example/x", API),
        ("https://xstream.replicate.com/x", API),
        ("https://replicate.com/x", API),
        ("https://replicate.delivery/x.png", API),
        // Spellings that another parser may read as another host.
        ("https:\\\\stream.replicate.com\\x", API),
        ("https:/stream.replicate.com/x", API),
        ("https:stream.replicate.com/x", API),
        ("//stream.replicate.com/x", API),
        (" https://stream.replicate.com/x", API),
        ("https://stream.replicate.com./x", API),
        ("https://STREAM.replicate.com/x", API),
        ("https://user@stream.replicate.com/x", API),
        ("https://stream\t.replicate.com/x", API),
        ("https://evil.example\\@stream.replicate.com/x", API),
        ("https://evil.example#@stream.replicate.com/x", API),
        // Another port or protocol is another origin.
        ("https://stream.replicate.com:8443/x", API),
        ("http://stream.replicate.com/x", API),
        ("http://api.replicate.com/v1", API),
        ("https://api.replicate.com:444/v1", API),
        ("ftp://api.replicate.com/v1", API),
        ("data:text/plain,x", API),
        ("", API),
        // The token of a relay goes to the relay only.
        ("https://stream.replicate.com/x", "https://relay.example/v1"),
        ("https://api.replicate.com/v1/predictions", "https://relay.example/v1"),
        ("https://relay.example.evil.example/v1", "https://relay.example/v1"),
        ("http://127.0.0.1:8788/v1", "http://127.0.0.1:8787/v1"),
        ("http://localhost:8787/v1", "http://127.0.0.1:8787/v1"),
    ];
    for (url, base) in no {
        assert!(!may_see_token(url, base), "{url} under {base}");
    }
}

#[test]
fn replicates_urls_are_moved_under_the_base_url() {
    let relay = "https://relay.example/replicate/v1";
    let table = [
        ("/predictions", "https://relay.example/replicate/v1/predictions"),
        ("predictions?cursor=a", "https://relay.example/replicate/v1/predictions?cursor=a"),
        (
            "https://api.replicate.com/v1/predictions?cursor=a",
            "https://relay.example/replicate/v1/predictions?cursor=a",
        ),
        ("http://api.replicate.com/v1/predictions", "https://relay.example/replicate/v1/predictions"),
        ("https://api.replicate.com/v1?x", "https://relay.example/replicate/v1?x"),
        ("https://api.replicate.com/v1", relay),
        // Not Replicate's API: unchanged.
        ("https://api.replicate.com/v10/x", "https://api.replicate.com/v10/x"),
        ("https://api.replicate.com/v1@evil.example", "https://api.replicate.com/v1@evil.example"),
        ("https://api.replicate.com.evil.example/v1/x", "https://api.replicate.com.evil.example/v1/x"),
        ("https://stream.replicate.com/v1/x", "https://stream.replicate.com/v1/x"),
    ];
    for (route, expected) in table {
        assert_eq!(rebase(route, relay), expected, "{route}");
    }
    assert_eq!(rebase("https://api.replicate.com/v1/models", API), "https://api.replicate.com/v1/models");
}

#[test]
fn a_url_of_a_relay_that_takes_itself_for_another_host_is_moved_under_the_base_url() {
    let relay = "https://page.example/api/v1/replicate/v1";
    let table = [
        (
            "http://localhost:3000/v1/predictions?cursor=a",
            "https://page.example/api/v1/replicate/v1/predictions?cursor=a",
        ),
        (
            "https://page.example/v1/models/a/v1/versions",
            "https://page.example/api/v1/replicate/v1/models/a/v1/versions",
        ),
        ("https://other.example/api/v1/replicate/v1/files/f1", "https://page.example/api/v1/replicate/v1/files/f1"),
        // Its own URLs, and URLs that are no route of the API: unchanged.
        ("https://page.example/api/v1/replicate/v1/files/f1", "https://page.example/api/v1/replicate/v1/files/f1"),
        ("https://replicate.delivery/x/out-0.png", "https://replicate.delivery/x/out-0.png"),
        ("https://other.example/x?to=/v1/files/f1", "https://other.example/x?to=/v1/files/f1"),
    ];
    for (route, expected) in table {
        assert_eq!(rebase(route, relay), expected, "{route}");
    }
}

#[test]
fn an_id_that_is_not_one_path_segment_is_refused() {
    for id in ["w1r2-x_y.z~0", "a:b", "...", "日本", "a&b=c"] {
        assert!(is_segment(id), "{id}");
    }
    let hostile = ["", ".", "..", "a/b", "../x", "a\\b", "a?b", "a#b", "%2e%2e", "a b", "a\nb", "a\0"];
    for id in hostile {
        assert!(!is_segment(id), "{id:?}");
        if !id.is_empty() {
            let created = Reply::json(201, serde_json::json!({"id": id, "status": "starting"}));
            let story = replicate(Wait::Stream, Goal::Text).ask(std::collections::VecDeque::from([created]));
            assert_eq!((story.code(), story.requests.len()), ("protocol", 1), "{id:?}");
        }
        let resumed = replicate(Wait::Stream, Goal::Text).resume(id, Default::default());
        let story = resumed.ask(std::collections::VecDeque::new());
        assert_eq!((story.code(), story.requests.len()), ("invalid_argument", 0), "{id:?}");
    }
}

#[test]
fn any_text_is_escaped_to_one_path_segment() {
    let table = [
        ("w1r2-x_y.z~0", "w1r2-x_y.z~0"),
        ("../../account", "..%2F..%2Faccount"),
        ("a?b#c&d=e", "a%3Fb%23c%26d%3De"),
        ("a b%20", "a%20b%2520"),
        ("é😀", "%C3%A9%F0%9F%98%80"),
        ("\r\n\0\\", "%0D%0A%00%5C"),
        ("", ""),
    ];
    for (text, expected) in table {
        assert_eq!(segment(text), expected, "{text:?}");
    }
}

#[test]
fn a_request_line_has_neither_query_nor_fragment_and_no_path_when_the_url_is_secret() {
    let line = |url: &str, hidden_url| Request { hidden_url, ..Request::new("GET", url.to_owned()) }.line().to_string();
    assert_eq!(line("https://files.example/a/b?signature=abc#frag?ment", false), "GET https://files.example/a/b");
    assert_eq!(line("https://files.example/a#token=1", false), "GET https://files.example/a");
    let stream = "https://stream.replicate.com/v1/files/secret?x=1";
    assert_eq!(line(stream, false), "GET https://stream.replicate.com/v1/files/secret");
    assert_eq!(line(stream, true), "GET https://stream.replicate.com");
}

#[test]
fn the_detail_of_an_http_error_is_the_servers_text() {
    let long = "x".repeat(300);
    let table = [
        (
            r#"{"title": "Unauthenticated", "detail": "You did not pass a token"}"#.to_owned(),
            "You did not pass a token".to_owned(),
        ),
        (r#"{"title": "Not found"}"#.to_owned(), "Not found".to_owned()),
        (r#"{"error": "no such route", "title": "Not found"}"#.to_owned(), "no such route".to_owned()),
        (r#"{"detail": [{"loc": ["input"]}]}"#.to_owned(), r#"[{"loc":["input"]}]"#.to_owned()),
        ("<h1>Bad\n\n  Gateway</h1>".to_owned(), "<h1>Bad Gateway</h1>".to_owned()),
        (String::new(), String::new()),
        (long.clone(), format!("{}…", &long[..200])),
    ];
    for (text, expected) in table {
        let story = replicate(Wait::Stream, Goal::Text).ask(Reply::text(422, &text));
        let detail = story.error.as_ref().and_then(|error| error.detail()).unwrap_or_default();
        assert_eq!(detail, expected, "{text}");
    }
}

#[test]
fn the_error_of_an_answer_that_is_no_prediction_shows_its_text_shortened() {
    let read = |text: &str| -> Story {
        let created = Reply::text(200, r#"{"id": "p1"}"#);
        homepage("gemma-2b").ask(std::collections::VecDeque::from([created, Reply::text(200, text)]))
    };
    let html = read(&format!("<html>\n<body>   Please wait {}</body>", "…".repeat(300)));
    assert_eq!(html.code(), "protocol");
    let start = "The answer to GET https://homepage.replicate.com/api/poll is not JSON: <html> <body> Please wait …";
    assert!(html.message().starts_with(start), "{}", html.message());
    assert!(html.message().chars().count() < 300, "{}", html.message());
    let other = read(r#"{"hello": "world"}"#);
    assert!(other.message().ends_with(r#"has neither id nor status: {"hello":"world"}"#), "{}", other.message());
    let within = r#"<pre>{"id": "p1", "status": "succeeded", "output": "x"}</pre>"#;
    let story = replicate(Wait::Poll(ms(500)), Goal::Text).ask(Reply::text(200, within));
    assert_eq!((story.text().as_str(), story.run.id()), ("x", Some("p1")), "the JSON inside the HTML is read");
}

#[test]
fn an_unknown_status_is_read_as_processing() {
    use replicate_wasm::protocol::prediction::Status;
    let names = ["starting", "processing", "succeeded", "failed", "canceled", "aborted"];
    assert_eq!(names.map(|name| Status::read(name).name()), names);
    assert_eq!(names.map(|name| Status::read(name).is_terminal()), [false, false, true, true, true, true]);
    for name in ["queued", "", "Succeeded", "cancelled"] {
        assert_eq!(Status::read(name), Status::Processing, "{name}");
    }
}
