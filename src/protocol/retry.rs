//! Retries: when a request is sent again, and after which pause.

use super::date;
use super::digits::digits;
use super::error::{Error, millis};
use super::http::{Answer, Body, Expects, Request, not_understood};
use super::json::Json;
use std::time::Duration;

/// The longest pause before the first retry, in milliseconds. Each further pause is twice as long, up to 30 seconds.
const FIRST_PAUSE: u64 = 500;
/// The longest pause that no server asked for.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// The longest pause, whatever a server asks for.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The retries that a request has used.
#[derive(Debug, Clone, Default)]
pub struct Retries {
    used: u32,
    renewed: bool,
}

/// What to do after an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The answer is a success.
    Take,
    /// The token was refused: send the request again at once, with a new one.
    Renew,
    /// Send the request again after a pause.
    Again {
        /// How long to wait.
        pause: Duration,
        /// The server named the pause, so nothing may shorten it.
        asked: bool,
        /// Why it has to be sent again.
        error: Error,
    },
    /// Give up with this error.
    Refuse(Error),
}

/// The client's options for retries.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// The most retries of a request.
    pub max_retries: u32,
    /// The token or the headers come from a function, which can be called again.
    pub renewable: bool,
    /// A create costs money, so an unknown outcome has its own error.
    pub charges: bool,
}

impl Retries {
    /// The number of retries so far.
    #[must_use]
    pub fn used(&self) -> u32 {
        self.used
    }

    /// Decides what follows an answer.
    ///
    /// A safe request is repeated after a lost connection, 429 and 5xx. Any other request is repeated only after a 429, which
    /// says that nothing was done, and when it was surely never sent. There is no idempotency key, and a second create costs
    /// a second time.
    ///
    /// `jitter` is a random number from 0 to 1.
    pub fn judge<J: Json>(&mut self, request: &Request, answer: &Answer<J>, policy: Policy, jitter: f64) -> Verdict {
        let safe = request.is_safe();
        let creates = policy.charges && request.creates();
        let (error, again) = match answer {
            Answer::Stream { .. } => return Verdict::Take,
            Answer::Lost { detail, unsent } => {
                let (line, detail) = (request.line(), detail.clone());
                match creates && !unsent {
                    true => (Error::unknown_outcome(line, None, detail), false),
                    false => (Error::network(line, detail), safe || *unsent),
                }
            }
            Answer::Whole { status: 200..300, body, .. } => {
                let understood = matches!(body, Body::Json(_)) || request.expects == Expects::Events;
                if understood || !(safe || creates) {
                    return Verdict::Take;
                }
                // A truncated answer, or the page of a gateway.
                match creates {
                    true => (Error::unknown_outcome(request.line(), None, not_json(body)), false),
                    false => (not_understood(request, "is not JSON", body), true),
                }
            }
            Answer::Whole { status: 401, .. } if policy.renewable && !self.renewed => {
                self.renewed = true;
                return Verdict::Renew;
            }
            Answer::Whole { status, body, .. } => {
                let (line, detail) = (request.line(), body.problem());
                // 502, 504 and a page with 5xx come from a gateway, which does not know whether the server handled the request.
                let is_gateway = matches!(status, 502 | 504) || (*status >= 500 && matches!(body, Body::Text(_)));
                let error = match creates && is_gateway {
                    true => Error::unknown_outcome(line, Some(*status), detail),
                    false => Error::http(line, *status, detail),
                };
                (error, *status == 429 || (safe && *status >= 500))
            }
        };
        let asked = asked(answer);
        let error = error.with_retry_after(asked);
        if !again || self.used >= policy.max_retries {
            return Verdict::Refuse(error);
        }
        let pause = asked.map_or_else(|| backoff(self.used, jitter), |pause| pause.min(LONGEST_PAUSE));
        self.used += 1;
        Verdict::Again { pause, asked: asked.is_some(), error }
    }
}

/// Says what a create got in place of JSON.
fn not_json<J: Json>(body: &Body<J>) -> String {
    match body.excerpt() {
        excerpt if excerpt.is_empty() => "the answer is empty".to_owned(),
        excerpt => format!("the answer is not JSON: {excerpt}"),
    }
}

/// The pause before a retry. It doubles, and its upper half is random, so that clients that failed together do not retry
/// together. `jitter` is a random number from 0 to 1.
#[must_use]
pub fn backoff(used: u32, jitter: f64) -> Duration {
    let half = Duration::from_millis((FIRST_PAUSE / 2) << used.min(7)).min(LONGEST_BACKOFF / 2);
    portion(half, 1.0 + jitter)
}

/// A share of a time, such as 0.5, in whole milliseconds.
pub(crate) fn portion(time: Duration, share: f64) -> Duration {
    Duration::from_millis((millis(time) as f64 * share) as u64)
}

/// The pause that the server asks for: the header, else `retry_after` in the body, in seconds.
fn asked<J: Json>(answer: &Answer<J>) -> Option<Duration> {
    let Answer::Whole { retry_after, body, .. } = answer else { return None };
    retry_after.or_else(|| match body {
        Body::Json(json) => json.number("retry_after").map(seconds),
        Body::Text(_) => None,
    })
}

/// Seconds as a duration in whole milliseconds.
fn seconds(number: f64) -> Duration {
    // The conversion saturates: a negative number is 0.
    Duration::from_millis((number * 1000.0) as u64)
}

/// Reads the header `Retry-After` (RFC 9110, 10.2.3): a number of seconds or a date. A date is relative to the answer's
/// `Date`, since clocks differ, or else to `now`, in seconds since 1970.
#[must_use]
pub fn retry_after(header: &str, date: Option<&str>, now: i64) -> Option<Duration> {
    let header = header.trim_ascii();
    if let Some(seconds) = digits(header.as_bytes()) {
        return Some(Duration::from_secs(seconds));
    }
    let then = date::parse(header)?;
    let now = date.and_then(date::parse).unwrap_or(now);
    Some(Duration::from_secs(u64::try_from(then - now).unwrap_or(0)))
}
