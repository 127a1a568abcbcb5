//! The protocol of each kind of server: the request of each [`Step`]. The [run](super::run) decides which step is next.

mod cancel_after;
mod cog;
pub mod homepage;
mod plain;
mod replicate;

use super::address::{may_see_token, stream_addresses};
use super::http::Request;
use super::model::{Makes, Model, Reference};
use super::retry::portion;
use homepage::Homepage;
use plain::Plain;
use replicate::Replicate;
use std::collections::VecDeque;
use std::time::Duration;

pub use super::http::Expects;
pub use cancel_after::CancelAfter;

/// The kinds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Creates the prediction.
    Create,
    /// Looks up the latest version of a model.
    LookUp,
    /// Polls the prediction.
    Get,
    /// Opens the event stream.
    Open,
    /// Polls the prediction beside its open stream.
    Check,
    /// The last poll, after the end of the stream.
    Settle,
    /// Gets the health of a Cog server before the next try.
    Health,
    /// Cancels the prediction.
    Cancel,
}

/// How to wait for the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The server holds the create (`Prefer: wait`) for at most this many seconds, or as long as it decides; then polling.
    Block(Option<u32>),
    /// Polling from the start, with a fixed pause.
    Poll(Duration),
    /// An event stream, or polling without one.
    Stream,
}

/// A server with its protocol.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The base URL, without a slash at its end.
    base: String,
    protocol: Protocol,
    cancel_after: Option<CancelAfter>,
}

#[derive(Debug, Clone)]
enum Protocol {
    Homepage(Homepage),
    Replicate(Replicate),
    Cog,
    Plain(Plain),
}

/// The state of a run that requests depend on.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    /// The prediction's id; empty before it is known.
    pub(crate) id: &'a str,
    /// The URL of its event stream.
    pub(crate) stream: &'a str,
    /// The id of the last event.
    pub(crate) last_event_id: &'a [u8],
    /// A Cog server may have started the model: from now on the prediction may only be joined.
    pub(crate) begun: bool,
}

impl Backend {
    /// A prediction of one of the provider's models, on the homepage or a relay. It is polled at most `attempts` times, with
    /// a pause of `interval`.
    #[must_use]
    pub fn homepage(base: String, model: Model, interval: Duration, attempts: u32) -> Self {
        Self::new(base, Protocol::Homepage(Homepage { model, interval, attempts }))
    }

    /// A prediction on Replicate's API. Without a reference it can only be followed.
    #[must_use]
    pub fn replicate(base: String, reference: Option<Reference>, wait: Wait) -> Self {
        Self::new(base, Protocol::Replicate(Replicate { reference, wait }))
    }

    /// A prediction on a Cog server.
    #[must_use]
    pub fn cog(base: String) -> Self {
        Self::new(base, Protocol::Cog)
    }

    /// A request of the user. The route is a path below the base URL, or a URL from an answer.
    #[must_use]
    pub fn plain(base: String, method: String, route: &str, expects: Expects) -> Self {
        let plain = Plain::new(&base, method, route, expects);
        Self::new(base, Protocol::Plain(plain))
    }

    /// Extends the time limit of the answer by the wait in the header `Prefer`. For [`plain`](Self::plain) only.
    #[must_use]
    pub fn with_prefer(mut self, prefer: &str) -> Self {
        if let Protocol::Plain(plain) = &mut self.protocol {
            plain.waits = replicate::sync_mode(prefer);
        }
        self
    }

    fn new(base: String, protocol: Protocol) -> Self {
        Self { base, protocol, cancel_after: None }
    }

    /// Adds `Cancel-After` to each create. Only Replicate's API supports it.
    #[must_use]
    pub fn with_cancel_after(mut self, cancel_after: Option<CancelAfter>) -> Self {
        self.cancel_after = cancel_after;
        self
    }

    pub(crate) fn request(&self, step: Step, known: Known<'_>) -> Request {
        let base = &self.base;
        let mut request = match &self.protocol {
            Protocol::Homepage(homepage) => homepage.request(base, step, known),
            Protocol::Replicate(replicate) => replicate.request(base, step, known),
            Protocol::Cog => cog::request(base, step, known),
            Protocol::Plain(plain) => plain.request(),
        };
        request.trusted = may_see_token(&request.url, base);
        request.beside_stream = step == Step::Check;
        if let Some(time) = &self.cancel_after
            && step == Step::Create
            && self.creates()
        {
            request.header("cancel-after", time.as_str().to_owned());
        }
        request
    }

