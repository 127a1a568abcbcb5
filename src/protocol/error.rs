//! Everything that can go wrong: a code for programs, one sentence for people, and what is known beside.
//!
//! No error holds a token or a signed URL.

use super::prediction::Status;
use std::fmt;
use std::time::Duration;

/// What went wrong. `types.d.ts` lists the same codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// An option or an argument is wrong; the message names it.
    InvalidArgument,
    /// The provider has no such model.
    ModelNotSupported,
    /// A token in a page, where everybody can read it.
    UnsafeAuth,
    /// No answer came.
    Network,
    /// The server refused: its status is not one of success.
    Http,
    /// The answer is not one that the protocol has, such as a web page.
    Protocol,
    /// The stream broke, and the rest of it is gone.
    Interrupted,
    /// A create that the server may have accepted. It is not sent a second time, since it may cost twice.
    UnknownOutcome,
    /// The prediction ended: the model failed.
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
    pub const ALL: [Self; 12] = [
        Self::InvalidArgument,
        Self::ModelNotSupported,
        Self::UnsafeAuth,
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
            Self::ModelNotSupported => "model_not_supported",
            Self::UnsafeAuth => "unsafe_auth",
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

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Method and address of a request, without what is secret of the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The HTTP method.
    pub method: String,
    /// The address without its query; of an event stream the origin alone.
    pub url: String,
}

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// What ended a call without success. It is one pointer wide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Fields>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fields {
    code: Code,
    message: String,
    status: Option<u16>,
    detail: Option<String>,
    retry_after: Option<Duration>,
    request: Option<RequestLine>,
    prediction_id: Option<String>,
    logs: Option<String>,
    partial: Option<String>,
}

impl Error {
    /// An error that is its sentence.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Fields {
            code,
            message: message.into(),
            status: None,
            detail: None,
            retry_after: None,
            request: None,
            prediction_id: None,
            logs: None,
            partial: None,
        }))
    }

    /// What went wrong.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// One capitalised sentence, the server's own words last.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The server's or the host's own words.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// After how long the server wants to be asked again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The request that it is about.
    #[must_use]
    pub fn request(&self) -> Option<&RequestLine> {
        self.0.request.as_ref()
    }

    /// The prediction's id, where it is known.
    #[must_use]
    pub fn prediction_id(&self) -> Option<&str> {
        self.0.prediction_id.as_deref()
    }

    /// What the model had logged.
    #[must_use]
    pub fn logs(&self) -> Option<&str> {
        self.0.logs.as_deref()
    }

    /// The text that was delivered before, at most the last 8 MiB of it.
    #[must_use]
    pub fn partial(&self) -> Option<&str> {
        self.0.partial.as_deref()
    }

    /// The same error with the server's own words; an empty text is none.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into()).filter(|detail| !detail.is_empty());
        self
    }

    /// The same error, which tells when the server wants to be asked again.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    /// The same error, which tells the request that it is about, and the status of its answer.
    #[must_use]
    pub fn with_request(mut self, request: RequestLine, status: Option<u16>) -> Self {
        self.0.request = Some(request);
        self.0.status = status;
        self
    }

    /// The same error, which tells what was known of the prediction.
    #[must_use]
    pub fn with_prediction(mut self, id: Option<String>, logs: Option<String>, partial: Option<String>) -> Self {
        self.0.prediction_id = id;
        self.0.logs = logs;
        self.0.partial = partial;
        self
    }
}

/// The errors that the core itself raises.
impl Error {
    /// The server answered something that its protocol does not have.
    #[must_use]
    pub fn protocol(message: impl Into<String>) -> Self {
        Self::new(Code::Protocol, message)
    }

    /// No answer to a request, in the words of the host.
    #[must_use]
    pub fn network(request: RequestLine, detail: String) -> Self {
        let message = sentence(&format!("No answer to {request}"), &detail);
        Self::new(Code::Network, message).with_detail(detail).with_request(request, None)
    }

    /// An answer that is no success, in the server's words.
    #[must_use]
    pub fn http(request: RequestLine, status: u16, detail: String) -> Self {
        let message = sentence(&format!("{request} was answered with status {status}"), &detail);
        Self::new(Code::Http, message).with_detail(detail).with_request(request, Some(status))
    }

    /// A create that the server may have accepted; `detail` says what came in place of an answer.
    #[must_use]
    pub fn unknown_outcome(request: RequestLine, status: Option<u16>, detail: String) -> Self {
        let place = if request.url.ends_with("/predictions") { "among your predictions" } else { "on the server" };
        let head = format!(
            "The server may have accepted {request}: look for it {place} before you send it again, since each may cost"
        );
        let message = sentence(&head, &detail);
        Self::new(Code::UnknownOutcome, message).with_detail(detail).with_request(request, status)
    }

    /// The prediction ended without success, in the server's words.
    #[must_use]
    pub fn ended(status: Status, detail: String) -> Self {
        let code = match status {
            Status::Canceled => Code::Canceled,
            Status::Aborted => Code::Aborted,
            _ => Code::Failed,
        };
        Self::new(code, sentence(&format!("Prediction {code}"), &detail)).with_detail(detail)
    }

    /// A time limit ran out.
    #[must_use]
    pub fn timeout(message: String) -> Self {
        Self::new(Code::Timeout, message)
    }

    /// No answer to a request in time; the limit may be an option.
    #[must_use]
    pub fn unanswered(request: RequestLine, limit: Duration, option: Option<&str>) -> Self {
        let limit = millis(limit);
        let option = option.map_or_else(String::new, |name| format!(" ({name})"));
        Self::timeout(format!("No answer to {request} within {limit} ms{option}")).with_request(request, None)
    }

    /// A stream or a prediction broke off, and what is missing cannot be had: why.
    #[must_use]
    pub fn interrupted(what: &str, why: &str) -> Self {
        Self::new(Code::Interrupted, format!("The {what} was interrupted: {why}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {}

/// A sentence and, where there are some, somebody else's words.
fn sentence(head: &str, detail: &str) -> String {
    if detail.is_empty() { head.to_owned() } else { format!("{head}: {detail}") }
}

/// Whole milliseconds, as sentences have them. Printing the `u128` of `Duration` would take a kilobyte of code.
pub(crate) fn millis(duration: Duration) -> u64 {
    const MOST: u64 = u64::MAX / 1000 - 1;
    duration.as_secs().min(MOST) * 1000 + u64::from(duration.subsec_millis())
}

/// How many characters of a server's text an error shows.
const SHOWN: usize = 200;

/// A text from a server, fit to stand in a sentence: white space folded, cut after 200 characters.
#[must_use]
pub fn shorten(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_ascii_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
        // The rest of a long page need not be copied.
        if short.len() > 4 * SHOWN {
            break;
        }
    }
    if let Some((end, _)) = short.char_indices().nth(SHOWN) {
        short.truncate(end);
        short.push('…');
    }
    short
}
