//! The part of a run that reads an event stream: its time limits, its end, and what happens when it
//! breaks.

use super::{Ms, Piece, Run, State, Step};
use crate::protocol::backend::Protocol;
use crate::protocol::error::{Code, Error};
use crate::protocol::http::problem;
use crate::protocol::json::Document;
use crate::protocol::prediction::{self, Status, elements};
use crate::protocol::retry::{LONGEST_PAUSE, backoff};
use crate::protocol::sse::{Event, Parser};
use crate::protocol::text::join;

/// How long a stream may still be silent once the prediction is known to be over.
const LAST_WORDS: Ms = 5_000;

/// A timer that fires this late says that the machine slept or the page was frozen, not that the
/// server was silent.
pub(super) const SLEPT: Ms = 10_000;

/// The event stream of a run, over all its connections.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Where it is; empty where there is none.
    pub(super) url: String,
    pub(super) parser: Parser,
    /// When the silence has lasted too long.
    pub(super) until: Ms,
    /// How often it was opened, here and by whoever left the handle: more than once, and the server may
    /// have begun in the middle.
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
    pub(super) failure: Option<Box<Error>>,
}

impl Stream {
    /// The stream is over: what its chunks needed is given back.
    pub(super) fn release(&mut self) {
        self.parser = Parser::default();
    }

    /// Why the last connection ended.
    #[inline(never)]
    pub(super) fn breaks(&mut self, why: &str) {
        self.broken = Some(why.to_owned());
    }

    /// The error of a run whose stream broke before, and which now cannot get the rest in another way.
    pub(super) fn interrupted(&self, error: Box<Error>) -> Box<Error> {
        match &self.broken {
            Some(why) => Error::interrupted("stream", &join(&[why, "; ", &error.message])),
            None => error,
        }
    }
}

/// What the server has now is not what was delivered before.
pub(super) fn mismatch() -> Box<Error> {
    Error::interrupted("stream", "the prediction's output does not begin with what was delivered")
}

impl Run {
    /// How long a stream may be silent: generous before its first event, because of cold starts.
    pub(super) fn idle(&self) -> Ms {
        if self.stream.begun { self.options.idle / 5 } else { self.options.idle }
    }

    pub(super) fn opened(&mut self, now: Ms) {
        self.stream.release();
        self.stream.until = now.saturating_add(self.idle());
        self.delivery.reconnected();
        self.cog_opened();
        self.state = State::Read;
    }

    /// The stream cannot be had: polling takes over, which any prediction can be followed by.
    pub(super) fn open_refused(&mut self, error: Box<Error>) {
        if error.code == Code::Timeout {
            return self.fail(error);
        }
        if self.delivery.bytes > 0 || self.stream.broken.is_some() {
            self.stream.breaks(&error.message);
        }
        self.give_up();
    }

    pub(super) fn give_up(&mut self) {
        self.stream.given_up = true;
        self.next(Step::Get);
    }

    /// A chunk of the body.
    pub fn handle_chunk<D: Document>(&mut self, now: Ms, chunk: Vec<u8>, doc: &D) {
        self.stream.parser.push(chunk);
        self.events(now, doc, false);
    }

    /// The body has ended.
    pub fn handle_end<D: Document>(&mut self, now: Ms, doc: &D, jitter: f64) {
        self.events(now, doc, true);
        self.handle_failure(now, "it ended before its last event", jitter);
    }

    /// The body broke off: what the host said.
    pub fn handle_failure(&mut self, now: Ms, detail: &str, jitter: f64) {
        if self.state == State::Read {
            self.lost(now, detail, jitter);
        }
    }

    fn events<D: Document>(&mut self, now: Ms, doc: &D, last: bool) {
        if self.state != State::Read {
            return;
        }
        let Self { stream, delivery, .. } = self;
        let (mut seen, mut apart) = (false, Vec::new());
        let before = delivery.taken;
        let is_cog = self.backend.protocol == Protocol::Cog;
        let mut sink = |event: Event<'_>| {
            seen = true;
            let ends = event.name == b"done" || event.name == b"error";
            if is_cog || ends {
                apart.push(Piece { name: event.name.to_vec(), data: event.data.to_vec() });
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
            self.stream.until = now.saturating_add(self.idle());
        }
        for Piece { name, data } in &apart {
            if self.state != State::Read {
                return;
            }
            let json = doc.parse(data);
            if is_cog {
                self.cog_event(doc, json, name, data);
            } else if json || !last {
                // Cut off, it says nothing for sure.
                self.ended(doc, name == b"error");
            }
        }
        if self.state != State::Read {
            return;
        }
        if let Err(error) = parsed {
            self.fail(error);
        } else if self.delivery.differs() {
            self.stream.breaks("it began again with other text");
            self.give_up();
        }
    }

