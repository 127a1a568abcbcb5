//! The provider's protocol: one POST, then a poll every five seconds.

mod support;

use replicate_wasm::protocol::backend::homepage;
use replicate_wasm::protocol::http::{Expects, Request};
use serde_json::{Value as Json, json};
use std::collections::VecDeque;
use support::{Act, Reply, Story, header, homepage, homepage_at, is_create, ms, named};

const POST: &str = "https://homepage.replicate.com/api/prediction";
const POLL: &str = "https://homepage.replicate.com/api/poll?id=w1r2";

fn created() -> Reply {
    Reply::json(201, json!({"id": "w1r2", "status": "starting"}))
}

fn processing(output: Json) -> Reply {
    Reply::json(200, json!({"id": "w1r2", "status": "processing", "output": output}))
}

fn succeeded(output: Json) -> Reply {
    Reply::json(200, json!({"id": "w1r2", "status": "succeeded", "output": output}))
}

fn ended(status: &str, error: Json) -> Reply {
    Reply::json(200, json!({"id": "w1r2", "status": status, "error": error}))
}

/// Runs a prediction against these replies.
fn ask(model: &str, replies: impl IntoIterator<Item = Reply>) -> Story {
    homepage(model).ask(replies.into_iter().collect::<VecDeque<_>>())
}

/// Runs a prediction that ends with its first poll.
fn ask_once(model: &str, poll: Reply) -> Story {
    ask(model, [created(), poll])
}

#[test]
fn the_post_names_model_and_version_and_has_the_headers_of_the_original() {
    let story = ask_once("sdxl", succeeded(json!(["x"])));
    let (_, post) = &story.requests[0];
    assert_eq!((&*post.method, post.url.as_str()), ("POST", POST));
    assert!(is_create(post));
    let version = "5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f";
    assert_eq!(named(post), (Some("bytedance/sdxl-lightning-4step"), Some(version)));
    for (_, request) in &story.requests {
        assert_eq!(header(request, "accept"), Some("*/*"));
        assert_eq!(header(request, "accept-language"), Some("en-US,en;q=0.9"));
        assert!(!request.keepalive && request.expects == Expects::Json);
    }
}

#[test]
fn the_first_poll_is_sent_at_once_and_the_others_five_seconds_apart() {
    let polls = [processing(Json::Null), processing(json!([])), succeeded(json!(["Spring"]))];
    let story = ask("gemma-2b", std::iter::once(created().after(300)).chain(polls));
    let expected =
        [format!("0 POST {POST}"), format!("300 GET {POLL}"), format!("5300 GET {POLL}"), format!("10300 GET {POLL}")];
    assert_eq!(story.sent(), expected);
    assert_eq!((story.data(), story.code()), (vec!["Spring"], ""));
    assert_eq!(story.run.id(), Some("w1r2"));
}

#[test]
fn the_pause_begins_with_the_answer_and_not_with_the_request() {
    let story = ask("gemma-2b", [created(), processing(Json::Null).after(2_000), succeeded(json!(["x"]))]);
    let times: Vec<_> = story.requests.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [0, 0, 7_000]);
}

#[test]
fn thirty_polls_without_an_end_are_a_timeout_right_after_the_last() {
    let story = homepage("sd-3").ask(
        |_, request: &Request| {
            if request.method == "POST" { created() } else { processing(Json::Null) }
        },
    );
    assert_eq!(story.count("GET", "poll?id=w1r2"), 30);
    assert_eq!(story.ended_at, 29 * 5_000, "no pause follows the last poll");
    assert_eq!(story.code(), "timeout");
    let expected = "The prediction did not finish within 30 attempts, one every 5000 ms (maxAttempts, pollIntervalMs)";
    assert_eq!(story.message(), expected);
}

#[test]
fn a_success_at_the_last_poll_is_a_success() {
    let mut replies = vec![created()];
    replies.extend((0..29).map(|_| processing(Json::Null)));
    replies.push(succeeded(json!(["late"])));
    assert_eq!(ask("gemma-2b", replies).data(), ["late"]);
}

#[test]
fn the_interval_and_the_number_of_polls_are_options() {
    let client = homepage_at(homepage::BASE, "gemma-2b", ms(40), 3);
    let polls = (0..3).map(|_| processing(Json::Null));
    let story = client.ask(std::iter::once(created()).chain(polls).collect::<VecDeque<_>>());
    let times: Vec<_> = story.requests.iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [0, 0, 40, 80]);
    assert_eq!((story.code(), story.ended_at), ("timeout", 80));
}

#[test]
fn a_proxy_replaces_the_homepage_and_may_have_a_path() {
    let client = homepage_at("http://127.0.0.1:8787/relay", "gemma-2b", homepage::INTERVAL, homepage::ATTEMPTS);
    let story = client.ask(VecDeque::from([created(), succeeded(json!(["x"]))]));
    let expected =
        ["0 POST http://127.0.0.1:8787/relay/api/prediction", "0 GET http://127.0.0.1:8787/relay/api/poll?id=w1r2"];
    assert_eq!(story.sent(), expected);
}

