//! Requests and answers as data.

use super::address::origin;
use super::error::{Error, RequestLine, shorten};
use super::json::{self, Json};
use std::borrow::Cow;
use std::time::Duration;

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: Cow<'static, str>,
    /// The whole address.
    pub url: String,
    /// Headers beside those that the shell adds: the token, the user's own, the body's type. Names are in lower case.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// What it carries.
    pub body: RequestBody,
    /// What is to be done with its answer.
    pub expects: Expects,
    /// The token and the user's headers may go to its address.
    pub trusted: bool,
    /// The token, and the user's headers where a function gives them, are to be asked for anew.
    pub renew_token: bool,
    /// It outlives the page (`fetch`'s `keepalive`).
    pub keepalive: bool,
    /// The event stream that is being read stays open beside it.
    pub beside_stream: bool,
    /// Its address is a secret and must not stand in an error: whoever has the address of a stream can read it.
    pub hidden_url: bool,
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestBody {
    /// Nothing, or in a request of the user's own what the user said.
    None,
    /// The user's input, which the core never sees, as JSON; with the model and the version that it names beside.
    Create {
        /// `owner/name`.
        model: Option<String>,
        /// The version's id.
        version: Option<String>,
    },
    /// `{"input": 0}`: joins a running prediction of a Cog server, and can start none.
    Join,
}

/// What is to be done with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expects {
    /// It is read to its end: [`Answer::Whole`].
    Json,
    /// If it is an event stream, it is [`Answer::Stream`] and read piece by piece; else it is read to its end.
    Events,
    /// If it is a success, it is [`Answer::Stream`] and the user's; else it is read to its end.
    Raw,
    /// The same, but answered only once its whole body is there, so that reading it needs no limit of its own.
    Buffered,
}

impl Request {
    /// A request without headers and body, whose answer is read to its end.
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

    /// Whether it may be sent twice: it changes nothing, or the same as the first time.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.body == RequestBody::Join
            || matches!(&*self.method, "GET" | "HEAD" | "OPTIONS" | "QUERY")
            || self.url.ends_with("/cancel")
    }

    /// Whether it makes something that a second one would make again.
    #[must_use]
    pub fn creates(&self) -> bool {
        !self.is_safe() && matches!(&*self.method, "POST" | "PUT")
    }

    /// Method and address as errors show them: without the query, which may hold a signature.
    #[must_use]
    pub fn line(&self) -> RequestLine {
        let url = if self.hidden_url { origin(&self.url) } else { &self.url };
        let url = url.split(['?', '#']).next().unwrap_or_default();
        RequestLine { method: self.method.clone().into_owned(), url: url.to_owned() }
    }
}

/// What came back for a request.
#[derive(Debug, Clone)]
pub enum Answer<J> {
    /// Nothing, or an answer that broke off.
    Lost {
        /// The host's words, without the address where that is hidden.
        detail: String,
        /// The request surely never left: that was known before it was sent, or no connection was made.
        unsent: bool,
    },
    /// An answer that was read to its end.
    Whole {
        /// Its status.
        status: u16,
        /// When the server wants to be asked again, see [`retry_after`](super::retry::retry_after).
        retry_after: Option<Duration>,
        /// What it says.
        body: Body<J>,
    },
    /// The head of an event stream, or of an answer that the user gets as it is. Its body was not read.
    Stream {
        /// Its status, a success.
        status: u16,
    },
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub enum Body<J> {
    /// The whole of it is JSON.
    Json(J),
    /// It is none.
    Text(String),
}

impl<J: Json> Body<J> {
    /// The JSON within a text, where there is some, takes the place of the text: servers put pages around their answers.
    #[must_use]
    pub(crate) fn unwrapped(self) -> Self {
        match self {
            Self::Text(text) => json::find(&text).map_or(Self::Text(text), Self::Json),
            json => json,
        }
    }

    /// The server's own words in an answer that is no success: the `detail` of a problem, else its `error` or its
    /// `title`, else all of it, shortened.
    #[must_use]
    pub(crate) fn problem(&self) -> String {
        match self {
            Self::Json(json) => problem(json).unwrap_or_else(|| self.excerpt()),
            Self::Text(_) => self.excerpt(),
        }
    }

    /// The beginning of it, fit to stand in a sentence.
    #[must_use]
    pub(crate) fn excerpt(&self) -> String {
        match self {
            Self::Json(json) => shorten(&json.show("").unwrap_or_default()),
            Self::Text(text) => shorten(text),
        }
    }
}

/// What a JSON value says of a problem, shortened.
pub(crate) fn problem(json: &impl Json) -> Option<String> {
    let words = ["detail", "error", "title"].into_iter().filter_map(|field| json.show(field));
    words.map(|words| shorten(&words)).find(|words| !words.is_empty())
}

/// An answer of success that is not what the protocol has; `what` says why, the error shows the answer.
pub(crate) fn not_understood<J: Json>(request: &Request, what: &str, body: &Body<J>) -> Error {
    let line = request.line();
    let excerpt = body.excerpt();
    Error::protocol(format!("The answer to {line} {what}: {excerpt}")).with_request(line, None)
}
