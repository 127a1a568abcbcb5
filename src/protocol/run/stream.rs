//! The event stream of a run: how it is opened and read, and what follows when it breaks.

use super::{CallState, Phase, Run, after};
use crate::protocol::backend::Step;
use crate::protocol::error::{Code, Error};
use crate::protocol::json::Json;
use crate::protocol::retry::{self, backoff};
use crate::protocol::sse::{Event, Parser};
use std::collections::VecDeque;
use std::time::Duration;

/// The longest pause before a broken stream is opened again without polls. In a longer one the prediction is polled.
const SHORT: Duration = Duration::from_millis(500);

/// The event stream of a run, over all its connections.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The URL in the answer.
    named: Option<String>,
    /// The URLs to try, in order of likelihood.
    pub(super) addresses: VecDeque<String>,
    pub(super) parser: Parser,
    /// When a silence reaches its limit.
    pub(super) until: Option<Duration>,
    /// How often it was opened, also before a handle was made. From the second time on a server may begin in the middle.
    pub(super) opens: u32,
    /// The first of the URLs has answered with an event stream.
    connected: bool,
    /// An event has come on any connection.
    pub(super) begun: bool,
    /// Connections in a row without new events.
    pub(super) fruitless: u32,
    /// Why the last connection ended without `done`.
    pub(super) broken: Option<String>,
    /// When a broken stream is opened again, and why it broke. Until then the prediction is polled.
    reopens: Option<(Duration, Error)>,
    /// Polls the prediction instead of reading the stream.
    pub(super) given_up: bool,
    /// The prediction has ended, and only its last events are missing.
    pub(super) over: bool,
    /// The poll beside the stream was sent because of a silence.
    pub(super) is_silent: bool,
    /// The failure in the last event; `None` after a `done` in success.
    pub(super) failure: Option<Error>,
}

/// An event that the run interprets itself, outside of a batch.
struct Apart {
    name: Vec<u8>,
    data: Vec<u8>,
}

impl Stream {
    /// The stream of a new run. An earlier run of the same prediction may have opened it before.
    pub(super) fn opened_before(before: bool) -> Self {
        Self { opens: before.into(), ..Self::default() }
    }

    /// Frees the memory of the parser.
    pub(super) fn release(&mut self) {
        self.parser = Parser::default();
    }

    /// The error of a run whose stream broke and whose polls failed too.
    pub(super) fn interrupted(&self, error: Error) -> Error {
        match &self.broken {
            Some(why) => Error::interrupted("stream", &format!("{why}; {}", error.message())),
            None => error,
        }
    }
}

impl<J: Json> Run<J> {
    /// Stores the stream's URL, which may have changed. One that first appears after the create counts as opened once, since
    /// that stream may begin in the middle.
    pub(super) fn name_stream(&mut self, named: Option<String>) {
        if named.is_none() || named == self.stream.named {
            return;
        }
        self.stream.addresses = named.as_deref().map(|named| self.backend.stream_addresses(named)).unwrap_or_default();
        self.stream.named = named;
        self.stream.connected = false;
        self.stream.opens = self.stream.opens.max((self.step != Step::Create).into());
    }

    /// Whether a running prediction can be streamed. After polls have delivered text, a stream that was never read before is
    /// not opened, since it may begin anywhere.
    pub(super) fn can_stream(&self) -> bool {
        let was_read = self.stream.connected || self.stream.reopens.is_some();
        self.backend.streams()
            && !self.stream.given_up
            && !self.stream.addresses.is_empty()
            && (was_read || self.polled.is_none())
    }

    /// Why a running prediction cannot be streamed; `None` when an option asks for polling.
    pub(super) fn why_not_streamed(&self) -> Option<Error> {
        let named =
            self.stream.named.as_ref().map_or("names no event stream", |_| "names an event stream without a URL");
        self.backend.streams().then(|| Error::protocol(format!("The prediction {named}")))
    }

    /// The event stream is open: begins to read.
    pub(super) fn opened(&mut self) {
        self.stream.release();
        self.stream.connected = true;
        self.stream.reopens = None;
        self.stream.until = after(self.now, self.idle());
        self.delivery.connected(self.stream.opens > 1);
        self.polled = None;
        self.cog_opened();
        self.phase = Phase::Reading;
        self.tell(CallState::Streaming);
    }

    /// Handles a stream that could not be opened. It is tried again if the failure is temporary. Else the next URL is tried,
    /// and after the last one the prediction is polled, which always works.
    pub(super) fn open_refused(&mut self, error: Error) {
        // A server that answers with an error has not begun the stream, so it does not count as opened.
        self.stream.opens -= u32::from(error.status().is_some());
        let status = error.status().unwrap_or(0);
        let is_passing = error.code() == Code::Network || status == 429 || status >= 500;
        let is_last = self.stream.addresses.len() <= 1;
        if error.code() == Code::Timeout {
            // Some servers send the head only with the first event, so before any text a timeout is no failure.
            self.stream.fruitless += u32::from(self.delivery.bytes > 0);
            return self.poll_meanwhile(self.now, error);
        }
        if is_passing {
            if !self.stream.connected && !is_last {
                let first = self.stream.addresses.pop_front();
                self.stream.addresses.extend(first);
            }
            return self.lost_by(error);
        }
        if !is_last {
            self.stream.addresses.pop_front();
            return self.next(Step::Open);
        }
        if self.delivery.bytes > 0 || self.stream.broken.is_some() {
            self.stream.broken = Some(error.message().to_owned());
        }
        self.give_up(error);
    }

    /// Gives up the stream, and polls.
    pub(super) fn give_up(&mut self, reason: Error) {
        self.stream.given_up = true;
        self.stream.reopens = None;
        self.tell(CallState::Polling { reason: Some(reason) });
        self.next(Step::Get);
    }

