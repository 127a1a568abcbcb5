//! When a request is sent again, and how long to wait before it. Pure functions and a counter.

use crate::protocol::error::{Code, Error};
use crate::protocol::http::{Kind, Request, flag, not_understood, problem, status};
use crate::protocol::json::Document;
use crate::protocol::run::Ms;

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
    Refuse(Box<Error>),
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
    pub fn judge<D: Document>(
        &mut self,
        request: &Request,
        kind: Kind,
        doc: &D,
        policy: Policy,
        jitter: f64,
    ) -> Verdict {
        let (status, safe, lost) = (status(doc), is_safe(request), kind == Kind::Lost);
        let ok = (200..300).contains(&status);
        if kind == Kind::Body || (ok && (kind == Kind::Json || !safe || request.has(flag::STREAM))) {
            return Verdict::Take;
        }
        if status == 401 && policy.renewable && !self.renewed {
            self.renewed = true;
            return Verdict::Again { pause: 0, renew: true, asked: true };
        }
        let again =
            if lost { safe || doc.count("unsent") == 1 } else { status == 429 || (safe && (ok || status >= 500)) };
        let mut error = if ok {
            // Cut off, or the page of something in between: worth another try where that changes nothing.
            not_understood(doc, request, "is not JSON")
        } else {
            // A gateway may not know either what became of the request behind it.
            let unknown = if lost { !again } else { matches!(status, 502 | 504) };
            let (code, detail) = match lost {
                true => (Code::Network, doc.text("detail")),
                false => (Code::Http, problem(doc, "text")),
            };
            let creates = !safe && matches!(request.method.as_str(), "POST" | "PUT");
            let code = if unknown && creates && policy.charges { Code::UnknownOutcome } else { code };
            Error::of_request(code, request.line(), status, detail)
        };
        let asked = retry_after(doc);
        error.retry_after_ms = asked;
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
    request.has(flag::JOINS)
        || matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "QUERY")
        || request.url.ends_with("/cancel")
}

/// The pause before a further try: doubling, the upper half of it at random, so that many clients that
/// failed together do not come back together.
#[must_use]
#[inline(never)]
pub fn backoff(used: u32, jitter: f64) -> Ms {
    let half = ((FIRST_PAUSE / 2) << used.min(7)).min(LONGEST_PAUSE / 4);
    half + (f64::from(half) * jitter) as Ms
}

/// When the server wants to be asked again: as its header says, which the host has read as a number of seconds, else
/// as `retry_after` of the body does.
pub fn retry_after<D: Document>(doc: &D) -> Option<Ms> {
    let mut seconds = doc.number("retry-after");
    if seconds.is_nan() {
        seconds = doc.number("json.retry_after");
    }
    // The conversion has no overflow: it stops at the type's bounds.
    (!seconds.is_nan()).then_some((seconds * 1000.0) as Ms)
}
