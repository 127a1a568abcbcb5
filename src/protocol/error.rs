//! Everything that can go wrong: a code for programs, one sentence for people, and what is known beside.
//!
//! The core never puts a token or a signed URL into an error. What was known of the prediction when it
//! happened (its id, its logs, the text delivered) is the run's, see [`Run`](crate::protocol::run::Run).

use crate::protocol::prediction::Status;
use crate::protocol::run::Ms;
use crate::protocol::text::{decimal, fill, join};

pub use crate::protocol::text::shorten;

/// What went wrong in the core; `types.d.ts` lists these codes, and two more of `client.js` and `home.js`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// An option or argument makes no sense.
    InvalidArgument,
    /// No answer came.
    Network,
    /// The server answered with a status other than success.
    Http,
    /// The server answered something its protocol does not have.
    Protocol,
    /// The stream broke, and what is missing cannot be had.
    Interrupted,
    /// A create that may have been accepted. It is never sent a second time, since it may cost twice.
    UnknownOutcome,
    /// The prediction ended: the model gave up.
    Failed,
    /// The prediction ended: stopped while it ran.
    Canceled,
    /// The prediction ended: stopped before it ran.
    Aborted,
    /// A time limit ran out. The sentence names its option.
    Timeout,
}

impl Code {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::InvalidArgument,
        Self::Network,
        Self::Http,
        Self::Protocol,
        Self::Interrupted,
        Self::UnknownOutcome,
        Self::Failed,
        Self::Canceled,
        Self::Aborted,
        Self::Timeout,
    ];

    /// The code as JavaScript has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid_argument",
            Self::Network => "network",
            Self::Http => "http",
            Self::Protocol => "protocol",
            Self::Interrupted => "interrupted",
            Self::UnknownOutcome => "unknown_outcome",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Aborted => "aborted",
            Self::Timeout => "timeout",
        }
    }
}

/// An error. It travels in a box: moved by value, its fields would be a tenth of the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// One capitalised sentence, the server's own words last.
    pub message: String,
    /// The server's or the host's own words; empty where there were none.
    pub detail: String,
    /// The status of the answer; 0 where there was none.
    pub status: u32,
    /// When the server wants to be asked again, in milliseconds.
    pub retry_after_ms: Option<Ms>,
    /// Method and address of the request, without what is secret of it; empty where it was about none.
    pub request: String,
}

impl Error {
    /// An error that is its sentence.
    #[must_use]
    #[inline(never)]
    pub fn new(code: Code, message: String) -> Box<Self> {
        Box::new(Self { code, message, detail: String::new(), status: 0, retry_after_ms: None, request: String::new() })
    }

    /// The server answered something its protocol does not have.
    #[must_use]
    pub fn protocol(message: &str) -> Box<Self> {
        Self::new(Code::Protocol, message.to_owned())
    }

    /// A request got no answer (`network`), one that is no success (`http`), or nobody knows what became of it; in the
    /// words of whoever told of it. `status` is 0 where no answer came.
    #[must_use]
    #[inline(never)]
    pub fn of_request(code: Code, request: String, status: u32, detail: String) -> Box<Self> {
        let template = match code {
            Code::UnknownOutcome => "The outcome is unknown and may cost, so it is not sent again: {}",
            Code::Http => "{} was answered with status {}",
            _ => "No answer to {}",
        };
        let message = sentence(&fill(template, &[&request, &decimal(status)]), &detail);
        Box::new(Self { code, message, detail, status, retry_after_ms: None, request })
    }

    /// The prediction ended without success.
    #[must_use]
    pub fn ended(status: Status, detail: String) -> Box<Self> {
        let code = match status {
            Status::Canceled => Code::Canceled,
            Status::Aborted => Code::Aborted,
            _ => Code::Failed,
        };
        let message = sentence(&join(&["Prediction ", code.name()]), &detail);
        Box::new(Self { code, message, detail, status: 0, retry_after_ms: None, request: String::new() })
    }

    /// A time limit ran out: a sentence with `{}` for each number.
    #[must_use]
    #[inline(never)]
    pub fn timeout(template: &str, first: Ms, second: Ms) -> Box<Self> {
        Self::new(Code::Timeout, fill(template, &[&decimal(first), &decimal(second)]))
    }

    /// No answer to a request in time.
    #[must_use]
    pub fn connect_timeout(request: &str, ms: Ms) -> Box<Self> {
        let message = fill("No answer to {} within {} ms (connectTimeoutMs)", &[request, &decimal(ms)]);
        Self::new(Code::Timeout, message)
    }

    /// The stream broke, and what is missing cannot be had: why, and what came of the last attempt.
    #[must_use]
    #[inline(never)]
    pub fn interrupted(what: &str, why: &str) -> Box<Self> {
        Self::new(Code::Interrupted, fill("The {} was interrupted: {}", &[what, why]))
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A sentence and, where the server gave some, its own words.
fn sentence(head: &str, detail: &str) -> String {
    join(&[head, if detail.is_empty() { "" } else { ": " }, detail])
}
