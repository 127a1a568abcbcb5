//! Runs on a Cog server: how a prediction begins, how it is joined after a break, and how it ends. The model never runs twice
//! for a call, see `backend/cog.rs`.

use super::{CallState, Goal, Phase, Run, WaitReason, after};
use crate::protocol::backend::Step;
use crate::protocol::error::{Code, Error, shorten};
use crate::protocol::http::Body;
use crate::protocol::json::Json;
use crate::protocol::prediction::{self, Status, elements};
use crate::protocol::retry::backoff;
use std::time::Duration;

/// How often a cancel is sent at most. A cancel at the moment when the model begins or yields can be lost (2 to 15 of a
/// hundred, measured), so it is repeated until the server no longer knows the prediction.
const CANCELS: u32 = 50;
/// The pause between two cancels.
const CANCEL_PAUSE: Duration = Duration::from_millis(100);

/// State for runs on a Cog server only.
#[derive(Debug, Default)]
pub(super) struct Cog {
    /// The server may have started the model: from now on the prediction may only be joined.
    pub(super) begun: bool,
    /// Output events on this connection. The `index` of an event does not help: files and texts are counted separately.
    position: usize,
    /// Output events delivered.
    delivered: usize,
    /// The first event of this connection was seen.
    opened: bool,
    /// The server's history is incomplete. The whole output at the end fills the gap.
    gap: bool,
    /// The server said that it is ready.
    ready: bool,
    /// Why the prediction could not be started yet.
    refusal: Option<Error>,
    cancels: u32,
}

impl<J: Json> Run<J> {
    pub(super) fn cog_opened(&mut self) {
        self.cog.begun = true;
        self.cog.position = 0;
        self.cog.opened = false;
        self.cog.gap = false;
    }

    /// Decides what follows when a request to a Cog server failed.
    pub(super) fn cog_refused(&mut self, error: Error) {
        match (self.step, error.status()) {
            // The prediction is gone, and the model must not run again.
            (Step::Open | Step::Get, _) if self.cog.begun => {
                let error = self.stream.interrupted(error);
                let is_told = matches!(error.code(), Code::Interrupted | Code::Timeout);
                self.fail(if is_told { error } else { gone(&error) });
            }
            // The model does not stream, or its setup still runs. A 406 of a ready server means that it does not stream.
            (Step::Open, Some(406)) if self.cog.ready => self.next(Step::Create),
            (Step::Open, Some(406)) | (Step::Open | Step::Create, Some(503)) => {
                self.cog.refusal = Some(error);
                self.next(Step::Health);
            }
            // The model may run.
            (Step::Open | Step::Create, _) if error.code() == Code::UnknownOutcome => self.join(error),
            _ => self.fail(error),
        }
    }

    /// Joins a prediction that may have started: opens its stream again, or for a plain call waits for its end.
    fn join(&mut self, error: Error) {
        self.cog.begun = true;
        let why = error.detail().unwrap_or("no answer").to_owned();
        if self.step == Step::Open {
            return self.lost(&why);
        }
        self.stream.broken = Some(why);
        self.tell(CallState::Reconnecting { attempt: 1, error });
        self.pause(backoff(0, self.jitter), Step::Get);
    }

    /// Takes the server's health beside a silent stream. While the server is busy, the stream is kept. Else the prediction is
    /// joined again, which shows whether it still runs.
    pub(super) fn cog_checked(&mut self, body: &Body<J>) {
        self.stream.is_silent = false;
        self.stream.until = after(self.now, self.idle());
        self.phase = Phase::Reading;
        let status = match body {
            Body::Json(health) => health.str("status").unwrap_or_default(),
            Body::Text(_) => String::new(),
        };
        if status != "BUSY" {
            self.lost("it fell silent, and the server is not busy");
        }
    }

