//! Replicate's HTTP API (<https://replicate.com/docs/reference/http>).

use super::{EVENTS, Known, Step, Wait};
use crate::protocol::address::segment;
use crate::protocol::digits::digits;
use crate::protocol::http::{Expects, Request, RequestBody};
use crate::protocol::model::Reference;
use std::borrow::Cow;
use std::time::Duration;

/// The longest time that the server holds a create with `Prefer: wait`.
const SYNC_MODE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub(super) struct Replicate {
    pub(super) reference: Option<Reference>,
    pub(super) wait: Wait,
}

impl Replicate {
    pub(super) fn request(&self, base: &str, step: Step, known: Known<'_>) -> Request {
        if step == Step::Open {
            return open(known);
        }
        let mut request = match step {
            Step::Create => self.create(base),
            Step::LookUp => Request::new("GET", format!("{base}/models/{}", self.model())),
            Step::Cancel => Request::new("POST", format!("{base}/predictions/{}/cancel", segment(known.id))),
            // Built from the id and not taken from `urls.get`, which at a relay may name another host.
            _ => Request::new("GET", format!("{base}/predictions/{}", segment(known.id))),
        };
        request.keepalive = step == Step::Cancel;
        request.header("accept", "application/json");
        request
    }

    fn create(&self, base: &str) -> Request {
        // The route of an official model. For a community model it answers 404.
        let (route, version) = match &self.reference {
            Some(Reference::Model(name)) => (format!("/models/{name}/predictions"), None),
            Some(Reference::Version(id)) => ("/predictions".to_owned(), Some(id.clone())),
            None => ("/predictions".to_owned(), None),
        };
        let mut request = Request::new("POST", format!("{base}{route}"));
        request.body = RequestBody::Create { model: None, version };
        match self.wait {
            Wait::Block(None) => request.header("prefer", "wait"),
            Wait::Block(Some(seconds)) => request.header("prefer", format!("wait={seconds}")),
            Wait::Poll(_) | Wait::Stream => {}
        }
        request
    }

    fn model(&self) -> &str {
        match &self.reference {
            Some(Reference::Model(name)) => name,
            _ => "",
        }
    }

    pub(super) fn create_waits(&self) -> Duration {
        match self.wait {
            Wait::Block(None) => SYNC_MODE,
            Wait::Block(Some(seconds)) => Duration::from_secs(seconds.into()),
            Wait::Poll(_) | Wait::Stream => Duration::ZERO,
        }
    }
}

/// How long the server waits for the model with this header `Prefer`.
pub(super) fn sync_mode(prefer: &str) -> Duration {
    match prefer.trim_ascii().strip_prefix("wait") {
        Some("") => SYNC_MODE,
        Some(seconds) => seconds
            .strip_prefix('=')
            .and_then(|seconds| digits(seconds.as_bytes()))
            .map_or(SYNC_MODE, Duration::from_secs)
            .min(SYNC_MODE),
        None => Duration::ZERO,
    }
}

/// The URL of the stream is a secret: it gives access without a token.
fn open(known: Known<'_>) -> Request {
    let mut request = Request::new("GET", known.stream.to_owned());
    request.expects = Expects::Events;
    request.hidden_url = true;
    request.header(EVENTS.0, EVENTS.1);
    if let Some(id) = last_event_id(known.last_event_id) {
        request.header("last-event-id", id);
    }
    request
}

/// An event id as a header value, each byte as a character. An id with a line end is not sent, since that would begin another
/// header.
fn last_event_id(id: &[u8]) -> Option<Cow<'static, str>> {
    let fits = !id.is_empty() && !id.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n'));
    fits.then(|| id.iter().map(|&byte| char::from(byte)).collect())
}