#[test]
fn the_id_is_escaped_in_the_poll_url() {
    let hostile = Reply::json(201, json!({"id": "a&b=c"}));
    let story = ask("gemma-2b", [hostile, succeeded(json!(["x"]))]);
    assert_eq!(story.requests[1].1.url, "https://homepage.replicate.com/api/poll?id=a%26b%3Dc");
}

#[test]
fn new_chunks_of_a_text_are_yielded_once_at_each_poll() {
    let replies = [
        created(),
        processing(Json::Null),
        processing(json!(["Spring", " is"])),
        processing(json!(["Spring", " is"])),
        processing(json!(["Spring", " is", ""])),
        succeeded(json!(["Spring", " is", "", " here", "."])),
    ];
    let story = ask("gemma-2b", replies);
    let got: Vec<_> = story.items.iter().map(|item| (item.at, item.data.as_str())).collect();
    let expected = [(5_000, "Spring"), (5_000, " is"), (15_000, ""), (20_000, " here"), (20_000, ".")];
    assert_eq!((got.as_slice(), story.code()), (&expected[..], ""));
}

#[test]
fn falsy_chunks_are_yielded() {
    let story = ask_once("gemma-2b", succeeded(json!(["", "0", "false", "null", "\n"])));
    assert_eq!(story.data(), ["", "0", "false", "null", "\n"]);
}

#[test]
fn an_output_of_one_string_is_yielded_at_the_end_only() {
    let story = ask(
        "gemma-2b",
        [created(), processing(json!("Spr")), processing(json!("Spring i")), succeeded(json!("Spring is"))],
    );
    assert_eq!(story.data(), ["Spring is"]);
    assert_eq!(ask_once("gemma-2b", succeeded(json!(""))).data(), [""]);
}

#[test]
fn images_are_yielded_in_order_at_the_end_only() {
    let [a, b] = ["https://replicate.delivery/x/out-0.png", "https://replicate.delivery/x/out-1.png"];
    let story = ask("sd-3", [created(), processing(json!([a])), succeeded(json!([a, b]))]);
    let got: Vec<_> = story.items.iter().map(|item| (item.at, item.data.as_str())).collect();
    assert_eq!(got, [(5_000, a), (5_000, b)]);
    assert_eq!(ask_once("sd-3", succeeded(json!(a))).data(), [a], "one image may come as a string");
}

#[test]
fn a_success_with_an_unexpected_output_is_a_protocol_error() {
    for output in
        [json!(null), json!(7), json!(true), json!({"url": "x"}), json!([null]), json!([["x"]]), json!([{"url": "x"}])]
    {
        for model in ["gemma-2b", "sd-3"] {
            let story = ask_once(model, succeeded(output.clone()));
            assert_eq!(story.code(), "protocol", "{model}: {output}");
            assert_eq!(story.message(), format!("The prediction succeeded with an unexpected output: {output}"));
            assert!(story.items.is_empty());
        }
    }
    let no_image = ask_once("sd-3", succeeded(json!([])));
    assert_eq!(no_image.message(), "The prediction succeeded with an unexpected output: []");
    let missing = ask_once("gemma-2b", Reply::json(200, json!({"id": "w1r2", "status": "succeeded"})));
    assert_eq!(missing.message(), "The prediction succeeded with an unexpected output: null");
}

#[test]
fn an_empty_list_of_a_text_model_yields_nothing() {
    let story = ask_once("gemma-2b", succeeded(json!([])));
    assert_eq!((story.code(), story.data()), ("", vec![]));
}

#[test]
fn each_unsuccessful_end_has_its_own_code() {
    let nsfw = ask_once("sd-3", ended("failed", json!("NSFW content detected")));
    assert_eq!((nsfw.code(), nsfw.message().as_str()), ("failed", "Prediction failed: NSFW content detected"));
    for (status, message) in
        [("failed", "Prediction failed"), ("canceled", "Prediction canceled"), ("aborted", "Prediction aborted")]
    {
        let story = ask_once("gemma-2b", ended(status, Json::Null));
        assert_eq!((story.code(), story.message().as_str()), (status, message));
        assert_eq!(story.requests.len(), 2, "nothing follows");
    }
}

#[test]
fn chunks_before_a_failure_are_delivered() {
    let story = ask("gemma-2b", [created(), processing(json!(["Spr"])), ended("failed", json!("out of memory"))]);
    assert_eq!((story.data(), story.code()), (vec!["Spr"], "failed"));
    assert_eq!(story.run.delivery.partial(), b"Spr");
}

