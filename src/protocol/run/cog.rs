//! The ways of a Cog server, where they differ: how a prediction begins, how it is joined again after a
//! break, and how its end is told. The model never runs twice for one call, see [`crate::protocol::backend::Cog`].

use super::{Goal, Ms, Run, State, Step};
use crate::protocol::backend::Protocol;
use crate::protocol::error::{Code, Error, shorten};
use crate::protocol::json::{Document, shown};
use crate::protocol::prediction::{self, NULL, OUTPUT, Status, elements};
use crate::protocol::retry::backoff;
use crate::protocol::text::join;

/// A cancel that comes just as the model begins or yields can be lost (2 to 15 of a hundred, measured):
/// it is repeated until the server no longer knows the prediction, but not for ever.
const CANCELS: u32 = 50;
/// The pause between two of them.
const CANCEL_PAUSE: Ms = 100;

/// What a run on a Cog server remembers beside.
#[derive(Debug, Default)]
pub(super) struct Cog {
    /// The model was asked to run: from here on the prediction may only be joined.
    pub(super) begun: bool,
    /// Output events seen on this connection. The `index` of the events is no good for counting: files and
    /// texts have one each.
    position: usize,
    /// Output events delivered.
    delivered: usize,
    /// The first event of this connection was seen.
    opened: bool,
    /// The server's history is gone: the whole output will fill the gap.
    gap: bool,
    /// The server said that it is set up.
    ready: bool,
    cancels: u32,
}

impl Run {
    pub(super) fn cog_opened(&mut self) {
        self.cog.begun = true;
        self.cog.position = 0;
        self.cog.opened = false;
        self.cog.gap = false;
    }

    /// A request to a Cog server was refused, or got no answer.
    pub(super) fn cog_refused(&mut self, now: Ms, error: Box<Error>, jitter: f64) {
        // No answer: whether the model runs, only the server knows.
        let unknown = error.code == Code::UnknownOutcome && error.status == 0;
        match (self.step, error.status) {
            // Gone, and running it again is out of the question.
            (Step::Open | Step::Get, _) if self.cog.begun => {
                let error = self.stream.interrupted(error);
                self.fail(if matches!(error.code, Code::Interrupted | Code::Timeout) { error } else { gone(&error) });
            }
            // It does not stream, or is not set up yet. Asked once more after the server said that it is ready.
            (Step::Open, 406) if self.cog.ready => self.next(Step::Create),
            (Step::Open, 406) | (Step::Open | Step::Create, 503) => self.next(Step::Health),
            (Step::Open, _) if unknown => {
                self.cog.begun = true;
                self.lost(now, &error.message, jitter);
            }
            (Step::Create, _) if unknown => self.fail(gone(&error)),
            _ => self.fail(error),
        }
    }

    /// How the server is: setting up, and so asked again later, or failed for good.
    pub(super) fn health<D: Document>(&mut self, now: Ms, doc: &D, jitter: f64) {
        let status = doc.text("json.status");
        if status == "SETUP_FAILED" || status == "DEFUNCT" {
            let logs = shorten(&doc.text("json.setup.logs"));
            return self.fail(Error::ended(Status::Failed, join(&["The model could not be set up: ", &logs])));
        }
        self.cog.ready = status != "STARTING";
        // At once only the first time: a server may say that it is ready and still refuse, again and again.
        let pause = if self.cog.ready && self.looks == 0 { 0 } else { backoff(self.looks.min(3), jitter) };
        self.looks += 1;
        self.pause(now, pause, Step::Open);
    }

    /// One event of the stream.
    pub(super) fn cog_event<D: Document>(&mut self, doc: &D, json: bool, name: &[u8], data: &[u8]) {
        let starts = name == b"start";
        // Without its beginning the stream is no replay: the server keeps no history.
        self.cog.gap |= !std::mem::replace(&mut self.cog.opened, true) && !starts && self.cog.delivered > 0;
        if name == b"output" {
            self.cog.position += 1;
            if !self.cog.gap && self.cog.position > self.cog.delivered {
                self.cog.delivered += 1;
                self.stream.fruitless = 0;
                self.hand_out(&mut [shown(doc, "json.chunk", NULL)]);
            }
            return;
        }
        let completes = name == b"completed";
        if json && (starts || completes) {
            doc.keep();
        }
        if completes {
            if json {
                self.completed(doc, data);
            }
            return;
        }
        // The history overflowed. The model goes on: looks tell what it has made so far.
        if name == b"error" {
            self.stream.breaks("the server dropped events");
            return self.give_up();
        }
        let behind = self.cog.position < self.cog.delivered;
        if self.stream.broken.is_none() || !(behind || starts) {
            self.hand_on(name, data);
        }
    }

    /// The end, with the whole prediction.
    fn completed<D: Document>(&mut self, doc: &D, data: &[u8]) {
        let status = prediction::status(doc).unwrap_or(Status::Failed);
        self.status = Some(status);
        if status == Status::Succeeded {
            self.state = State::Ended;
            if self.cog.delivered == 0 || doc.length(OUTPUT).is_some() {
                self.hand_out(&mut elements(doc, self.cog.delivered).unwrap_or_default());
            }
            self.fresh = self.goal == Goal::Snapshots;
            return self.hand_on(b"completed", data);
        }
        // The server stops what nobody reads, and what only joins is no input: both say that the prediction is
        // gone, if the stream broke before.
        let mut words = prediction::error(doc);
        let joins = words.ends_with("Input must be a JSON object");
        if joins && self.stream.broken.is_some() {
            words = "it is gone from the server".into();
        }
        let error = Error::ended(status, words);
        let error = if joins || status == Status::Canceled { self.stream.interrupted(error) } else { error };
        self.fail(error);
    }

    /// The answer to a cancel.
    pub(super) fn canceled(&mut self, now: Ms, again: bool) {
        if again && self.backend.protocol == Protocol::Cog && self.cog.cancels < CANCELS {
            self.cog.cancels += 1;
            self.pause(now, CANCEL_PAUSE, Step::Cancel);
            self.wakes = false;
        }
    }
}

/// The prediction is gone, or whatever became of it nobody knows.
fn gone(error: &Error) -> Box<Error> {
    Error::interrupted("prediction", &error.message)
}
