//! How each server is asked: the request of each [`Step`] of a prediction's life. When which step is due, the
//! [run](super::run) decides.

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
use std::time::Duration;

pub use super::http::Expects;
pub use cancel_after::CancelAfter;

/// One request of the life of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The prediction is made.
    Create,
    /// The latest version of a model is looked up.
    LookUp,
    /// A look at the prediction.
    Get,
    /// Its event stream.
    Open,
    /// A look at the prediction beside its open stream.
    Check,
    /// The last look, after the stream told its end.
    Settle,
    /// How the Cog server is, before it is asked again.
    Health,
    /// The prediction is stopped.
    Cancel,
}

/// How the output is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The create itself waits (`Prefer: wait`), so many seconds at most or as long as the server likes; then polling.
    Block(Option<u32>),
    /// Polling from the start, with a fixed pause.
    Poll(Duration),
    /// An event stream, or polling where there is none.
    Stream,
}

/// A server, and what is asked of it.
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

/// What of a run a request may have to tell.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Known<'a> {
    /// The prediction's id; empty before it is known.
    pub(crate) id: &'a str,
    /// Where its events can be read.
    pub(crate) stream: &'a str,
    /// The id of the last event that was seen.
    pub(crate) last_event_id: &'a [u8],
    /// A Cog server was asked to run the model: from here on the prediction may only be joined.
    pub(crate) begun: bool,
}

impl Backend {
    /// A prediction of one of the provider's models, on its homepage or on a relay. It is looked at so many times, with
    /// a pause in between.
    #[must_use]
    pub fn homepage(base: String, model: Model, interval: Duration, attempts: u32) -> Self {
        Self::new(base, Protocol::Homepage(Homepage { model, interval, attempts }))
    }

    /// A prediction on Replicate's API. Without a reference none can be created, only followed.
    #[must_use]
    pub fn replicate(base: String, reference: Option<Reference>, wait: Wait) -> Self {
        Self::new(base, Protocol::Replicate(Replicate { reference, wait }))
    }

    /// A prediction on a Cog server of one's own.
    #[must_use]
    pub fn cog(base: String) -> Self {
        Self::new(base, Protocol::Cog)
    }

    /// A request of the user's own; the route is a path below the base, or an address that an answer named.
    #[must_use]
    pub fn plain(base: String, method: String, route: &str, expects: Expects) -> Self {
        let plain = Plain::new(&base, method, route, expects);
        Self::new(base, Protocol::Plain(plain))
    }

    /// The same, for a request of the user's own with the header `Prefer`, which may make the server wait for the model.
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

    /// The same server, which is told with each create how long the prediction may live. Only Replicate's API knows that.
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

    /// Whether its create is one of Replicate's API.
    fn creates(&self) -> bool {
        match &self.protocol {
            Protocol::Replicate(_) => true,
            Protocol::Plain(plain) => plain.creates(),
            Protocol::Homepage(_) | Protocol::Cog => false,
        }
    }

    /// The addresses at which an event stream may be read, the likeliest first, for the one that an answer names.
    pub(crate) fn stream_addresses(&self, named: &str) -> Vec<String> {
        stream_addresses(named, &self.base)
    }

    /// Whether an empty list is an output: a text model may have nothing to say, an image model must make an image.
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

    /// Whether it can stop a prediction.
    pub(crate) fn can_cancel(&self) -> bool {
        matches!(self.protocol, Protocol::Replicate(_) | Protocol::Cog)
    }

    /// Whether an event stream is wanted where an answer names one.
    pub(crate) fn streams(&self) -> bool {
        matches!(&self.protocol, Protocol::Replicate(Replicate { wait: Wait::Stream, .. }))
    }

    /// Whether the model is asked for by its name.
    pub(crate) fn is_asked_by_name(&self) -> bool {
        matches!(&self.protocol, Protocol::Replicate(Replicate { reference: Some(Reference::Model(_)), .. }))
    }

    /// From here on this version is asked for.
    pub(crate) fn ask_for_version(&mut self, id: String) {
        if let Protocol::Replicate(replicate) = &mut self.protocol {
            replicate.reference = Some(Reference::Version(id));
        }
    }

    /// How much longer the answer to a step may take because the server waits for the model first.
    pub(crate) fn answers_after(&self, step: Step) -> Duration {
        match (&self.protocol, step) {
            (Protocol::Replicate(replicate), Step::Create) => replicate.create_waits(),
            (Protocol::Plain(plain), _) => plain.waits,
            _ => Duration::ZERO,
        }
    }

    /// Whether a step is answered at the model's end, however long that takes.
    pub(crate) fn answers_at_the_end(&self, step: Step) -> bool {
        self.is_cog() && matches!(step, Step::Create | Step::Get)
    }

    /// How often the prediction is looked at.
    pub(crate) fn attempts(&self) -> Option<u32> {
        match &self.protocol {
            Protocol::Homepage(homepage) => Some(homepage.attempts),
            _ => None,
        }
    }

    /// The pause after a look that found the prediction unfinished, the `looks`-th: fixed where that was asked for, else
    /// growing by half each time, a tenth of it at random. `jitter` is a random number from 0 to 1.
    pub(crate) fn pause(&self, looks: u32, jitter: f64) -> Duration {
        match &self.protocol {
            Protocol::Homepage(Homepage { interval, .. })
            | Protocol::Replicate(Replicate { wait: Wait::Poll(interval), .. }) => *interval,
            _ => {
                let grow = |pause: u64, _| pause * 3 / 2;
                let pause = Duration::from_millis((0..looks.min(8)).fold(FIRST_PAUSE, grow)).min(LONGEST_PAUSE);
                pause - portion(pause / 10, jitter)
            }
        }
    }
}

/// The first pause between two looks, in milliseconds.
const FIRST_PAUSE: u64 = 500;
/// The longest.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The header of a request for events.
const EVENTS: (&str, &str) = ("accept", "text/event-stream");