    /// Takes the server's health: it is in its setup and is tried again later, or its setup has failed.
    pub(super) fn health(&mut self, body: &Body<J>) {
        let Body::Json(health) = body else {
            return self.fail(Error::protocol("The answer of /health-check is not JSON: this is not a Cog server"));
        };
        let status = health.str("status").unwrap_or_default();
        if status == "SETUP_FAILED" || status == "DEFUNCT" {
            let logs = shorten(&health.str("setup.logs").unwrap_or_default());
            return self.fail(Error::ended(Status::Failed, format!("The model could not be set up: {logs}")));
        }
        self.cog.ready = status != "STARTING";
        // It is tried at once only the first time, since a server may say that it is ready and refuse again and again.
        let at_once = self.cog.ready && self.polls == 0;
        let pause = if at_once { Duration::ZERO } else { backoff(self.polls.min(3), self.jitter) };
        self.polls += 1;
        if let Some(error) = self.cog.refusal.take().filter(|_| !at_once) {
            self.wait_for(WaitReason::Retry, pause, self.polls, error);
        }
        self.pause(pause, Step::Open);
    }

    /// Takes an event of the stream.
    pub(super) fn cog_event(&mut self, json: Option<&J>, name: &[u8], data: &[u8]) {
        let starts = name == b"start";
        // A server that kept its history replays it from `start`. Any other first event means that events were lost.
        self.cog.gap |= !std::mem::replace(&mut self.cog.opened, true) && !starts && self.cog.delivered > 0;
        if name == b"output" {
            self.cog.position += 1;
            if !self.cog.gap && self.cog.position > self.cog.delivered {
                self.cog.delivered += 1;
                self.stream.fruitless = 0;
                // A null adds no text.
                self.hand_out(json.and_then(|json| json.show("chunk")).into_iter().collect());
            }
            return;
        }
        let completes = name == b"completed";
        if (starts || completes)
            && let Some(json) = json
        {
            self.prediction = Some(json.clone());
        }
        if completes {
            if let Some(json) = json {
                self.completed(json, data);
            }
            return;
        }
        // The server's history has overflowed. The model runs on, and polls get its output.
        if name == b"error" {
            let why = "the server dropped events";
            self.stream.broken = Some(why.to_owned());
            return self.give_up(Error::interrupted("stream", why));
        }
        let behind = self.cog.position < self.cog.delivered;
        if self.stream.broken.is_none() || !(behind || starts) {
            self.hand_on(&J::decode(name), J::decode(data));
        }
    }

    /// Takes the end, with the whole prediction.
    fn completed(&mut self, prediction: &J, data: &[u8]) {
        let status = prediction::status(prediction).unwrap_or(Status::Failed);
        self.status = Some(status);
        if status == Status::Succeeded {
            self.phase = Phase::Over;
            if self.cog.delivered == 0 || prediction.length("output").is_some() {
                self.hand_out(self.cog_rest(prediction));
            }
            self.is_fresh = self.goal == Goal::Snapshots;
            return self.hand_on("completed", J::decode(data));
        }
        // The server cancels a prediction without readers, and answers a join without a prediction as an invalid input.
        // After a break both mean that the prediction is gone.
        let mut words = prediction::error(prediction);
        let joins = words.ends_with("Input must be a JSON object");
        if joins && self.stream.broken.is_some() {
            words = "the server no longer has it".to_owned();
        }
        let error = Error::ended(status, words);
        let error = if joins || status == Status::Canceled { self.stream.interrupted(error) } else { error };
        self.fail(error);
    }

    /// The elements of the output that came in no event.
    fn cog_rest(&self, prediction: &J) -> Vec<String> {
        let element = |at: usize| prediction.show(&format!("output.{at}"));
        match prediction.length("output") {
            Some(length) => (self.cog.delivered..length).filter_map(element).collect(),
            None => elements(prediction).unwrap_or_default(),
        }
    }

    /// Repeats a cancel that the server has confirmed.
    pub(super) fn cancel_again(&mut self) {
        if self.cog.cancels < CANCELS {
            self.cog.cancels += 1;
            self.wait(CANCEL_PAUSE, Step::Cancel, false);
        }
    }
}

/// The error of a prediction that is gone or in an unknown state.
fn gone(error: &Error) -> Error {
    Error::interrupted("prediction", error.message())
}