    /// Whether its create goes to Replicate's API.
    fn creates(&self) -> bool {
        match &self.protocol {
            Protocol::Replicate(_) => true,
            Protocol::Plain(plain) => plain.creates(),
            Protocol::Homepage(_) | Protocol::Cog => false,
        }
    }

    /// The candidate URLs of an event stream, in order of likelihood, for the URL in an answer.
    pub(crate) fn stream_addresses(&self, named: &str) -> VecDeque<String> {
        stream_addresses(named, &self.base)
    }

    /// Whether an empty list is a valid output: of a text model, but not of an image model.
    pub(crate) fn may_be_empty(&self) -> bool {
        match &self.protocol {
            Protocol::Homepage(homepage) => homepage.model.makes == Makes::Text,
            _ => true,
        }
    }

    pub(crate) fn is_homepage(&self) -> bool {
        matches!(self.protocol, Protocol::Homepage(_))
    }

    pub(crate) fn is_cog(&self) -> bool {
        matches!(self.protocol, Protocol::Cog)
    }

    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.protocol, Protocol::Plain(_))
    }

    /// Whether a second create costs a second time.
    pub(crate) fn charges(&self) -> bool {
        !self.is_homepage()
    }

    /// Whether the protocol has a cancel.
    pub(crate) fn can_cancel(&self) -> bool {
        matches!(self.protocol, Protocol::Replicate(_) | Protocol::Cog)
    }

    /// Whether the event stream is used when an answer has its URL.
    pub(crate) fn streams(&self) -> bool {
        matches!(&self.protocol, Protocol::Replicate(Replicate { wait: Wait::Stream, .. }))
    }

    /// Whether the create names the model without a version.
    pub(crate) fn is_asked_by_name(&self) -> bool {
        matches!(&self.protocol, Protocol::Replicate(Replicate { reference: Some(Reference::Model(_)), .. }))
    }

    /// Uses this version from now on.
    pub(crate) fn ask_for_version(&mut self, id: String) {
        if let Protocol::Replicate(replicate) = &mut self.protocol {
            replicate.reference = Some(Reference::Version(id));
        }
    }

    /// How much longer the answer to a step may take because the server waits for the model.
    pub(crate) fn answers_after(&self, step: Step) -> Duration {
        match (&self.protocol, step) {
            (Protocol::Replicate(replicate), Step::Create) => replicate.create_waits(),
            (Protocol::Plain(plain), _) => plain.waits,
            _ => Duration::ZERO,
        }
    }

    /// Whether the answer to a step comes when the model is done, however long that takes.
    pub(crate) fn answers_at_the_end(&self, step: Step) -> bool {
        self.is_cog() && matches!(step, Step::Create | Step::Get)
    }

    /// The largest number of polls.
    pub(crate) fn attempts(&self) -> Option<u32> {
        match &self.protocol {
            Protocol::Homepage(homepage) => Some(homepage.attempts),
            _ => None,
        }
    }

    /// The pause after `polls` polls: that of an option, or one that grows by half each time, less up to a tenth at random.
    /// `jitter` is a random number from 0 to 1.
    pub(crate) fn pause(&self, polls: u32, jitter: f64) -> Duration {
        match &self.protocol {
            Protocol::Homepage(Homepage { interval, .. })
            | Protocol::Replicate(Replicate { wait: Wait::Poll(interval), .. }) => *interval,
            _ => {
                let grow = |pause: u64, _| pause * 3 / 2;
                let pause = Duration::from_millis((0..polls.min(8)).fold(FIRST_PAUSE, grow)).min(LONGEST_PAUSE);
                pause.saturating_sub(portion(pause / 10, jitter))
            }
        }
    }
}

/// The first pause between two polls, in milliseconds.
const FIRST_PAUSE: u64 = 500;
/// The longest pause between two polls.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The header of a request for events.
const EVENTS: (&str, &str) = ("accept", "text/event-stream");
