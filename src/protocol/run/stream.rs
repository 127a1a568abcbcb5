//! The event stream of a run: how it is opened and read, its time limits, and what happens when it breaks.

use super::{CallState, Phase, Run, after};
use crate::protocol::backend::Step;
use crate::protocol::error::{Code, Error, millis};
use crate::protocol::json::Json;
use crate::protocol::prediction::Status;
use crate::protocol::retry::{LONGEST_PAUSE, backoff};
use crate::protocol::sse::{Event, Parser};
use std::time::Duration;

/// How long a stream may still be silent once the prediction is known to be over.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A timer that fires this late says that the machine slept or the page was frozen, not that the server was silent.
pub(super) const SLEPT: Duration = Duration::from_secs(10);

/// The event stream of a run, over all its connections.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Where it is.
    pub(super) url: Option<String>,
    pub(super) parser: Parser,
    /// When the silence has lasted too long.
    pub(super) until: Option<Duration>,
    /// How often it was opened, here and by whoever left the handle. After the first time, the server may have begun in
    /// the middle.
    pub(super) opens: u32,
    /// An event came on any connection.
    pub(super) begun: bool,
    /// Connections in a row that brought nothing.
    pub(super) fruitless: u32,
    /// Why the last connection ended, when it was not by `done`.
    pub(super) broken: Option<String>,
    /// Polling has taken over.
    pub(super) given_up: bool,
    /// The prediction is over, and only its last events are still to come.
    pub(super) over: bool,
    /// What the stream said it failed with; none after `done`.
    pub(super) failure: Option<Error>,
}

/// An event that is looked into by itself and not handed out in the batch.
struct Apart {
    name: Vec<u8>,
    data: Vec<u8>,
}

impl Stream {
    /// Gives back what its chunks needed.
    pub(super) fn release(&mut self) {
        self.parser = Parser::default();
    }

    /// The error of a run whose stream broke before, and which now cannot get the rest in another way.
    pub(super) fn interrupted(&self, error: Error) -> Error {
        match &self.broken {
            Some(why) => Error::interrupted("stream", &format!("{why}; {}", error.message())),
            None => error,
        }
    }
}

impl<J: Json> Run<J> {
    /// How long the stream may be silent: generous before its first event, because of cold starts.
    pub(super) fn idle(&self) -> Option<Duration> {
        self.options.idle.map(|idle| if self.stream.begun { idle / 5 } else { idle })
    }

    /// The head of the event stream has come.
    pub(super) fn opened(&mut self, now: Duration) {
        self.stream.release();
        self.stream.until = after(now, self.idle());
        self.delivery.reconnected();
        self.cog_opened();
        self.phase = Phase::Reading;
        self.tell(CallState::Streaming);
    }

    /// The stream cannot be had: polling takes over, which any prediction can be followed by.
    pub(super) fn open_refused(&mut self, error: Error) {
        if error.code() == Code::Timeout {
            return self.fail(error);
        }
        if self.delivery.bytes > 0 || self.stream.broken.is_some() {
            self.stream.broken = Some(error.message().to_owned());
        }
        self.give_up(error);
    }

    /// Polling takes over from the stream.
    pub(super) fn give_up(&mut self, reason: Error) {
        self.stream.given_up = true;
        self.tell(CallState::Polling { reason: Some(reason) });
        self.next(Step::Get);
    }

    /// A chunk of the body.
    pub fn handle_chunk(&mut self, now: Duration, chunk: Vec<u8>) {
        self.stream.parser.push(chunk);
        self.read(now, false);
    }

    /// The body has ended.
    pub fn handle_end(&mut self, now: Duration, jitter: f64) {
        self.read(now, true);
        self.handle_failure(now, "it ended before its last event", jitter);
    }

    /// The body broke off: what the host said.
    pub fn handle_failure(&mut self, now: Duration, detail: &str, jitter: f64) {
        if self.is_reading() {
            self.lost(now, detail, jitter);
        }
    }

    fn is_reading(&self) -> bool {
        matches!(self.phase, Phase::Reading)
    }

    /// Reads the events that have come; after the `last` chunk also one that lacks its blank line.
    fn read(&mut self, now: Duration, last: bool) {
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
            // A server that repeats old events and breaks off, again and again, brings nothing.
            if delivery.taken > before {
                stream.fruitless = 0;
            }
            self.stream.until = after(now, self.idle());
        }
        for Apart { name, data } in &apart {
            if !self.is_reading() {
                return;
            }
            let json = J::parse(data);
            if is_cog {
                self.cog_event(json.as_ref(), name, data);
            } else if json.is_some() || !last {
                // Cut off, it says nothing for sure.
                self.told_end(json.as_ref(), name == b"error", data);
            }
        }
        if !self.is_reading() {
            return;
        }
        if let Err(error) = parsed {
            self.fail(error);
        } else if self.delivery.differs() {
            self.begins_otherwise();
        }
    }

    fn begins_otherwise(&mut self) {
        let why = "it began again with other text";
        self.stream.broken = Some(why.to_owned());
        self.give_up(Error::interrupted("stream", why));
    }

    /// The connection is gone before the end: connects again after a pause, or polls where that brings nothing.
    pub(super) fn lost(&mut self, now: Duration, why: &str, jitter: f64) {
        let fruitless = self.stream.fruitless;
        self.stream.broken = Some(why.to_owned());
        let error = Error::interrupted("stream", why);
        if self.stream.given_up || self.stream.over || fruitless >= self.options.max_retries {
            return self.give_up(error);
        }
        self.stream.fruitless += 1;
        let asked = self.stream.parser.retry.map(|asked| asked.min(LONGEST_PAUSE));
        let pause = asked.unwrap_or_else(|| backoff(fruitless, jitter));
        self.tell(CallState::Reconnecting { attempt: self.stream.fruitless, error });
        self.pause(now, pause, Step::Open);
    }

    /// Somebody waits again: a silence while nobody did was not the server's.
    pub fn handle_demand(&mut self, now: Duration) {
        if !self.stream.over {
            self.stream.until = self.stream.until.max(after(now, self.idle()));
        }
    }

    /// No event came in time.
    pub(super) fn silent(&mut self, now: Duration, jitter: f64) {
        let Some(until) = self.stream.until.filter(|until| now >= *until) else { return };
        if self.stream.over {
            self.lost(now, "it fell silent before its last event", jitter);
        } else if now >= until.saturating_add(SLEPT) {
            self.stream.until = after(now, self.idle());
            self.handle_wake(now);
        } else {
            let limit = millis(self.idle().unwrap_or_default());
            self.fail(Error::timeout(format!("The stream was silent for {limit} ms (idleTimeoutMs)")));
        }
    }

    /// The look beside the open stream: if the prediction is over, its last events must come soon.
    pub(super) fn checked(&mut self, now: Duration, status: Option<Status>) {
        self.stream.over = status.is_some_and(Status::is_terminal);
        self.stream.until = after(now, if self.stream.over { Some(LAST_WORDS) } else { self.idle() });
        self.phase = Phase::Reading;
    }
}
