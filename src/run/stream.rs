//! The part of a run that reads an event stream: its time limits, its end, and what happens when it
//! breaks.

use super::{Ending, Goal, Ms, Options, Piece, Run, State, Step};
use crate::backend::{Backend, Kind, Replicate};
use crate::delivery::Delivery;
use crate::error::{Error, Limit, join, shorten};
use crate::http::{Request, problem};
use crate::json::Json;
use crate::prediction::{Prediction, Status, elements};
use crate::retry::{LONGEST_PAUSE, backoff};
use crate::sse::Parser;

/// How long a stream may still be silent once the prediction is known to be over.
const LAST_WORDS: Ms = 5_000;

/// A timer that fires this late says that the machine slept or the page was frozen, not that the
/// server was silent.
pub(super) const SLEPT: Ms = 10_000;

/// The event stream of a run, over all its connections.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) url: Option<String>,
    parser: Parser,
    /// When the silence has lasted too long.
    pub(super) until: Ms,
    /// How often it was opened, here and by whoever left the handle: more than once, and the server may
    /// have begun in the middle.
    pub(super) opens: u32,
    /// An event came on any connection.
    begun: bool,
    /// Connections in a row that brought nothing.
    fruitless: u32,
    /// Why the last connection ended, when it was not by `done`.
    broken: Option<String>,
    /// Polling has taken over.
    pub(super) given_up: bool,
    /// The prediction is over, and only its last events are still to come.
    over: bool,
}

impl Stream {
    pub(super) fn new(resumed: bool) -> Self {
        Self { opens: resumed.into(), ..Self::default() }
    }

    pub(super) fn open(&self, replicate: &Replicate, delivery: &Delivery) -> Request {
        // A header carries bytes, each of them a character; a line end would begin another header.
        let last_id = delivery.last_id.as_deref().filter(|id| !id.iter().any(|byte| b"\0\r\n".contains(byte)));
        let last_id = last_id.map(|id| id.iter().map(|&byte| char::from(byte)).collect::<String>());
        replicate.open(self.url.as_deref().unwrap_or_default(), last_id.as_deref())
    }

    /// The stream is over: what its chunks needed is given back.
    pub(super) fn release(&mut self) {
        self.parser = Parser::default();
    }

    pub(super) fn demanded(&mut self, now: Ms, options: &Options) {
        if !self.over {
            self.until = self.until.max(now.saturating_add(options.idle(self.begun)));
        }
    }

    /// The error of a run whose stream broke before, and which now cannot get the rest in another way.
    pub(super) fn interrupted(&self, error: Error) -> Error {
        match &self.broken {
            Some(why) => Error::Interrupted(join(&["The stream was interrupted: ", why, "; ", &error.message()])),
            None => error,
        }
    }

    /// Something new came: the next break is a new one.
    pub(super) fn fruitful(&mut self) {
        self.fruitless = 0;
    }

    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }
}

/// What the server has now is not what was delivered before.
pub(super) fn mismatch() -> Error {
    Error::Interrupted(
        "The stream was interrupted: the prediction's output does not begin with what was delivered".into(),
    )
}

impl Options {
    /// How long a stream may be silent: generous before its first event, because of cold starts.
    fn idle(&self, begun: bool) -> Ms {
        if begun { self.idle / 5 } else { self.idle }
    }
}

impl Run {
    pub(super) fn opened(&mut self, now: Ms) {
        self.stream.parser = Parser::default();
        self.stream.until = now.saturating_add(self.options.idle(self.stream.begun));
        self.delivery.reconnected();
        self.cog_opened();
        self.state = State::Read;
    }

    /// The stream cannot be had: polling takes over, which any prediction can be followed by.
    pub(super) fn open_refused(&mut self, error: Error) {
        if matches!(error, Error::Timeout(_)) {
            return self.fail(error);
        }
        if self.delivery.bytes > 0 || self.stream.broken.is_some() {
            self.stream.broken = Some(error.message());
        }
        self.stream.given_up = true;
        self.state = State::Send(Step::Get);
    }

