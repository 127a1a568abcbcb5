//! Creates. Each may cost, so a create is sent again only when the server has surely not accepted it.

mod support;

use replicate_wasm::protocol::backend::{Backend, CancelAfter, Expects, Wait};
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::run::Goal;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{BASE, Client, Ms, Reply, STREAM, Story, header, is_create, ms, named, prediction, replicate};

fn done() -> Reply {
    Reply::json(201, json!({"id": "p1", "status": "succeeded", "output": ["x"]}))
}

fn client() -> Client {
    replicate(Wait::Stream, Goal::Text)
}

fn ask(replies: impl IntoIterator<Item = Reply>) -> Story {
    client().ask(replies.into_iter().collect::<VecDeque<_>>())
}

#[test]
fn a_version_goes_into_the_body_and_a_model_into_the_url() {
    let story = client().version("v1").ask(done());
    let (_, request) = &story.requests[0];
    assert_eq!((&*request.method, request.url.as_str()), ("POST", "https://api.replicate.com/v1/predictions"));
    assert_eq!(named(request), (None, Some("v1")));
    let story = client().model("acme/verse").ask(done());
    let (_, request) = &story.requests[0];
    assert_eq!(request.url, "https://api.replicate.com/v1/models/acme/verse/predictions");
    assert!(is_create(request));
    assert_eq!(named(request), (None, None));
}

#[test]
fn sync_mode_sends_prefer_wait_and_extends_the_connect_timeout() {
    let prefer =
        |wait| header(&replicate(wait, Goal::Snapshots).ask(done()).requests[0].1, "prefer").map(str::to_owned);
    assert_eq!(prefer(Wait::Block(None)).as_deref(), Some("wait"));
    assert_eq!(prefer(Wait::Block(Some(7))).as_deref(), Some("wait=7"));
    assert_eq!(prefer(Wait::Poll(ms(500))), None);
    assert_eq!(prefer(Wait::Stream), None);
    // The answer may take as long as the requested wait plus the connect timeout.
    let story = replicate(Wait::Block(Some(7)), Goal::Snapshots).ask(done().after(36_999));
    assert_eq!(story.code(), "");
    let story = replicate(Wait::Block(None), Goal::Snapshots).ask(done().after(89_999));
    assert_eq!(story.code(), "");
    let late = replicate(Wait::Block(Some(7)), Goal::Snapshots).ask(Reply::silence());
    assert_eq!((late.code(), late.ended_at), ("unknown_outcome", 37_000));
}

#[test]
fn a_create_of_the_users_own_waits_as_long_as_its_header_lets_the_server_wait() {
    for (prefer, limit) in [("wait", 90_000), ("wait=10", 40_000), ("wait=900", 90_000), ("respond-async", 30_000)] {
        let mut client = replicate(Wait::Stream, Goal::Snapshots);
        let plain = Backend::plain(BASE.to_owned(), "POST".to_owned(), "/predictions", Expects::Raw);
        client.backend = plain.with_prefer(prefer);
        let story = client.ask(Reply::silence());
        assert_eq!((story.code(), story.ended_at), ("unknown_outcome", limit), "{prefer}");
    }
}

#[test]
fn a_create_with_a_lost_answer_is_not_sent_again() {
    let story = ask([Reply::lost()]);
    assert_eq!((story.code(), story.creates()), ("unknown_outcome", 1));
    for reply in [Reply::text(502, "<h1>Bad Gateway</h1>"), Reply::text(504, "")] {
        let story = ask([reply]);
        assert_eq!((story.code(), story.creates()), ("unknown_outcome", 1));
    }
}

#[test]
fn a_create_whose_answer_cannot_be_read_has_an_unknown_outcome() {
    let table = [
        "<html>captive portal</html>",
        "",
        r#"{"id": "p1", "status": "star"#,
        r#"{"status": "starting"}"#,
        "[]",
        "{}",
        r#"{"id": ""}"#,
    ];
    for text in table {
        let story = ask([Reply::text(201, text)]);
        assert_eq!((story.code(), story.creates()), ("unknown_outcome", 1), "{text}");
    }
}

