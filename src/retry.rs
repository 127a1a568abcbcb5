//! When a request is sent again, and how long to wait before it. Pure functions and a counter.

use crate::error::Error;
use crate::http::{self, Answer, Head, Request, problem};
use crate::json::Json;
use crate::run::Ms;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Ms = 500;
/// No pause is longer, whatever a server asks for.
pub(crate) const LONGEST_PAUSE: Ms = 60_000;

/// Counts what one request has used up of its retries.
#[derive(Debug, Clone, Default)]
pub struct Retries {
    used: u32,
    renewed: bool,
}

/// What to do after an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The answer is a success.
    Take,
    /// Send the request again after a pause; `renew` asks for the token anew.
    Again {
        /// How long to wait.
        pause: Ms,
        /// Whether the token is asked for anew.
        renew: bool,
        /// The server named the pause itself, so nothing may shorten it.
        asked: bool,
    },
    /// There is no use in trying again.
    Refuse(Error),
}

/// What a client allows.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How often one request may be sent again.
    pub max_retries: u32,
    /// The token comes from a function, which can be asked again.
    pub renewable: bool,
    /// A create costs money, so one whose outcome is unknown is told apart.
    pub charges: bool,
}

impl Retries {
    /// Judges an answer: GET is safe to repeat on a lost connection, 429 and 5xx. Everything else only
    /// on 429, which says that nothing was done, or when it surely never left: there is no
    /// idempotency key, and a second create costs a second time.
    ///
    /// `jitter` is a random number from 0 to 1.
    pub fn judge<J: Json>(&mut self, request: &Request, answer: &Answer<J>, policy: Policy, jitter: f64) -> Verdict {
        let safe = is_safe(request);
        let creates = policy.charges && matches!(request.method, "POST" | "PUT") && !safe;
        let (again, asked, error) = match answer {
            Answer::Stream(_) => return Verdict::Take,
            // Cut off, or the page of something in between: worth another try where that changes nothing.
            Answer::Read { head, json: None, text } if head.ok() && safe && !request.stream => {
                let error = http::prediction::<J>(&request.line(), None, text).err();
                (true, None, error.unwrap_or(Error::Protocol(String::new())))
            }
            Answer::Read { head, .. } if head.ok() => return Verdict::Take,
            Answer::Read { head: Head { status: 401, .. }, .. } if policy.renewable && !self.renewed => {
                self.renewed = true;
                return Verdict::Again { pause: 0, renew: true, asked: true };
            }
            Answer::Read { head, json, text } => {
                let status = head.status;
                let asked = retry_after(head, json.as_ref());
                let detail = problem(json.as_ref(), text);
                let error = match status {
                    // A gateway that does not know what became of the request behind it.
                    502 | 504 if creates => {
                        Error::UnknownOutcome { request: request.line(), detail, status: Some(status) }
                    }
                    _ => Error::Http { request: request.line(), status, detail, retry_after_ms: asked },
                };
                (status == 429 || (safe && status >= 500), asked, error)
            }
            Answer::Lost { unsent, detail } => {
                let (request, detail) = (request.line(), detail.clone());
                let error = if creates && !unsent {
                    Error::UnknownOutcome { request, detail, status: None }
                } else {
                    Error::Network { request, detail }
                };
                (safe || *unsent, None, error)
            }
        };
        if !again || self.used >= policy.max_retries {
            return Verdict::Refuse(error);
        }
        let pause = asked.map_or_else(|| backoff(self.used, jitter), |pause| pause.min(LONGEST_PAUSE));
        self.used += 1;
        Verdict::Again { pause, renew: false, asked: asked.is_some() }
    }
}

/// Whether a request may be sent twice: it changes nothing, or the same as the first time.
fn is_safe(request: &Request) -> bool {
    request.joins || matches!(request.method, "GET" | "QUERY") || request.url.ends_with("/cancel")
}

/// The pause before a further try: doubling, the upper half of it at random, so that many clients that
/// failed together do not come back together.
#[must_use]
pub fn backoff(used: u32, jitter: f64) -> Ms {
    let half = ((FIRST_PAUSE / 2) << used.min(7)).min(LONGEST_PAUSE / 4);
    half + (f64::from(half) * jitter) as Ms
}

/// When the server wants to be asked again: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3),
/// taken against the answer's own `Date` since clocks differ, else `retry_after` of the body.
pub fn retry_after<J: Json>(head: &Head, json: Option<&J>) -> Option<Ms> {
    let Some(value) = head.retry_after.as_deref().map(str::trim_ascii) else {
        let seconds = json.and_then(|json| json.get("retry_after"))?.as_f64()?;
        return Some((seconds * 1000.0) as Ms);
    };
    if let Some(seconds) = digits(value) {
        return Some(seconds.saturating_mul(1000).min(Ms::MAX.into()) as Ms);
    }
    let now = head.date.as_deref().and_then(http_date).unwrap_or(head.clock);
    Some(http_date(value)?.saturating_sub(now).saturating_mul(1000).min(Ms::MAX.into()) as Ms)
}

/// Reads an HTTP date in each of its three forms (RFC 9110, 5.6.7) as seconds since 1970.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut month = None;
    let mut numbers = Vec::new();
    for word in text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric()) {
        let word = std::str::from_utf8(word).ok()?;
        if let Some(number) = digits(word) {
            numbers.push(number);
        } else if month.is_none() {
            month = MONTHS.iter().position(|name| *name == word).map(|at| at as u64);
        }
    }
    // `06 Nov 1994 08:49:37`, `06-Nov-94 08:49:37` or `Nov  6 08:49:37 1994`.
    let &[day, a, b, c, d] = numbers.as_slice() else { return None };
    // A year has four digits, all else two: then nothing below can overflow.
    if day.max(a).max(b).max(c).max(d) > 9_999 {
        return None;
    }
    let (year, hour, minute, second) = if d > 99 { (d, a, b, c) } else { (a, b, c, d) };
    // Two digits stand in the form with dashes alone.
    let year = match year {
        0..70 if text.contains('-') => year + 2000,
        70..100 if text.contains('-') => year + 1900,
        year => year,
    };
    // Days from the civil calendar, the year counted from March so that the leap day is its last.
    let month = month? + 1;
    let (year, month) = if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    Some((days.checked_sub(719_469)?) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// A number written in digits alone.
fn digits(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}
