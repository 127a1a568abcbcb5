//! Replicate's HTTP API (<https://replicate.com/docs/reference/http>).

use crate::error::join;
use crate::http::{Create, Request, segment};
use crate::run::Ms;

/// What a run asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The official route of a model, `owner/name`; a community model answers 404 there.
    Model(String),
    /// A version by its id.
    Version(String),
    /// A prediction that was created before.
    Existing,
}

/// How the output is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The create itself waits, up to so many seconds if told (`Prefer: wait`), then polling.
    Block(Option<u32>),
    /// Polling from the start, with a fixed pause.
    Poll(Ms),
    /// An event stream, or polling where there is none.
    Stream,
}

/// How long the server holds a create with `Prefer: wait` at most.
const SYNC_MODE: u32 = 60;
/// The first pause between two looks, and the longest.
const PAUSES: (Ms, Ms) = (500, 5_000);

/// A prediction of Replicate's API.
#[derive(Debug, Clone)]
pub struct Replicate {
    /// The base address, `…/v1`, without a slash at its end.
    pub base: String,
    /// What is asked for.
    pub target: Target,
    /// How its output is waited for.
    pub wait: Wait,
}

impl Replicate {
    pub(super) fn create(&self) -> Option<Request> {
        let (route, version) = match &self.target {
            Target::Model(name) => (join(&["/models/", name, "/predictions"]), None),
            Target::Version(version) => ("/predictions".to_owned(), Some(version.clone())),
            Target::Existing => return None,
        };
        let mut request = Request::new("POST", join(&[&self.base, &route])).header("accept", "application/json");
        if let Wait::Block(seconds) = self.wait {
            let seconds = seconds.map_or_else(String::new, |seconds| join(&["=", &seconds.to_string()]));
            request = request.header("prefer", &join(&["wait", &seconds]));
        }
        request.create = Some(Create { model: None, version });
        Some(request)
    }

    /// The request for a model, whose latest version is then used.
    #[must_use]
    pub fn look_up(&self) -> Option<Request> {
        let Target::Model(name) = &self.target else { return None };
        Some(Request::new("GET", join(&[&self.base, "/models/", name])).header("accept", "application/json"))
    }

    pub(super) fn get(&self, id: &str) -> Request {
        // Made from the id and not taken from `urls.get`: behind a relay that names another host.
        let url = join(&[&self.base, "/predictions/", &segment(id)]);
        Request::new("GET", url).header("accept", "application/json")
    }

    pub(super) fn cancel(&self, id: &str) -> Request {
        let url = join(&[&self.base, "/predictions/", &segment(id), "/cancel"]);
        let mut request = Request::new("POST", url).header("accept", "application/json");
        request.keepalive = true;
        request
    }

    /// The request for the events of a prediction, after the last one that was seen.
    #[must_use]
    pub fn open(&self, url: &str, last_id: Option<&str>) -> Request {
        let mut request = Request::new("GET", url.to_owned()).header("accept", "text/event-stream");
        if let Some(last_id) = last_id {
            request = request.header("last-event-id", last_id);
        }
        request.stream = true;
        // Whoever has the address can read the stream.
        request.secret = true;
        request
    }

    pub(super) fn create_waits(&self) -> Ms {
        match self.wait {
            Wait::Block(seconds) => seconds.unwrap_or(SYNC_MODE) * 1000,
            Wait::Poll(_) | Wait::Stream => 0,
        }
    }

    /// A fixed pause where one was asked for.
    pub(super) fn pause(&self, looks: u32, jitter: f64) -> Ms {
        if let Wait::Poll(interval) = self.wait {
            return interval;
        }
        growing(looks, jitter)
    }
}

/// Growing by half each time, a tenth of it at random.
pub(super) fn growing(looks: u32, jitter: f64) -> Ms {
    let (first, longest) = PAUSES;
    let grown = (0..looks.min(8)).fold(first, |pause, _| pause * 3 / 2).min(longest);
    grown - (f64::from(grown / 10) * jitter) as Ms
}
