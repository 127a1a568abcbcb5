//! Everything that can go wrong, in one enum with one sentence each.

use crate::http::RequestLine;
use crate::prediction::Status;
use crate::run::Ms;

/// What went wrong. [`Error::code`] is what programs look at, [`Error::message`] what people read.
///
/// The core never puts a token or a signed URL into an error. What was known when it happened (the
/// prediction's id, its logs, the text delivered) is the run's, see [`Run`](crate::run::Run).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// An option or argument makes no sense. The sentence names it and the kind of its value.
    InvalidArgument(String),
    /// The provider has no model of that name.
    ModelNotSupported(String),
    /// A raw token in a page, where anybody can read it.
    UnsafeAuth,
    /// No answer came: the host's own words.
    Network {
        /// The request that got no answer.
        request: RequestLine,
        /// What the host's `fetch` said.
        detail: String,
    },
    /// The server answered with a status other than success.
    Http {
        /// The request.
        request: RequestLine,
        /// The answer's status.
        status: u16,
        /// The server's own words.
        detail: String,
        /// When the server wants to be asked again, in milliseconds.
        retry_after_ms: Option<Ms>,
    },
    /// The server answered something its protocol does not have.
    Protocol(String),
    /// The stream broke, and what is missing cannot be had.
    Interrupted(String),
    /// A create that may have been accepted. It is never sent a second time, since it may cost twice.
    UnknownOutcome {
        /// The request.
        request: RequestLine,
        /// What happened to it.
        detail: String,
        /// The status of the answer, if there was one.
        status: Option<u16>,
    },
    /// The prediction ended without success: the status, and the server's own words.
    Ended(Status, String),
    /// A time limit ran out.
    Timeout(Limit),
}

/// The time limits. Each names its option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// No answer to a request within so many milliseconds.
    Connect(RequestLine, Ms),
    /// No event of a stream for so many milliseconds.
    Idle(Ms),
    /// The whole prediction took longer than so many milliseconds.
    Total(Ms),
    /// The provider's poll loop: so many attempts, so many milliseconds apart.
    Attempts(u32, Ms),
}

impl Error {
    /// The code, as `types.d.ts` lists it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidArgument(_) => "invalid_argument",
            Self::ModelNotSupported(_) => "model_not_supported",
            Self::UnsafeAuth => "unsafe_auth",
            Self::Network { .. } => "network",
            Self::Http { .. } => "http",
            Self::Protocol(_) => "protocol",
            Self::Interrupted(_) => "interrupted",
            Self::UnknownOutcome { .. } => "unknown_outcome",
            Self::Ended(status, _) => status.name(),
            Self::Timeout(_) => "timeout",
        }
    }

    /// One capitalised sentence, the server's own words last.
    ///
    /// Written with plain joins: formatting machinery would be a tenth of the whole module.
    #[must_use]
    #[inline(never)]
    pub fn message(&self) -> String {
        match self {
            Self::InvalidArgument(text) | Self::Protocol(text) | Self::Interrupted(text) => text.clone(),
            Self::ModelNotSupported(name) => join(&["Model not supported: ", name]),
            Self::UnsafeAuth => "A token in a page can be read by anyone: pass a baseUrl of a relay instead of auth, \
                or dangerouslyAllowBrowser if nobody else can open this page"
                .into(),
            Self::Network { request, detail } => {
                join(&["No answer to ", &request.method, " ", &request.url, ": ", detail])
            }
            Self::Http { request, status, detail, .. } => {
                let status = status.to_string();
                let head = [request.method.as_str(), " ", &request.url, " was answered with status ", &status];
                sentence(&join(&head), detail)
            }
            Self::UnknownOutcome { request, detail, .. } => join(&[
                "The outcome is unknown and may cost, so it is not sent again: ",
                &request.method,
                " ",
                &request.url,
                ": ",
                detail,
            ]),
            Self::Ended(status, detail) => sentence(&join(&["Prediction ", status.name()]), detail),
            Self::Timeout(limit) => limit.message(),
        }
    }
}

impl Limit {
    fn message(&self) -> String {
        match self {
            Self::Connect(request, ms) => join(&[
                "No answer to ",
                &request.method,
                " ",
                &request.url,
                " within ",
                &ms.to_string(),
                " ms (connectTimeoutMs)",
            ]),
            Self::Idle(ms) => join(&["The stream was silent for ", &ms.to_string(), " ms (idleTimeoutMs)"]),
            Self::Total(ms) => join(&["The prediction took longer than ", &ms.to_string(), " ms (timeoutMs)"]),
            Self::Attempts(attempts, ms) => join(&[
                "The prediction did not finish within ",
                &attempts.to_string(),
                " attempts, one every ",
                &ms.to_string(),
                " ms (maxAttempts, pollIntervalMs)",
            ]),
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Error {}

/// Joins the parts of a sentence.
#[inline(never)]
pub(crate) fn join(parts: &[&str]) -> String {
    parts.concat()
}

/// A sentence and, where the server gave some, its own words.
fn sentence(head: &str, detail: &str) -> String {
    if detail.is_empty() { head.to_owned() } else { join(&[head, ": ", detail]) }
}

/// How many characters of a server's text an error shows.
const SHOWN: usize = 200;

/// A text from a server, fit to stand in an error: white space folded, cut after 200 characters.
#[must_use]
#[inline(never)]
pub fn shorten(text: &str) -> String {
    let mut short = String::new();
    let mut room = SHOWN;
    for word in text.split_ascii_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        for char in word.chars() {
            if room == 0 {
                short.push('…');
                return short;
            }
            room -= 1;
            short.push(char);
        }
    }
    short
}