#[test]
fn a_create_without_an_answer_times_out_and_is_not_sent_again() {
    let story = ask([Reply::silence()]);
    assert_eq!((story.code(), story.creates(), story.ended_at), ("unknown_outcome", 1, 30_000));
    let expected = format!(
        "The server may have accepted POST {BASE}/predictions. Look for it among your predictions before you send it \
         again, since each prediction may cost: no answer within 30000 ms (connectTimeoutMs)"
    );
    assert_eq!(story.message(), expected);
}

#[test]
fn a_create_with_any_other_error_status_is_not_sent_again() {
    for status in [400, 402, 404, 409, 422, 500, 503] {
        let story = ask([Reply::json(status, json!({"title": "No", "detail": "Because"}))]);
        assert_eq!((story.code(), story.creates()), ("http", 1), "{status}");
        let expected = format!("POST {BASE}/predictions was answered with status {status}: Because");
        assert_eq!(story.message(), expected);
    }
}

#[test]
fn a_create_answered_with_429_is_sent_again_after_the_pause_the_server_asks_for() {
    let busy = || Reply::json(429, json!({"detail": "Request was throttled."}));
    let story = ask([
        busy().retry_after(7.0),
        Reply::json(429, json!({"retry_after": 2})),
        busy(),
        busy().retry_after(9999.0),
        done(),
    ]);
    let times: Vec<_> = story.requests.iter().map(|(at, _)| *at).collect();
    // The header's seconds, the body's seconds, the shortest third backoff, and the cap.
    assert_eq!(times, [0, 7_000, 9_000, 10_000, 70_000]);
    assert_eq!((story.data(), story.code()), (vec!["x"], ""));
}

#[test]
fn a_create_fails_when_the_server_stays_busy_for_all_retries() {
    let story = client().with(|options| options.max_retries = 2).ask(Reply::text(429, "slow").retry_after(1.0));
    assert_eq!((story.code(), story.creates(), story.ended_at), ("http", 3, 2_000));
}

#[test]
fn a_create_that_was_never_sent_is_sent_again() {
    let story = ask([Reply::unsent(), Reply::unsent(), done()]);
    assert_eq!((story.data(), story.creates()), (vec!["x"], 3));
    let story = client().ask(Reply::unsent());
    assert_eq!((story.code(), story.creates()), ("network", 6));
}

#[test]
fn a_refused_token_is_renewed_once() {
    let refused = || Reply::json(401, json!({"detail": "Invalid token"}));
    let story = client().renewable().ask(VecDeque::from([refused(), done()]));
    let renewed: Vec<_> = story.requests.iter().map(|(at, request)| (*at, request.renew_token)).collect();
    assert_eq!((renewed, story.data()), (vec![(0, false), (0, true)], vec!["x"]));
    let story = client().renewable().ask(refused());
    assert_eq!((story.code(), story.requests.len()), ("http", 2));
    let story = client().ask(refused());
    assert_eq!((story.code(), story.requests.len()), ("http", 1));
}

#[test]
fn a_token_that_expires_later_is_renewed_each_time() {
    let starting = || Reply::json(200, json!({"id": "p1", "status": "starting"}));
    let refused = || Reply::text(401, "");
    let replies = [refused(), starting(), refused(), starting(), refused(), done()];
    let story = client().renewable().ask(VecDeque::from(replies));
    let renewed: Vec<_> = story.requests.iter().map(|(_, request)| request.renew_token).collect();
    assert_eq!(renewed, [false, true, false, true, false, true]);
    assert_eq!(story.creates(), 2);
}

#[test]
fn a_stream_whose_token_was_renewed_is_opened_for_the_first_time() {
    let mut opens = 0;
    let server = move |_: Ms, request: &Request| match request.url.as_str() {
        STREAM => {
            opens += 1;
            match opens {
                1 => Reply::text(401, ""),
                _ => Reply::events("event: output\nid: 1:0\ndata: x\n\nevent: done\nid: 1:1\ndata: {}\n\n"),
            }
        }
        _ if is_create(request) => prediction("processing", Json::Null),
        _ => panic!("{} {}: nothing has to be polled", request.method, request.url),
    };
    let story = client().renewable().ask(server);
    assert_eq!((story.text().as_str(), story.code(), story.requests.len()), ("x", "", 3));
}

