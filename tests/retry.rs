//! Retries: which requests are sent again, and after which pause.

mod support;

use replicate_wasm::protocol::error::{Code, Error};
use replicate_wasm::protocol::http::{Answer, Request, RequestBody};
use replicate_wasm::protocol::retry::{Policy, Retries, Verdict, backoff};
use std::time::Duration;
use support::{Doc, Ms, lost, ms, to_ms, whole};

const POLICY: Policy = Policy { max_retries: 5, renewable: false, charges: true };

fn request(method: &'static str, url: &str) -> Request {
    Request::new(method, url.to_owned())
}

fn get() -> Request {
    request("GET", "https://api.replicate.com/v1/predictions/p1")
}

fn create() -> Request {
    let body = RequestBody::Create { model: None, version: None };
    Request { body, ..request("POST", "https://api.replicate.com/v1/predictions") }
}

fn cancel() -> Request {
    request("POST", "https://api.replicate.com/v1/predictions/p1/cancel")
}

fn answer(status: u16, text: &str) -> Answer<Doc> {
    whole(status, None, text)
}

fn judged(retries: &mut Retries, request: &Request, answer: &Answer<Doc>, policy: Policy, jitter: f64) -> Verdict {
    retries.judge(request, answer, policy, jitter)
}

fn judge(request: &Request, answer: &Answer<Doc>) -> Verdict {
    judged(&mut Retries::default(), request, answer, POLICY, 0.0)
}

fn refused(request: &Request, answer: &Answer<Doc>) -> Error {
    match judge(request, answer) {
        Verdict::Refuse(error) => error,
        verdict => panic!("{verdict:?}"),
    }
}

/// The pause before the retry, and whether the server asked for it.
fn again(verdict: Verdict) -> (Ms, bool) {
    match verdict {
        Verdict::Again { pause, asked, .. } => (to_ms(pause), asked),
        verdict => panic!("{verdict:?}"),
    }
}

/// The `retry_after` of the error of a 429.
fn pause_of(retry_after: Option<f64>, body: &str) -> Option<Duration> {
    let busy = whole(429, retry_after.map(Duration::from_secs_f64), body);
    let never = Policy { max_retries: 0, ..POLICY };
    match judged(&mut Retries::default(), &get(), &busy, never, 0.0) {
        Verdict::Refuse(error) => error.retry_after(),
        verdict => panic!("{verdict:?}"),
    }
}

#[test]
fn a_request_is_repeated_only_where_that_is_safe() {
    let again = |request: &Request, answer: &Answer<Doc>| matches!(judge(request, answer), Verdict::Again { .. });
    // The answer, and whether it is repeated: a safe request, a request with effects.
    let table = [
        (answer(429, ""), [true, true]),
        (answer(500, ""), [true, false]),
        (answer(502, ""), [true, false]),
        (answer(503, ""), [true, false]),
        (answer(504, ""), [true, false]),
        (lost(false), [true, false]),
        (lost(true), [true, true]),
        (answer(301, ""), [false, false]),
        (answer(400, ""), [false, false]),
        (answer(401, ""), [false, false]),
        (answer(402, ""), [false, false]),
        (answer(404, ""), [false, false]),
        (answer(408, ""), [false, false]),
        (answer(409, ""), [false, false]),
        (answer(422, ""), [false, false]),
    ];
    for (answer, expected) in table {
        let search = request("QUERY", "https://api.replicate.com/v1/models");
        let upload = request("POST", "https://api.replicate.com/v1/files");
        let change = request("PATCH", "https://api.replicate.com/v1/deployments/acme/verse");
        for request in [get(), search, cancel()] {
            assert_eq!(again(&request, &answer), expected[0], "{} {answer:?}", request.method);
        }
        for request in [create(), upload, change] {
            assert_eq!(again(&request, &answer), expected[1], "{} {answer:?}", request.method);
        }
    }
}

#[test]
fn every_success_is_taken() {
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(judge(&create(), &answer(status, "{}")), Verdict::Take);
    }
    assert_eq!(judge(&get(), &Answer::Stream { status: 200 }), Verdict::Take);
}