    /// Room for a chunk of the body, to be filled before [`handle_chunk`](Self::handle_chunk).
    pub fn reserve(&mut self, len: usize) -> &mut [u8] {
        self.stream.parser.reserve(len)
    }

    /// The reserved room was filled with a chunk of the body.
    pub fn handle_chunk<J: Json>(&mut self, now: Ms, jitter: f64) {
        self.events::<J>(now, jitter, false);
    }

    /// The body has ended.
    pub fn handle_end<J: Json>(&mut self, now: Ms, jitter: f64) {
        self.events::<J>(now, jitter, true);
        if matches!(self.state, State::Read) {
            self.lost(now, "it ended before its last event", jitter);
        }
    }

    /// The body broke off: what the host said.
    pub fn handle_failure(&mut self, now: Ms, detail: &str, jitter: f64) {
        if matches!(self.state, State::Read) {
            self.lost(now, detail, jitter);
        }
    }

    fn events<J: Json>(&mut self, now: Ms, jitter: f64, last: bool) {
        if !matches!(self.state, State::Read) {
            return;
        }
        let Self { stream, delivery, backend, .. } = self;
        let (mut seen, mut ending, mut apart) = (0, None, Vec::new());
        let before = delivery.taken;
        let is_cog = matches!(backend, Backend::Cog(_));
        let sink = |event: crate::sse::Event<'_>| {
            if ending.is_some() {
                return;
            }
            seen += 1;
            if is_cog {
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                return apart.push((text(event.name), text(event.data)));
            }
            let kind = backend.kind(event.name);
            match kind {
                Kind::Done | Kind::Error => {
                    delivery.see(&event);
                    ending = Some((kind, event.data.to_vec()));
                }
                Kind::Output | Kind::Other => delivery.take(&event, kind == Kind::Output),
            }
        };
        let parsed = if last {
            stream.parser.finish(|name| name == b"completed" || backend.kind(name) == Kind::Done, sink);
            Ok(())
        } else {
            stream.parser.parse(sink)
        };
        if seen > 0 {
            stream.begun = true;
            // A server that repeats old events and breaks off, again and again, brings nothing.
            if delivery.taken > before {
                stream.fruitful();
            }
            stream.until = now.saturating_add(self.options.idle(true));
        }
        for (name, data) in apart {
            if matches!(self.state, State::Read) {
                self.cog_event::<J>(now, jitter, name, data);
            }
        }
        if let Err(error) = parsed {
            self.fail(error);
        } else if let Some((kind, data)) = ending {
            let text = String::from_utf8_lossy(&data).into_owned();
            // Cut off, it says nothing for sure.
            if !last || J::parse(&text).is_some() {
                self.ended::<J>(kind, &text);
            }
        } else if self.delivery.differs() {
            self.stream.broken = Some("it began again with other text".into());
            self.stream.given_up = true;
            self.state = State::Send(Step::Get);
        }
    }

    /// The stream told its end: `done`, perhaps with a reason, or `error`.
    fn ended<J: Json>(&mut self, kind: Kind, data: &str) {
        let json = J::parse(data);
        let reason = json.as_ref().and_then(|json| json.str("reason")).unwrap_or_default();
        let status = match (kind, reason.as_str()) {
            (Kind::Done, "" | "success" | "succeeded") => {
                // After a break the output itself has the last word on whether all of it was delivered.
                return if self.stream.opens > 1 || self.stream.broken.is_some() || !self.delivery.in_step() {
                    self.state = State::Send(Step::Settle(Ending::Done));
                } else {
                    self.finish(Vec::new());
                };
            }
            (_, "canceled") => Status::Canceled,
            (_, "aborted") => Status::Aborted,
            _ => Status::Failed,
        };
        let detail = if kind == Kind::Error { problem(json.as_ref(), data) } else { String::new() };
        self.state = State::Send(Step::Settle(Ending::Unsuccessful(status, detail)));
    }

    /// Ends a stream in success, with what was still missing.
    fn finish(&mut self, missing: Vec<String>) {
        self.status = Some(Status::Succeeded);
        self.hand_out(missing);
        if self.goal == Goal::Events {
            self.pieces.push(Piece { name: "done".into(), data: "{}".into() });
        }
        self.state = State::Ended;
    }

    /// The prediction's own word after the stream told its end.
    pub(super) fn settle<J: Json>(
        &mut self,
        now: Ms,
        prediction: &Prediction,
        output: Option<&J>,
        ending: Ending,
        jitter: f64,
    ) {
        let status = prediction.status.unwrap_or(Status::Processing);
        match ending {
            Ending::Unsuccessful(..) if status.is_terminal() && status != Status::Succeeded => {
                self.fail(Error::Ended(status, prediction.error.as_deref().map(shorten).unwrap_or_default()));
            }
            Ending::Unsuccessful(..) => self.settle_refused(ending),
            // The stream was quicker than the API.
            Ending::Done if !status.is_terminal() => {
                let pause = self.backend.pause(self.looks, jitter);
                self.looks += 1;
                self.state = State::Sleep(now.saturating_add(pause), Step::Settle(ending), true);
            }
            Ending::Done => match output.map(|output| elements(output, 0)) {
                // A stream may carry a file as a data URI and the output its address: they do not compare.
                Some(output) if output.is_empty() || !output.iter().all(|element| is_file(element)) => {
                    match self.delivery.missing(&output) {
                        Some(missing) => self.finish(missing),
                        None => self.fail(mismatch()),
                    }
                }
                // Nor is there anything to compare once the output was removed, after an hour.
                _ => self.settle_refused(ending),
            },
        }
    }

    /// The last look gave nothing: what the stream said must do.
    pub(super) fn settle_refused(&mut self, ending: Ending) {
        match ending {
            Ending::Unsuccessful(status, detail) => self.fail(Error::Ended(status, detail)),
            Ending::Done if self.delivery.in_step() => self.finish(Vec::new()),
            Ending::Done => self.fail(mismatch()),
        }
    }

    /// The connection is gone before the end: connect again after a pause, or poll where that brings
    /// nothing.
    pub(super) fn lost(&mut self, now: Ms, why: &str, jitter: f64) {
        if self.stream.over {
            self.stream.given_up = true;
        }
        self.stream.broken = Some(why.to_owned());
        if self.stream.fruitless >= self.options.policy.max_retries {
            self.stream.given_up = true;
        }
        if self.stream.given_up {
            self.state = State::Send(Step::Get);
            return;
        }
        let asked = self.stream.parser.retry.map(|asked| asked.min(LONGEST_PAUSE));
        let pause = asked.unwrap_or_else(|| backoff(self.stream.fruitless, jitter));
        self.stream.fruitless += 1;
        self.state = State::Sleep(now.saturating_add(pause), Step::Open, true);
    }

    /// No event came in time.
    pub(super) fn silent(&mut self, now: Ms, jitter: f64) {
        if now < self.stream.until {
            return;
        }
        if self.stream.over {
            self.lost(now, "it fell silent before its last event", jitter);
        } else if now >= self.stream.until.saturating_add(SLEPT) {
            self.stream.until = now.saturating_add(self.options.idle(self.stream.begun));
            self.handle_wake(now);
        } else {
            self.fail(Error::Timeout(Limit::Idle(self.options.idle(self.stream.begun))));
        }
    }

    /// The look beside the open stream: if the prediction is over, its last events must come soon.
    pub(super) fn checked(&mut self, now: Ms, prediction: &Prediction) {
        self.stream.over = prediction.status.is_some_and(Status::is_terminal);
        self.stream.until =
            now.saturating_add(if self.stream.over { LAST_WORDS } else { self.options.idle(self.stream.begun) });
        self.state = State::Read;
    }
}

fn is_file(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("data:")) && !text.bytes().any(|byte| byte.is_ascii_whitespace())
}