    /// Handles a connection that ended before the last event: opens the stream again, or gives it up when that keeps failing.
    pub(super) fn lost(&mut self, why: &str) {
        self.lost_by(Error::interrupted("stream", why));
        self.stream.broken = Some(why.to_owned());
    }

    fn lost_by(&mut self, error: Error) {
        let fruitless = self.stream.fruitless;
        if self.stream.connected || self.delivery.bytes > 0 {
            self.stream.broken = Some(error.message().to_owned());
        }
        if self.stream.given_up || self.stream.over || fruitless >= self.options.max_retries {
            return self.give_up(error);
        }
        self.stream.fruitless += 1;
        let pause = self.asked_pause(&error).unwrap_or_else(|| backoff(fruitless, self.jitter));
        if self.backend.is_cog() || (fruitless == 0 && pause <= SHORT) {
            self.open_again(pause, error);
        } else {
            self.poll_meanwhile(self.now.saturating_add(pause), error);
        }
    }

    /// The pause that the server asked for, in its answer or in the stream.
    fn asked_pause(&self, error: &Error) -> Option<Duration> {
        let asked = error.retry_after().or(self.stream.parser.retry);
        asked.map(|asked| asked.min(retry::LONGEST_PAUSE))
    }

    /// Polls until it is time to open the stream again.
    fn poll_meanwhile(&mut self, reopens_at: Duration, error: Error) {
        if self.stream.fruitless > self.options.max_retries {
            return self.give_up(error);
        }
        self.stream.reopens = Some((reopens_at, error.clone()));
        self.tell(CallState::Polling { reason: Some(error) });
        self.next(Step::Get);
    }

    /// Opens the stream after a pause. A pause that the server asked for is never shortened.
    fn open_again(&mut self, pause: Duration, error: Error) {
        let wakes = self.asked_pause(&error).is_none();
        self.tell(CallState::Reconnecting { attempt: self.stream.fruitless, error });
        self.wait(pause, Step::Open, wakes);
    }

    /// After a poll of a running prediction: polls again, or opens the stream.
    pub(super) fn poll_or_open(&mut self) {
        let Some((at, error)) = self.stream.reopens.clone() else { return self.next(Step::Open) };
        let pause = self.backend.pause(self.polls, self.jitter);
        self.polls += 1;
        if self.now.saturating_add(pause) < at {
            self.pause(pause, Step::Get);
        } else {
            self.open_again(at.saturating_sub(self.now), error);
        }
    }

    /// Whether polls replace a broken stream until it is opened again.
    pub(super) fn reopens(&self) -> bool {
        self.stream.reopens.is_some()
    }

    /// Opens the stream after a poll in its place failed.
    pub(super) fn open_instead(&mut self) {
        let Some((at, error)) = self.stream.reopens.clone() else { return };
        self.stream.fruitless += 1;
        if self.stream.fruitless > self.options.max_retries {
            return self.give_up(error);
        }
        self.open_again(at.saturating_sub(self.now), error);
    }

    /// Takes a chunk of the body.
    pub fn handle_chunk(&mut self, now: Duration, chunk: Vec<u8>) {
        self.now = now;
        self.stream.parser.push(chunk);
        self.read(false);
    }

    /// Takes the end of the body.
    pub fn handle_end(&mut self, now: Duration, jitter: f64) {
        (self.now, self.jitter) = (now, jitter);
        self.read(true);
        self.handle_failure(now, "it ended before its last event", jitter);
    }

    /// Takes a failure of the body, with the platform's reason.
    pub fn handle_failure(&mut self, now: Duration, detail: &str, jitter: f64) {
        (self.now, self.jitter) = (now, jitter);
        if self.is_reading() {
            self.lost(detail);
        }
    }

    fn is_reading(&self) -> bool {
        matches!(self.phase, Phase::Reading)
    }

    /// Interprets the events received so far. After the `last` chunk the last event may lack its blank line.
    fn read(&mut self, last: bool) {
        if !self.is_reading() {
            return;
        }
        let is_cog = self.backend.is_cog();
        let Self { stream, delivery, .. } = self;
        let (mut seen, mut apart) = (false, Vec::new());
        let before = delivery.taken;
        let mut sink = |event: Event<'_>| {
            seen = true;
            let ends = event.name == b"done" || event.name == b"error";
            if is_cog || ends {
                apart.push(Apart { name: event.name.to_vec(), data: event.data.to_vec() });
            } else if apart.is_empty() {
                delivery.take(&event, event.name == b"output");
            }
            if ends {
                delivery.see(&event);
            }
        };
        let parsed = if last {
            stream.parser.finish(|name| name == b"completed" || name == b"done", &mut sink)
        } else {
            stream.parser.parse(&mut sink)
        };
        if seen {
            stream.begun = true;
            // Repeated events do not count as new.
            if delivery.taken > before {
                stream.fruitless = 0;
            }
            self.stream.until = after(self.now, self.idle());
        }
        for Apart { name, data } in &apart {
            if !self.is_reading() {
                return;
            }
            let json = J::parse(data);
            if is_cog {
                self.cog_event(json.as_ref(), name, data);
            } else if json.is_some() || !last {
                // Data that is no JSON in the last chunk may be a truncated event, and is ignored.
                self.stream_ended(json.as_ref(), name == b"error", data);
            }
        }
        if !self.is_reading() {
            return;
        }
        if let Err(error) = parsed {
            self.fail(error);
        } else if self.delivery.differs() {
            self.differs();
        }
    }

    fn differs(&mut self) {
        let why = "it began again with other text";
        self.stream.broken = Some(why.to_owned());
        self.give_up(Error::interrupted("stream", why));
    }
}
