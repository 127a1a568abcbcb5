//! Requests and answers as data.

use super::address::origin;
use super::error::{Error, RequestLine, shorten};
use super::json::{self, Json};
use std::borrow::Cow;
use std::time::Duration;

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: Cow<'static, str>,
    /// The absolute URL.
    pub url: String,
    /// The protocol's headers. The client adds the token, the user's headers and the content type. Names are in lower case.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body.
    pub body: RequestBody,
    /// How to read its answer.
    pub expects: Expects,
    /// The token may go to its URL.
    pub trusted: bool,
    /// Calls the functions of the token and the headers again before sending.
    pub renew_token: bool,
    /// It goes on when the page closes (`keepalive` of `fetch`).
    pub keepalive: bool,
    /// The event stream stays open while it is sent.
    pub beside_stream: bool,
    /// Its URL is a secret that no error may show: the URL of a stream gives access to it.
    pub hidden_url: bool,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestBody {
    /// None, or the body that the user gave.
    None,
    /// JSON with the user's input, which this room never sees, and these fields.
    Create {
        /// `owner/name`.
        model: Option<String>,
        /// The version's id.
        version: Option<String>,
    },
    /// `{"input": 0}`: joins a running prediction of a Cog server, and cannot start one.
    Join,
}

/// How to read an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// To its end: [`Answer::Whole`].
    Json,
    /// An event stream chunk by chunk, as [`Answer::Stream`]; anything else to its end.
    Events,
    /// A success is not read ([`Answer::Stream`]), since the user reads it; an error is read to its end.
    Raw,
    /// As `Raw`, but it is reported when the whole body has arrived, so that one time limit covers head and body.
    Buffered,
}

impl Request {
    /// A request without headers or body, whose answer is read to its end.
    #[must_use]
    pub fn new(method: impl Into<Cow<'static, str>>, url: String) -> Self {
        Self {
            method: method.into(),
            url,
            headers: Vec::new(),
            body: RequestBody::None,
            expects: Expects::Json,
            trusted: false,
            renew_token: false,
            keepalive: false,
            beside_stream: false,
            hidden_url: false,
        }
    }

    /// Adds a header.
    pub(crate) fn header(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.headers.push((name, value.into()));
    }

    /// Whether it may be sent twice: it changes nothing, or a repetition changes nothing more.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.body == RequestBody::Join
            || matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "QUERY")
            || self.url.ends_with("/cancel")
    }

    /// Whether it creates something that a repetition would create again.
    #[must_use]
    pub fn creates(&self) -> bool {
        !self.is_safe() && matches!(&*self.method, "POST" | "PUT")
    }

    /// Its method and URL for errors: without the query, which may contain a signature.
    #[must_use]
    pub fn line(&self) -> RequestLine {
        let url = if self.hidden_url { origin(&self.url) } else { &self.url };
        let url = url.split(['?', '#']).next().unwrap_or_default();
        RequestLine { method: self.method.as_ref().to_owned(), url: url.to_owned() }
    }
}

/// The answer to a request.
#[derive(Debug, Clone)]
pub enum Answer<J> {
    /// No answer, or an incomplete one.
    Lost {
        /// The platform's reason, without a hidden URL.
        detail: String,
        /// The request was surely never sent: the platform was offline, or no connection was made.
        unsent: bool,
    },
    /// An answer with its whole body.
    Whole {
        /// Its status.
        status: u16,
        /// The pause that the server asks for, see [`retry_after`](super::retry::retry_after).
        retry_after: Option<Duration>,
        /// Its body.
        body: Body<J>,
    },
    /// The head of an event stream, or of an answer that the user reads.
    Stream {
        /// Its status, which is a success.
        status: u16,
    },
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Body<J> {
    /// JSON.
    Json(J),
    /// Any other text.
    Text(String),
}

impl<J: Json> Body<J> {
    /// Replaces a text by the JSON in it, if there is any, since some servers send JSON inside an HTML page.
    pub(crate) fn find_json(&mut self) {
        if let Self::Text(text) = self
            && let Some(json) = json::find(text)
        {
            *self = Self::Json(json);
        }
    }

    /// The server's reason for an error status, shortened: `detail`, else `error`, else `title`, else the whole body.
    #[must_use]
    pub(crate) fn problem(&self) -> String {
        match self {
            Self::Json(json) => problem(json).unwrap_or_else(|| self.excerpt()),
            Self::Text(_) => self.excerpt(),
        }
    }

    /// The beginning of the body, for a message.
    #[must_use]
    pub(crate) fn excerpt(&self) -> String {
        match self {
            Self::Json(json) => shorten(&json.show("").unwrap_or_default()),
            Self::Text(text) => shorten(text),
        }
    }
}

/// The reason in a JSON problem, shortened.
pub(crate) fn problem(json: &impl Json) -> Option<String> {
    let words = ["detail", "error", "title"].into_iter().filter_map(|field| json.show(field));
    words.map(|words| shorten(&words)).find(|words| !words.is_empty())
}

/// The error of a successful answer that does not fit the protocol. `what` says why. The error shows the body.
pub(crate) fn not_understood<J: Json>(request: &Request, what: &str, body: &Body<J>) -> Error {
    let line = request.line();
    let excerpt = body.excerpt();
    Error::protocol(format!("The answer to {line} {what}: {excerpt}")).with_request(line, None)
}
