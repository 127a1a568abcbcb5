//! Errors: a code for programs, one sentence for people, and further fields.
//!
//! No error contains a token or a signed URL.

use super::prediction::Status;
use std::fmt;
use std::time::Duration;

/// The kind of an error. `types.d.ts` lists the same codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Code {
    /// An option or an argument is invalid.
    InvalidArgument,
    /// The provider has no such model.
    ModelNotSupported,
    /// A token would be readable by anyone who opens the page.
    UnsafeAuth,
    /// No answer came.
    Network,
    /// The server answered with an error status.
    Http,
    /// The server's answer does not fit its protocol.
    Protocol,
    /// The stream broke, and the rest cannot be fetched.
    Interrupted,
    /// A create that the server may have accepted. It is not sent again, since that may cost twice.
    UnknownOutcome,
    /// The prediction failed.
    Failed,
    /// The prediction was cancelled while it ran.
    Canceled,
    /// The prediction was cancelled before it ran.
    Aborted,
    /// A time limit has passed. The message names its option.
    Timeout,
}

impl Code {
    /// All codes.
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

    /// The code in JavaScript.
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

/// The method and the URL of a request, without secret parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The HTTP method.
    pub method: String,
    /// The URL without its query; of an event stream only the origin.
    pub url: String,
}

impl fmt::Display for RequestLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.url)
    }
}

/// The error of a call. It has the size of a pointer.
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
    /// An error with a code and a message.
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

    /// The kind of the error.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// One capitalised sentence, with the server's text at its end.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The server's or the platform's own text.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The pause before a retry that the server asks for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The request that failed.
    #[must_use]
    pub fn request(&self) -> Option<&RequestLine> {
        self.0.request.as_ref()
    }

    /// The prediction's id, if it is known.
    #[must_use]
    pub fn prediction_id(&self) -> Option<&str> {
        self.0.prediction_id.as_deref()
    }

    /// The logs of the model.
    #[must_use]
    pub fn logs(&self) -> Option<&str> {
        self.0.logs.as_deref()
    }

    /// The text that was delivered before the error, at most its last 8 MiB.
    #[must_use]
    pub fn partial(&self) -> Option<&str> {
        self.0.partial.as_deref()
    }

    /// Sets the detail. An empty one counts as none.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into()).filter(|detail| !detail.is_empty());
        self
    }

    /// Sets the pause that the server asks for.
    #[must_use]
    pub fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    /// Sets the request and the status of its answer.
    #[must_use]
    pub fn with_request(mut self, request: RequestLine, status: Option<u16>) -> Self {
        self.0.request = Some(request);
        self.0.status = status;
        self
    }

    /// Sets the fields of the prediction.
    #[must_use]
    pub fn with_prediction(mut self, id: Option<String>, logs: Option<String>, partial: Option<String>) -> Self {
        self.0.prediction_id = id;
        self.0.logs = logs;
        self.0.partial = partial;
        self
    }
}

/// The errors of this room.
impl Error {
    /// An answer that does not fit the protocol.
    #[must_use]
    pub fn protocol(message: impl Into<String>) -> Self {
        Self::new(Code::Protocol, message)
    }

    /// A request without an answer, with the platform's detail.
    #[must_use]
    pub fn network(request: RequestLine, detail: String) -> Self {
        let message = sentence(&format!("No answer to {request}"), &detail);
        Self::new(Code::Network, message).with_detail(detail).with_request(request, None)
    }

    /// An answer with an error status, with the server's detail.
    #[must_use]
    pub fn http(request: RequestLine, status: u16, detail: String) -> Self {
        let message = sentence(&format!("{request} was answered with status {status}"), &detail);
        Self::new(Code::Http, message).with_detail(detail).with_request(request, Some(status))
    }

    /// A create that the server may have accepted. `detail` says why that is not known.
    #[must_use]
    pub fn unknown_outcome(request: RequestLine, status: Option<u16>, detail: String) -> Self {
        let place = if request.url.ends_with("/predictions") { "among your predictions" } else { "on the server" };
        let head = format!(
            "The server may have accepted {request}. Look for it {place} before you send it again, since each prediction may cost"
        );
        let message = sentence(&head, &detail);
        Self::new(Code::UnknownOutcome, message).with_detail(detail).with_request(request, status)
    }

    /// A prediction that ended without success, with the server's detail.
    #[must_use]
    pub fn ended(status: Status, detail: String) -> Self {
        let code = match status {
            Status::Canceled => Code::Canceled,
            Status::Aborted => Code::Aborted,
            _ => Code::Failed,
        };
        Self::new(code, sentence(&format!("Prediction {code}"), &detail)).with_detail(detail)
    }

    /// A time limit that has passed.
    #[must_use]
    pub fn timeout(message: String) -> Self {
        Self::new(Code::Timeout, message)
    }

    /// A request without an answer in time. `option` names the option of the limit.
    #[must_use]
    pub fn unanswered(request: RequestLine, limit: Duration, option: Option<&str>) -> Self {
        let limit = millis(limit);
        let option = option.map_or_else(String::new, |name| format!(" ({name})"));
        Self::timeout(format!("No answer to {request} within {limit} ms{option}")).with_request(request, None)
    }

    /// A stream or prediction that broke and whose rest cannot be fetched.
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

/// Joins a sentence and a detail.
fn sentence(head: &str, detail: &str) -> String {
    if detail.is_empty() { head.to_owned() } else { format!("{head}: {detail}") }
}

/// Whole milliseconds, for messages. Formatting the `u128` of `Duration` would take a kilobyte of code.
pub(crate) fn millis(duration: Duration) -> u64 {
    const MOST: u64 = u64::MAX / 1000 - 1;
    duration.as_secs().min(MOST) * 1000 + u64::from(duration.subsec_millis())
}

/// The most characters of a server's text in a message.
const SHOWN: usize = 200;

/// Shortens a server's text for a message: white space folded, cut after 200 characters.
#[must_use]
pub fn shorten(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_ascii_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
        // The rest of a long text is not needed.
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
