//! How each server speaks: the request that each [`Step`] of a prediction's life is there. All decisions are
//! the [run](crate::protocol::run)'s.

mod cog;
pub mod homepage;
mod replicate;

use crate::protocol::http::{Request, flag, segment};
use crate::protocol::run::{Ms, Step};
use crate::protocol::text::{fill, join};

/// The protocols.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// The provider's homepage protocol.
    #[default]
    Homepage = 0,
    /// Replicate's API.
    Replicate = 1,
    /// A Cog server of one's own.
    Cog = 2,
    /// One request of the user's own: its `method`, its address as `target`.
    Plain = 3,
}

/// How the output is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The create itself waits (`Prefer: wait`), so many seconds at most or as long as the server likes, which
    /// is 0; then polling.
    Block(u32),
    /// Polling from the start, with a fixed pause.
    Poll(Ms),
    /// An event stream, or polling where there is none.
    Stream,
}

/// A server, and what is asked of it.
#[derive(Debug, Clone)]
pub struct Backend {
    /// How it speaks.
    pub protocol: Protocol,
    /// The base URL, without a slash at its end.
    pub base: String,
    /// What is asked for: a model's name, or the address of the user's own request.
    pub target: String,
    /// The version, where it is asked for by that.
    pub version: String,
    /// How its output is waited for.
    pub wait: Wait,
    /// How often the homepage is looked at.
    pub attempts: u32,
    /// The method of the user's own request.
    pub method: String,
}

/// What of a run a request may have to tell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// The prediction's id.
    pub id: &'a str,
    /// Where its events can be read.
    pub stream: &'a str,
    /// The last event that was seen.
    pub last_id: &'a [u8],
    /// A Cog server was asked to run the model: it may only be joined.
    pub begun: bool,
}

impl Backend {
    /// A server without any request yet.
    #[must_use]
    pub fn new(protocol: Protocol, base: String, wait: Wait) -> Self {
        let (target, version, method) = (String::new(), String::new(), String::new());
        Self { protocol, base, target, version, wait, attempts: 0, method }
    }

    /// The request of a step.
    #[must_use]
    pub fn request(&self, step: Step, known: Known<'_>) -> Request {
        let Route { method, path, flags, headers } = match self.protocol {
            Protocol::Homepage => homepage::route(step),
            Protocol::Replicate => replicate::route(step, self.version.is_empty()),
            Protocol::Cog => cog::route(step, known.begun),
            Protocol::Plain => Route { method: &self.method, flags: flag::RAW, ..Route::default() },
        };
        let has = |flag| flags & flag != 0;
        let url = if path.is_empty() {
            // A whole address, and whoever has a stream's can read it.
            if has(flag::STREAM) { known.stream } else { &self.target }.to_owned()
        } else {
            let value = if has(flag::NAMED) { self.target.clone() } else { segment(known.id) };
            join(&[&self.base, &fill(path, &[&value])])
        };
        let more = match self.wait {
            Wait::Block(seconds) if has(flag::CREATE) => replicate::prefer(seconds),
            _ if has(flag::SECRET) => replicate::last_event_id(known.last_id),
            _ => String::new(),
        };
        let headers = join(&[headers, &more]);
        Request { method: method.to_owned(), url, headers, flags }
    }

    /// The model and the version that the body of a create names; empty where its protocol wants none.
    #[must_use]
    pub fn named(&self) -> (&str, &str) {
        (if self.protocol == Protocol::Homepage { &self.target } else { "" }, &self.version)
    }

    /// Whether the protocol can stop a prediction.
    #[must_use]
    pub fn can_cancel(&self) -> bool {
        matches!(self.protocol, Protocol::Replicate | Protocol::Cog)
    }

    /// How much longer the create may take because the server waits for the model before it answers.
    #[must_use]
    pub fn create_waits(&self) -> Ms {
        match (self.protocol, self.wait) {
            // It answers when the model is done: only the time for the whole of it counts.
            (Protocol::Cog, _) => Ms::MAX,
            (_, Wait::Block(seconds)) => replicate::block(seconds),
            _ => 0,
        }
    }

    /// The pause after an unfinished look, the `looks`-th: fixed where that was asked for, else growing by half
    /// each time, a tenth of it at random. `jitter` is a random number from 0 to 1.
    #[must_use]
    pub fn pause(&self, looks: u32, jitter: f64) -> Ms {
        if let Wait::Poll(interval) = self.wait {
            return interval;
        }
        let (first, longest) = PAUSES;
        let grown = (0..looks.min(8)).fold(first, |pause, _| pause * 3 / 2).min(longest);
        grown - (f64::from(grown / 10) * jitter) as Ms
    }
}

/// The first pause between two looks, and the longest.
const PAUSES: (Ms, Ms) = (500, 5_000);

/// How a protocol asks for something.
#[derive(Debug, Default)]
struct Route<'a> {
    method: &'a str,
    /// Below the base, `{}` being the prediction's id, or the model's name with [`flag::NAMED`]. Without one the
    /// whole address is known.
    path: &'static str,
    flags: u32,
    headers: &'static str,
}

/// The header of a request for events.
const EVENTS: &str = "accept\ntext/event-stream\n";