#[test]
fn a_community_model_runs_its_latest_version_after_one_look_up() {
    let server =
        |_: u32, request: &Request| match (&*request.method, request.url.strip_prefix(BASE).unwrap_or_default()) {
            ("POST", "/models/acme/verse/predictions") => Reply::json(404, json!({"detail": "Not found"})),
            ("GET", "/models/acme/verse") => Reply::json(200, json!({"latest_version": {"id": "v7"}})),
            ("POST", "/predictions") => done(),
            _ => panic!("{} {}", request.method, request.url),
        };
    let story = client().model("acme/verse").ask(server);
    assert_eq!((story.requests.len(), story.data()), (3, vec!["x"]));
    assert!(is_create(&story.requests[2].1));
    assert_eq!(named(&story.requests[2].1).1, Some("v7"));
}

#[test]
fn a_missing_model_or_version_is_the_error_of_the_look_up() {
    let by_name = || client().model("acme/verse");
    let story = by_name().ask(Reply::json(404, json!({"detail": "Not found"})));
    assert_eq!((story.code(), story.requests.len()), ("http", 2));
    assert_eq!(story.message(), format!("GET {BASE}/models/acme/verse was answered with status 404: Not found"));
    // A regression test: an empty version led to an endless loop of look-ups.
    let empty = json!({"latest_version": {"id": ""}});
    for model in [json!({"latest_version": null}), json!({"latest_version": {}}), empty, json!([])] {
        let story = by_name().ask(VecDeque::from([Reply::text(404, ""), Reply::json(200, model)]));
        assert_eq!((story.code(), story.requests.len()), ("protocol", 2));
    }
}

#[test]
fn a_create_by_version_that_gets_404_makes_no_look_up() {
    let story = ask([Reply::text(404, "")]);
    assert_eq!((story.code(), story.requests.len()), ("http", 1));
}

#[test]
fn a_create_by_the_found_version_that_gets_404_makes_no_second_look_up() {
    let found = Reply::json(200, json!({"latest_version": {"id": "v7"}}));
    let replies = VecDeque::from([Reply::text(404, ""), found, Reply::text(404, "")]);
    let story = client().model("acme/verse").ask(replies);
    assert_eq!((story.code(), story.requests.len()), ("http", 3));
}

#[test]
fn cancel_after_goes_with_creates_only() {
    let five = || Some(CancelAfter::read("5m").expect("a duration"));
    let mut client = client();
    client.backend = client.backend.with_cancel_after(five());
    let starting = Reply::json(201, json!({"id": "p1", "status": "starting"}));
    let story = client.ask(VecDeque::from([Reply::text(429, ""), starting, done()]));
    let sent: Vec<_> = story.requests.iter().map(|(_, request)| header(request, "cancel-after")).collect();
    assert_eq!(sent, [Some("5m"), Some("5m"), None]);
    // Requests of the user: two that create, and one that does not.
    for (route, expected) in
        [("/predictions", Some("5m")), ("/deployments/a/b/predictions", Some("5m")), ("/files", None)]
    {
        let mut client = replicate(Wait::Stream, Goal::Snapshots);
        let plain = Backend::plain(BASE.to_owned(), "POST".to_owned(), route, Expects::Json);
        client.backend = plain.with_cancel_after(five());
        assert_eq!(header(&client.ask(done()).requests[0].1, "cancel-after"), expected, "{route}");
    }
}

#[test]
fn cancel_after_must_be_a_duration() {
    for text in ["90s", "5m", "1h", "1h30m", "1h30m45s", "2m5s"] {
        assert_eq!(CancelAfter::read(text).map(|time| time.as_str().to_owned()), Ok(text.to_owned()));
    }
    for text in
        ["", "s", "0s", "90", "90 s", "5x", "-5s", "1.5m", "5m1h", "5s5s", "1h30", "90s\r\nx: y", "٣s", "123456s"]
    {
        let error = CancelAfter::read(text).expect_err(text);
        let expected = format!("The option cancelAfter must be a duration like 90s, 1m or 1h30m, not \"{text}\"");
        assert_eq!((error.code().name(), error.message()), ("invalid_argument", expected.as_str()));
    }
}