    /// The stream told its end: `done`, perhaps with a reason, or `error`.
    fn ended<D: Document>(&mut self, doc: &D, failed: bool) {
        let reason = doc.text("json.reason");
        let status = match reason.as_str() {
            "" | "success" => Status::Succeeded,
            reason => Status::read(reason),
        };
        let well = status == Status::Succeeded && !failed;
        let status = if well || matches!(status, Status::Canceled | Status::Aborted) { status } else { Status::Failed };
        if status != Status::Succeeded {
            let detail = if failed { problem(doc, "data") } else { String::new() };
            self.stream.failure = Some(Error::ended(status, detail));
        } else if self.stream.opens <= 1 && self.stream.broken.is_none() && self.delivery.in_step() {
            return self.finish(&mut []);
        }
        // After a break the output itself has the last word on whether all of it was delivered.
        self.next(Step::Settle);
    }

    /// Ends a stream in success, with what was still missing.
    fn finish(&mut self, missing: &mut [String]) {
        self.status = Some(Status::Succeeded);
        self.hand_out(missing);
        self.done();
    }

    /// The prediction's own word after the stream told its end.
    pub(super) fn settle<D: Document>(&mut self, now: Ms, doc: &D, status: Option<Status>, jitter: f64) {
        let status = status.unwrap_or(Status::Processing);
        if self.stream.failure.is_some() {
            if status.is_terminal() && status != Status::Succeeded {
                return self.fail(Error::ended(status, prediction::error(doc)));
            }
            return self.settle_refused();
        }
        if !status.is_terminal() {
            // The stream was quicker than the API.
            let pause = self.backend.pause(self.looks, jitter);
            self.looks += 1;
            return self.pause(now, pause, Step::Settle);
        }
        match elements(doc, 0) {
            // A stream may carry a file as a data URI and the output its address: they do not compare.
            Some(mut output) if output.is_empty() || !output.iter().all(|element| is_file(element)) => {
                match self.delivery.cut(&mut output) {
                    Some(delivered) => self.finish(output.get_mut(delivered..).unwrap_or_default()),
                    None => self.fail(mismatch()),
                }
            }
            // Nor is there anything to compare once the output was removed, after an hour.
            _ => self.settle_refused(),
        }
    }

    /// The last look gave nothing: what the stream said must do.
    pub(super) fn settle_refused(&mut self) {
        match self.stream.failure.take() {
            Some(error) => self.fail(error),
            None if self.delivery.in_step() => self.finish(&mut []),
            None => self.fail(mismatch()),
        }
    }

    /// The connection is gone before the end: connect again after a pause, or poll where that brings
    /// nothing.
    pub(super) fn lost(&mut self, now: Ms, why: &str, jitter: f64) {
        let fruitless = self.stream.fruitless;
        self.stream.breaks(why);
        if self.stream.given_up || self.stream.over || fruitless >= self.options.policy.max_retries {
            return self.give_up();
        }
        self.stream.fruitless += 1;
        let asked = self.stream.parser.retry.map(|asked| asked.min(LONGEST_PAUSE));
        self.pause(now, asked.unwrap_or_else(|| backoff(fruitless, jitter)), Step::Open);
    }

    /// No event came in time.
    pub(super) fn silent(&mut self, now: Ms, jitter: f64) {
        if now < self.stream.until {
            return;
        }
        if self.stream.over {
            self.lost(now, "it fell silent before its last event", jitter);
        } else if now >= self.stream.until.saturating_add(SLEPT) {
            self.stream.until = now.saturating_add(self.idle());
            self.handle_wake(now);
        } else {
            self.fail(Error::timeout("The stream was silent for {} ms (idleTimeoutMs)", self.idle(), 0));
        }
    }

    /// The look beside the open stream: if the prediction is over, its last events must come soon.
    pub(super) fn checked(&mut self, now: Ms, status: Option<Status>) {
        self.stream.over = status.is_some_and(Status::is_terminal);
        self.stream.until = now.saturating_add(if self.stream.over { LAST_WORDS } else { self.idle() });
        self.state = State::Read;
    }
}

fn is_file(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("data:")) && !text.bytes().any(|byte| byte.is_ascii_whitespace())
}
