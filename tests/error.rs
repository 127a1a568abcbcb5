//! Errors: one sentence each, no secrets, and a code that the types list.

use replicate_wasm::error::{Error, Limit, shorten};
use replicate_wasm::http::RequestLine;
use replicate_wasm::prediction::Status;

const TYPES: &str = include_str!("../src/web/types.d.ts");

fn line() -> RequestLine {
    RequestLine::new("POST", "https://api.replicate.com/v1/predictions?token=r8_secret#r8_secret")
}

/// One of each, with its code and the whole of its sentence.
fn all() -> Vec<(Error, &'static str, &'static str)> {
    let http = |detail: &str| Error::Http { request: line(), status: 422, detail: detail.into(), retry_after_ms: None };
    let ended = |status, detail: &str| Error::Ended(status, detail.into());
    vec![
        (Error::InvalidArgument("The option model is empty".into()), "invalid_argument", "The option model is empty"),
        (Error::ModelNotSupported("gpt-4".into()), "model_not_supported", "Model not supported: gpt-4"),
        (
            Error::UnsafeAuth,
            "unsafe_auth",
            "A token in a page can be read by anyone: pass a baseUrl of a relay instead of auth, \
             or dangerouslyAllowBrowser if nobody else can open this page",
        ),
        (
            Error::Network { request: line(), detail: "connection reset".into() },
            "network",
            "No answer to POST https://api.replicate.com/v1/predictions: connection reset",
        ),
        (
            http("Invalid version"),
            "http",
            "POST https://api.replicate.com/v1/predictions was answered with status 422: Invalid version",
        ),
        (http(""), "http", "POST https://api.replicate.com/v1/predictions was answered with status 422"),
        (Error::Protocol("The prediction has no status".into()), "protocol", "The prediction has no status"),
        (
            Error::Interrupted("The stream was interrupted: it ended".into()),
            "interrupted",
            "The stream was interrupted: it ended",
        ),
        (
            Error::UnknownOutcome { request: line(), detail: "connection reset".into(), status: None },
            "unknown_outcome",
            "The outcome is unknown and may cost, so it is not sent again: \
             POST https://api.replicate.com/v1/predictions: connection reset",
        ),
        (ended(Status::Failed, "NSFW content detected"), "failed", "Prediction failed: NSFW content detected"),
        (ended(Status::Failed, ""), "failed", "Prediction failed"),
        (ended(Status::Canceled, ""), "canceled", "Prediction canceled"),
        (ended(Status::Aborted, ""), "aborted", "Prediction aborted"),
        (
            Error::Timeout(Limit::Connect(line(), 30_000)),
            "timeout",
            "No answer to POST https://api.replicate.com/v1/predictions within 30000 ms (connectTimeoutMs)",
        ),
        (Error::Timeout(Limit::Idle(300_000)), "timeout", "The stream was silent for 300000 ms (idleTimeoutMs)"),
        (Error::Timeout(Limit::Total(1_800_000)), "timeout", "The prediction took longer than 1800000 ms (timeoutMs)"),
        (
            Error::Timeout(Limit::Attempts(30, 5_000)),
            "timeout",
            "The prediction did not finish within 30 attempts, one every 5000 ms (maxAttempts, pollIntervalMs)",
        ),
    ]
}

/// A new variant of the enum must come into the table above.
#[test]
fn the_table_has_every_variant() {
    let name = |error: &Error| match error {
        Error::InvalidArgument(_) => 0,
        Error::ModelNotSupported(_) => 1,
        Error::UnsafeAuth => 2,
        Error::Network { .. } => 3,
        Error::Http { .. } => 4,
        Error::Protocol(_) => 5,
        Error::Interrupted(_) => 6,
        Error::UnknownOutcome { .. } => 7,
        Error::Ended(..) => 8,
        Error::Timeout(_) => 9,
    };
    let mut seen: Vec<_> = all().iter().map(|(error, ..)| name(error)).collect();
    seen.dedup();
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
}

#[test]
fn each_message_is_one_capitalised_sentence() {
    for (error, code, message) in all() {
        assert_eq!(error.code(), code);
        assert_eq!(error.message(), message);
        assert_eq!(error.to_string(), message, "shown as it is said");
        assert!(message.starts_with(|first: char| first.is_uppercase()), "{message}");
        assert!(!message.contains('\n'), "{message}");
    }
}

#[test]
fn no_message_holds_a_token_or_the_query_of_an_address() {
    for (error, ..) in all() {
        let shown = [error.message(), format!("{error:?}")].concat();
        assert!(!shown.contains("r8_") && !shown.contains("token="), "{shown}");
    }
}

#[test]
fn every_code_stands_in_the_types_and_no_other() {
    let (_, rest) = TYPES.split_once("export type ErrorCode =").expect("the type of the codes");
    let (union, _) = rest.split_once(';').expect("its end");
    let mut listed: Vec<_> = union.split('"').skip(1).step_by(2).collect();
    let mut codes: Vec<_> = all().iter().map(|(_, code, _)| *code).collect();
    listed.sort_unstable();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(listed, codes);
}

#[test]
fn a_servers_text_is_folded_and_cut_at_two_hundred_characters() {
    assert_eq!(shorten("  a\n\n\tb  c "), "a b c");
    assert_eq!(shorten(""), "");
    assert_eq!(shorten(&"é".repeat(200)), "é".repeat(200));
    assert_eq!(shorten(&"é".repeat(201)), format!("{}…", "é".repeat(200)));
    let words = "日本 ".repeat(100_000);
    assert_eq!(shorten(&words).chars().filter(|char| *char != ' ').count(), 201);
}
