//! The replies of a server in virtual time.

use super::json::Doc;
use super::time::Ms;
use super::time::ms;
use replicate_wasm::protocol::http::{Answer, Body, Request};
use replicate_wasm::protocol::json::Json;
use std::collections::VecDeque;
use std::time::Duration;

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Chunk(Vec<u8>),
    End,
    /// The connection broke.
    Broken,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    Text(String),
    /// A body of events. Each part has its time after the head. A body without an end stays open and silent.
    Events(Vec<(Ms, Part)>),
    Lost {
        unsent: bool,
    },
    /// No answer ever comes.
    Silence,
}

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) after: Ms,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) content: Content,
}

impl Reply {
    pub(crate) fn new(status: u16, content: Content) -> Self {
        Self { after: 0, status, retry_after: None, content }
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::new(status, Content::Text(text.to_owned()))
    }

    pub(crate) fn json(status: u16, json: serde_json::Value) -> Self {
        Self::new(status, Content::Text(json.to_string()))
    }

    /// An event stream that sends all of `body` at once and ends.
    pub(crate) fn events(body: &str) -> Self {
        Self::body(vec![(0, Part::Chunk(body.into())), (0, Part::End)])
    }

    pub(crate) fn body(parts: Vec<(Ms, Part)>) -> Self {
        Self::new(200, Content::Events(parts))
    }

    /// The answer is lost. The server may have received the request.
    pub(crate) fn lost() -> Self {
        Self::new(0, Content::Lost { unsent: false })
    }

    /// The request was never sent.
    pub(crate) fn unsent() -> Self {
        Self::new(0, Content::Lost { unsent: true })
    }

    pub(crate) fn silence() -> Self {
        Self::new(0, Content::Silence)
    }

    pub(crate) fn after(mut self, ms: Ms) -> Self {
        self.after = ms;
        self
    }

    /// Adds `Retry-After`, in seconds.
    pub(crate) fn retry_after(mut self, seconds: f64) -> Self {
        self.retry_after = Some(ms((seconds * 1000.0) as Ms));
        self
    }
}

impl Reply {
    /// The answer for the run; `None` when none ever comes.
    pub(crate) fn answer(&self) -> Option<Answer<Doc>> {
        let Self { status, retry_after, content, .. } = self;
        Some(match content {
            Content::Text(text) => whole(*status, *retry_after, text),
            Content::Events(_) => Answer::Stream { status: *status },
            Content::Lost { unsent } => lost(*unsent),
            Content::Silence => return None,
        })
    }
}

/// An answer with its whole body.
pub(crate) fn whole(status: u16, retry_after: Option<Duration>, text: &str) -> Answer<Doc> {
    let body = Doc::parse(text.as_bytes()).map_or_else(|| Body::Text(text.to_owned()), Body::Json);
    Answer::Whole { status, retry_after, body }
}

/// No answer.
pub(crate) fn lost(unsent: bool) -> Answer<Doc> {
    Answer::Lost { detail: "connection reset".to_owned(), unsent }
}

/// Answers requests.
pub(crate) trait Server {
    fn answer(&mut self, now: Ms, request: &Request) -> Reply;

    /// Called when the head of a body has reached the client.
    fn connected(&mut self) {}
}

impl<F: FnMut(Ms, &Request) -> Reply> Server for F {
    fn answer(&mut self, now: Ms, request: &Request) -> Reply {
        self(now, request)
    }
}

/// Replies in order. A further request fails the test.
impl Server for VecDeque<Reply> {
    fn answer(&mut self, _: Ms, request: &Request) -> Reply {
        self.pop_front().unwrap_or_else(|| panic!("one request too many: {} {}", request.method, request.url))
    }
}

/// The same reply to every request.
impl Server for Reply {
    fn answer(&mut self, _: Ms, _: &Request) -> Reply {
        self.clone()
    }
}