#[test]
fn a_create_that_may_have_been_accepted_has_an_unknown_outcome() {
    assert_eq!(refused(&create(), &lost(false)).code().name(), "unknown_outcome");
    for status in [502, 504] {
        let error = refused(&create(), &answer(status, "<h1>Bad Gateway</h1>"));
        let parts = (error.code(), error.request(), error.detail(), error.status());
        assert_eq!(parts, (Code::UnknownOutcome, Some(&create().line()), Some("<h1>Bad Gateway</h1>"), Some(status)));
    }
    // HTML comes from a gateway and says nothing about the create. JSON comes from the API: nothing was created.
    for answer in
        [answer(500, "<h1>Internal Server Error</h1>"), answer(503, ""), answer(200, "<html>"), answer(201, "")]
    {
        assert_eq!(refused(&create(), &answer).code().name(), "unknown_outcome", "{answer:?}");
    }
    assert_eq!(refused(&create(), &answer(500, r#"{"detail": "No"}"#)).code().name(), "http");
    let change = request("DELETE", "https://api.replicate.com/v1/files/f1");
    assert_eq!(refused(&change, &lost(false)).code().name(), "network", "a request that costs nothing");
    assert_eq!(refused(&change, &answer(502, "")).code().name(), "http");
    // The POST of the provider's protocol costs nothing either.
    let policy = Policy { charges: false, ..POLICY };
    let verdict = judged(&mut Retries::default(), &create(), &lost(false), policy, 0.0);
    assert!(matches!(&verdict, Verdict::Refuse(error) if error.code() == Code::Network), "{verdict:?}");
}

#[test]
fn the_answer_is_the_error_after_all_retries() {
    let mut retries = Retries::default();
    let busy = answer(429, r#"{"detail": "Request was throttled.", "retry_after": 2}"#);
    for _ in 0..5 {
        let verdict = judged(&mut retries, &get(), &busy, POLICY, 0.0);
        assert_eq!(again(verdict), (2_000, true));
    }
    let error = Error::http(get().line(), 429, "Request was throttled.".into()).with_retry_after(Some(ms(2_000)));
    assert_eq!(judged(&mut retries, &get(), &busy, POLICY, 0.0), Verdict::Refuse(error));
    let never = Policy { max_retries: 0, ..POLICY };
    assert!(matches!(judged(&mut Retries::default(), &get(), &busy, never, 0.0), Verdict::Refuse(_)));
}

#[test]
fn a_refused_token_is_renewed_once_if_it_is_renewable() {
    let policy = Policy { renewable: true, ..POLICY };
    let mut retries = Retries::default();
    let unauthorised = answer(401, r#"{"detail": "Invalid token"}"#);
    for request in [get(), create()] {
        let mut retries = Retries::default();
        let verdict = judged(&mut retries, &request, &unauthorised, policy, 0.5);
        assert_eq!(verdict, Verdict::Renew);
    }
    assert!(matches!(judged(&mut retries, &create(), &unauthorised, policy, 0.0), Verdict::Renew));
    assert!(matches!(judged(&mut retries, &create(), &answer(429, ""), policy, 0.0), Verdict::Again { .. }));
    let error = match judged(&mut retries, &create(), &unauthorised, policy, 0.0) {
        Verdict::Refuse(error) => error,
        verdict => panic!("renewed twice: {verdict:?}"),
    };
    assert_eq!((error.code(), error.status()), (Code::Http, Some(401)));
    assert!(matches!(judge(&get(), &unauthorised), Verdict::Refuse(_)), "a fixed token cannot be renewed");
}

#[test]
fn the_backoff_doubles_up_to_a_cap_and_half_of_it_is_random() {
    let bounds: Vec<_> = (0..10).map(|used| (to_ms(backoff(used, 0.0)), to_ms(backoff(used, 1.0)))).collect();
    let expected = [
        (250, 500),
        (500, 1_000),
        (1_000, 2_000),
        (2_000, 4_000),
        (4_000, 8_000),
        (8_000, 16_000),
        (15_000, 30_000),
        (15_000, 30_000),
        (15_000, 30_000),
        (15_000, 30_000),
    ];
    assert_eq!(bounds, expected);
    assert_eq!(backoff(0, 0.5), ms(375));
    assert_eq!(backoff(u32::MAX, 1.0), ms(30_000));
}

#[test]
fn retry_after_is_read_from_the_body_when_the_header_is_missing() {
    let table = [
        (r#"{"retry_after": 2}"#, Some(ms(2_000))),
        (r#"{"retry_after": 0.5}"#, Some(ms(500))),
        (r#"{"retry_after": -1}"#, Some(ms(0))),
        (r#"{"retry_after": 1e300}"#, Some(Duration::from_millis(u64::MAX))),
        (r#"{"retry_after": "2"}"#, None),
        (r#"{"retry_after": null}"#, None),
        ("{}", None),
        ("<html>", None),
    ];
    for (body, expected) in table {
        assert_eq!(pause_of(None, body), expected, "{body}");
    }
    assert_eq!(pause_of(Some(3.0), r#"{"retry_after": 9}"#), Some(ms(3_000)), "the header wins");
}

#[test]
fn the_pause_a_server_asks_for_is_capped_at_a_minute() {
    let answer = whole(429, Some(Duration::from_secs(86_400)), "");
    assert_eq!(again(judge(&get(), &answer)), (60_000, true));
}

#[test]
fn the_pause_is_the_backoff_when_the_server_asks_for_none() {
    let mut retries = Retries::default();
    for used in 0..5 {
        let verdict = judged(&mut retries, &get(), &answer(503, ""), POLICY, 1.0);
        assert_eq!(again(verdict), (to_ms(backoff(used, 1.0)), false));
    }
}
