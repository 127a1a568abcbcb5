//! The ways of a Cog server, where they differ: how a prediction begins, how it is joined again after a
//! break, and how its end is told. The model never runs twice for one call, see [`crate::backend::Cog`].

use super::{Goal, Ms, Piece, Run, State, Step};
use crate::error::{Error, join, shorten};
use crate::http::Answer;
use crate::json::Json;
use crate::prediction::{Prediction, Status, elements};
use crate::retry::backoff;

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
    pub(super) fn cog_refused(&mut self, now: Ms, step: Step, error: Error, jitter: f64) {
        let status = match &error {
            Error::Http { status, .. } => Some(*status),
            _ => None,
        };
        match (step, status) {
            // Gone, and running it again is out of the question.
            (Step::Open | Step::Get, _) if self.cog.begun => {
                let error = self.stream.interrupted(error);
                let error = match error {
                    Error::Interrupted(_) | Error::Timeout(_) => error,
                    error => Error::Interrupted(join(&["The prediction was interrupted: ", &error.message()])),
                };
                self.fail(error);
            }
            // It does not stream, or is not set up yet. Asked once more after the server said that it is ready.
            (Step::Open, Some(406)) if self.cog.ready => self.state = State::Send(Step::Create),
            (Step::Open, Some(406)) | (Step::Open | Step::Create, Some(503)) => self.state = State::Send(Step::Health),
            // No answer: whether the model runs, only the server knows.
            (Step::Open, None) if matches!(error, Error::UnknownOutcome { .. }) => {
                self.cog.begun = true;
                self.lost(now, &error.message(), jitter);
            }
            (Step::Create, None) if matches!(error, Error::UnknownOutcome { .. }) => {
                self.fail(Error::Interrupted(join(&["The prediction was interrupted: ", &error.message()])));
            }
            (_, _) => self.fail(error),
        }
    }

    /// How the server is: setting up, and so asked again later, or failed for good.
    pub(super) fn health<J: Json>(&mut self, now: Ms, json: Option<&J>, jitter: f64) {
        let status = json.and_then(|json| json.str("status")).unwrap_or_default();
        if status == "SETUP_FAILED" || status == "DEFUNCT" {
            let logs = json.and_then(|json| json.get("setup")).and_then(|setup| setup.str("logs"));
            let logs = shorten(&logs.unwrap_or_default());
            return self.fail(Error::Ended(Status::Failed, join(&["The model could not be set up: ", &logs])));
        }
        self.cog.ready = status != "STARTING";
        // At once only the first time: a server may say that it is ready and still refuse, again and again.
        let pause = if self.cog.ready && self.looks == 0 { 0 } else { backoff(self.looks.min(3), jitter) };
        self.looks += 1;
        self.state = State::Sleep(now.saturating_add(pause), Step::Open, true);
    }

    /// One event of the stream.
    pub(super) fn cog_event<J: Json>(&mut self, now: Ms, jitter: f64, name: String, data: String) {
        let json = J::parse(&data);
        let field = |key| json.as_ref().and_then(|json| json.get(key));
        let first = !std::mem::replace(&mut self.cog.opened, true);
        // Without its beginning the stream is no replay: the server keeps no history.
        self.cog.gap |= first && name != "start" && self.cog.delivered > 0;
        if matches!(name.as_str(), "start" | "completed") {
            self.report = Some(data.clone());
        }
        match name.as_str() {
            "output" => {
                self.cog.position += 1;
                if self.cog.gap || self.cog.position <= self.cog.delivered {
                    return;
                }
                self.cog.delivered += 1;
                self.stream.fruitful();
                let chunk = field("chunk").map_or_else(|| "null".into(), |chunk: J| chunk.text());
                return self.hand_out(vec![chunk]);
            }
            "completed" => {
                if let Some(json) = json {
                    self.completed(&json, data);
                }
                return;
            }
            // The history overflowed. The model goes on: looks tell what it has made so far.
            "error" => {
                self.lost(now, "the server dropped events", jitter);
                self.stream.given_up = true;
                self.state = State::Send(Step::Get);
                return;
            }
            _ => {}
        }
        let seen = self.stream.is_broken();
        if self.goal == Goal::Events && !(seen && self.cog.position < self.cog.delivered) && !(seen && name == "start")
        {
            self.pieces.push(Piece { name, data });
        }
    }

    /// The end, with the whole prediction.
    fn completed<J: Json>(&mut self, json: &J, data: String) {
        let Prediction { status, error, .. } = Prediction::read(json);
        let status = status.unwrap_or(Status::Failed);
        self.status = Some(status);
        let broken = self.stream.is_broken();
        let error = error.unwrap_or_default();
        match status {
            Status::Succeeded => {
                self.state = State::Ended;
                let output = json.get("output");
                let list = output.filter(|output| self.cog.delivered == 0 || output.length().is_some());
                if let Some(output) = list {
                    let missing = elements(&output, self.cog.delivered);
                    self.hand_out(missing);
                }
                self.fresh = self.goal == Goal::Snapshots;
                if self.goal == Goal::Events {
                    self.pieces.push(Piece { name: "completed".into(), data });
                }
            }
            // The server stops what nobody reads, and what only joins is no input: both say that the
            // prediction is gone.
            Status::Canceled if broken => self.fail(self.stream.interrupted(Error::Ended(status, error))),
            Status::Failed if broken && error.ends_with("Input must be a JSON object") => {
                self.fail(self.stream.interrupted(Error::Ended(status, "it is gone from the server".into())));
            }
            status => self.fail(Error::Ended(status, error)),
        }
    }

    /// The answer to a cancel.
    pub(super) fn canceled<J>(&mut self, now: Ms, answer: &Answer<J>) {
        let again = matches!(answer, Answer::Read { head, .. } if head.ok());
        if again && matches!(self.backend, crate::backend::Backend::Cog(_)) && self.cog.cancels < CANCELS {
            self.cog.cancels += 1;
            self.state = State::Sleep(now.saturating_add(CANCEL_PAUSE), Step::Cancel, false);
        }
    }
}