#[test]
fn any_error_status_is_an_error_without_a_retry() {
    for status in [301, 400, 401, 403, 404, 422, 429, 500, 502, 503, 504] {
        let refusal = || Reply::json(status, json!({"detail": "No"})).retry_after(1.0);
        let post = ask("gemma-2b", [refusal()]);
        let expected = format!("POST {POST} was answered with status {status}: No");
        assert_eq!((post.code(), post.message(), post.ended_at), ("http", expected, 0));
        let poll = ask("gemma-2b", [created(), processing(json!(["a"])), refusal()]);
        let expected = format!("GET https://homepage.replicate.com/api/poll was answered with status {status}: No");
        assert_eq!((poll.code(), poll.message(), poll.ended_at), ("http", expected, 5_000));
        assert_eq!(poll.data(), ["a"]);
    }
}

#[test]
fn a_connection_error_is_an_error_without_a_retry() {
    for reply in [Reply::lost(), Reply::unsent()] {
        let story = ask("gemma-2b", [reply.clone()]);
        let expected = format!("No answer to POST {POST}: connection reset");
        assert_eq!((story.code(), story.message().as_str()), ("network", expected.as_str()));
        assert_eq!(ask("gemma-2b", [created(), reply]).code(), "network");
    }
}

#[test]
fn a_server_that_never_answers_is_a_timeout() {
    let story = ask("gemma-2b", [Reply::silence()]);
    assert_eq!((story.code(), story.ended_at), ("timeout", 30_000));
    assert!(story.message().ends_with("(connectTimeoutMs)"), "{}", story.message());
}

#[test]
fn json_inside_html_is_read_from_the_post_and_from_a_poll() {
    let wrap = |json: Json| Reply::text(200, &format!("<!doctype html><script>a={{}}</script><pre>{json}</pre>"));
    let post = wrap(json!({"id": "w1r2", "status": "starting"}));
    let story = ask("gemma-2b", [post, wrap(json!({"id": "w1r2", "status": "succeeded", "output": ["{x}"]}))]);
    assert_eq!((story.data(), story.code()), (vec!["{x}"], ""));
}

#[test]
fn the_error_of_an_answer_without_json_shows_its_text_shortened() {
    let page = format!("<html>\n<body>  Down for maintenance {}", "x".repeat(5_000));
    let post = ask("gemma-2b", [Reply::text(200, &page)]);
    let poll = ask("gemma-2b", [created(), Reply::text(200, &page)]);
    for (story, line) in [(post, format!("POST {POST}")), (poll, "GET https://homepage.replicate.com/api/poll".into())]
    {
        assert_eq!(story.code(), "protocol");
        let start = format!("The answer to {line} is not JSON: <html> <body> Down for maintenance xxx");
        assert!(story.message().starts_with(&start), "{}", story.message());
        assert!(story.message().ends_with('…') && story.message().len() < 400);
    }
}

#[test]
fn an_answer_without_an_id_or_a_status_is_a_protocol_error() {
    let no_id = ask("gemma-2b", [Reply::json(200, json!({"status": "starting"}))]);
    assert_eq!((no_id.code(), no_id.message().as_str()), ("protocol", "The answer to the create has no id"));
    let no_status = ask("gemma-2b", [created(), Reply::json(200, json!({"id": "w1r2"}))]);
    assert_eq!((no_status.code(), no_status.message().as_str()), ("protocol", "The prediction has no status"));
    let empty = ask("gemma-2b", [created(), Reply::text(200, "")]);
    assert_eq!(empty.code(), "protocol");
}

#[test]
fn only_the_id_is_read_from_the_answer_to_the_post() {
    let early = Reply::json(201, json!({"id": "w1r2", "status": "failed", "error": "stale"}));
    assert_eq!(ask("gemma-2b", [early, succeeded(json!(["x"]))]).data(), ["x"]);
}

#[test]
fn an_unknown_status_is_polled_again() {
    let odd = Reply::json(200, json!({"id": "w1r2", "status": "queued"}));
    assert_eq!(ask("gemma-2b", [created(), odd, succeeded(json!(["x"]))]).data(), ["x"]);
}

#[test]
fn a_reader_who_leaves_ends_the_polls_and_cancels_nothing() {
    for at in [0, 1, 2_000, 7_000] {
        let server = |_: u32, request: &Request| {
            if request.method == "POST" { created().after(1) } else { processing(json!(["a"])).after(1) }
        };
        let story = homepage("gemma-2b").driver(server).at(at, Act::Leave(true)).go();
        assert_eq!((story.code(), story.ended_at), ("", at));
        assert_eq!(story.count("POST", "/cancel"), 0);
        assert!(story.requests.iter().all(|(sent, _)| *sent <= at));
    }
}

#[test]
fn a_page_that_becomes_visible_polls_at_once() {
    let replies = VecDeque::from([created(), processing(Json::Null), succeeded(json!(["x"]))]);
    let story = homepage("gemma-2b").driver(replies).at(1_200, Act::Wake).go();
    let times: Vec<_> = story.requests.iter().map(|(at, _)| *at).collect();
    assert_eq!((times, story.data()), (vec![0, 0, 1_200], vec!["x"]));
}
