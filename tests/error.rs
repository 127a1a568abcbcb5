//! Errors: each message is one sentence without secrets, and each code is in the types.

mod support;

use replicate_wasm::protocol::backend::{Backend, Expects, Wait};
use replicate_wasm::protocol::error::{Code, Error, RequestLine, shorten};
use replicate_wasm::protocol::http::Request;
use replicate_wasm::protocol::prediction::Status;
use replicate_wasm::protocol::run::Goal;
use serde_json::json;
use std::collections::VecDeque;
use std::time::Duration;
use support::{BASE, Reply, ms, replicate};

const TYPES: &str = include_str!("../src/npm/types.d.ts");

fn line() -> RequestLine {
    let url = "https://api.replicate.com/v1/predictions?token=r8_secret#r8_secret";
    Request::new("POST", url.to_owned()).line()
}

/// An error of each kind, with its code and its message.
fn all() -> Vec<(Error, &'static str, &'static str)> {
    let http = |detail: &str| Error::http(line(), 422, detail.into());
    let ended = |status, detail: &str| Error::ended(status, detail.into());
    vec![
        (
            Error::new(Code::InvalidArgument, "The option model is empty"),
            "invalid_argument",
            "The option model is empty",
        ),
        (
            Error::network(line(), "connection reset".into()),
            "network",
            "No answer to POST https://api.replicate.com/v1/predictions: connection reset",
        ),
        (
            http("Invalid version"),
            "http",
            "POST https://api.replicate.com/v1/predictions was answered with status 422: Invalid version",
        ),
        (http(""), "http", "POST https://api.replicate.com/v1/predictions was answered with status 422"),
        (Error::protocol("The prediction has no status"), "protocol", "The prediction has no status"),
        (Error::interrupted("stream", "it ended"), "interrupted", "The stream was interrupted: it ended"),
        (
            Error::unknown_outcome(line(), None, "connection reset".into()),
            "unknown_outcome",
            "The server may have accepted POST https://api.replicate.com/v1/predictions. \
             Look for it among your predictions before you send it again, since each prediction may cost: connection reset",
        ),
        (ended(Status::Failed, "NSFW content detected"), "failed", "Prediction failed: NSFW content detected"),
        (ended(Status::Failed, ""), "failed", "Prediction failed"),
        (ended(Status::Canceled, ""), "canceled", "Prediction canceled"),
        (ended(Status::Aborted, ""), "aborted", "Prediction aborted"),
        (
            Error::unanswered(line(), Duration::from_secs(30), Some("connectTimeoutMs")),
            "timeout",
            "No answer to POST https://api.replicate.com/v1/predictions within 30000 ms (connectTimeoutMs)",
        ),
    ]
}

#[test]
fn each_message_is_one_capitalised_sentence() {
    for (error, code, message) in all() {
        assert_eq!(error.code().name(), code);
        assert_eq!(error.message(), message);
        assert_eq!(error.to_string(), message, "Display is the message");
        assert!(message.starts_with(|first: char| first.is_uppercase()), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn no_message_contains_a_token_or_the_query_of_a_url() {
    for (error, ..) in all() {
        let shown = [error.message().to_owned(), format!("{error:?}")].concat();
        assert!(!shown.contains("r8_") && !shown.contains("token="), "{shown}");
    }
}

#[test]
fn the_types_list_exactly_the_codes() {
    let (_, rest) = TYPES.split_once("export type ErrorCode =").expect("the type of the codes");
    let (union, _) = rest.split_once("\";").expect("its end");
    let members = union.lines().filter_map(|line| line.trim().strip_prefix("| \""));
    let mut listed: Vec<_> = members.map(|member| member.trim_end_matches('"')).collect();
    let mut codes = Code::ALL.map(Code::name).to_vec();
    listed.sort_unstable();
    codes.sort_unstable();
    assert_eq!(listed, codes);
}

#[test]
fn a_servers_text_has_its_white_space_folded_and_is_cut_at_two_hundred_characters() {
    assert_eq!(shorten("  a\n\n\tb  c "), "a b c");
    assert_eq!(shorten(""), "");
    assert_eq!(shorten(&"é".repeat(200)), "é".repeat(200));
    assert_eq!(shorten(&"é".repeat(201)), format!("{}…", "é".repeat(200)));
    let words = "日本 ".repeat(100_000);
    assert_eq!(shorten(&words).chars().count(), 201);
}

#[test]
fn an_error_has_the_size_of_a_pointer_and_is_send_sync_and_clone() {
    fn fits<T: std::error::Error + Clone + Send + Sync + 'static>() {}
    fits::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

#[test]
fn an_error_carries_the_id_logs_and_partial_text_of_its_prediction() {
    let starting = Reply::json(201, json!({"id": "p1", "status": "starting", "output": ["a"]}));
    let failed =
        json!({"id": "p1", "status": "failed", "error": "out of memory", "logs": "10%\n", "output": ["a", "b"]});
    let replies = VecDeque::from([starting, Reply::json(200, failed)]);
    let error = replicate(Wait::Poll(ms(500)), Goal::Text).ask(replies).error.expect("an error");
    assert_eq!((error.prediction_id(), error.logs(), error.partial()), (Some("p1"), Some("10%\n"), Some("ab")));
    let error = replicate(Wait::Stream, Goal::Text).ask(Reply::text(422, "No")).error.expect("an error");
    assert_eq!((error.prediction_id(), error.logs(), error.partial()), (None, None, None));
}

#[test]
fn a_create_that_may_have_been_accepted_says_what_to_do() {
    for reply in [
        Reply::lost(),
        Reply::silence(),
        Reply::text(200, "<html>"),
        Reply::text(201, ""),
        Reply::text(201, r#"{"id": "p"#),
    ] {
        // A stream, a call that waits, and requests of the user to a model and to a deployment.
        let plain = |route: &str| {
            let mut client = replicate(Wait::Stream, Goal::Snapshots);
            client.backend = Backend::plain(BASE.to_owned(), "POST".to_owned(), route, Expects::Json);
            client
        };
        let clients = [
            replicate(Wait::Stream, Goal::Text),
            replicate(Wait::Block(None), Goal::Snapshots),
            plain("/predictions"),
            plain("/deployments/acme/verse/predictions"),
        ];
        for client in clients {
            let story = client.ask(VecDeque::from([reply.clone()]));
            assert_eq!((story.code(), story.requests.len()), ("unknown_outcome", 1), "{reply:?}");
            let advice = "Look for it among your predictions before you send it again, since each prediction may cost";
            assert!(story.message().contains(advice), "{}", story.message());
        }
    }
}
