//! Ends that do not come from the server: the reader leaves, or the total limit passes.

use super::{Action, Phase, Run};
use crate::protocol::backend::Step;
use crate::protocol::error::{Error, millis};
use crate::protocol::http::{Answer, Body, Request};
use crate::protocol::json::Json;
use crate::protocol::option::TIMEOUT;
use crate::protocol::prediction::{self, Status};
use std::time::Duration;

impl<J: Json> Run<J> {
    /// The reader has left. The driver drops the current request, unless [`poll`](Self::poll) returns [`Action::Wait`]: then
    /// a create may finish, so that its prediction can be cancelled.
    pub fn leave(&mut self, cancel: bool) {
        if self.left {
            return;
        }
        self.pieces.clear();
        self.unreported.clear();
        self.is_fresh = false;
        self.delivery.clear();
        self.part(cancel);
    }

    /// The total limit has passed. The error is reported at once, and the prediction is cancelled as for a reader who leaves.
    pub(super) fn time_is_up(&mut self, limit: Duration) -> Action<J> {
        let limit = millis(limit);
        let error = match &self.phase {
            // The create has no answer yet, so there is no id to cancel.
            Phase::Sent(request) if self.leaves_a_create(request) => {
                let detail = format!("no answer within {limit} ms ({TIMEOUT})");
                Error::unknown_outcome(request.line(), None, detail)
            }
            _ => Error::timeout(format!("The prediction took longer than {limit} ms ({TIMEOUT})")),
        };
        self.part(self.options.cancel_on_leave);
        if matches!(self.phase, Phase::Over) {
            self.left = false;
            self.phase = Phase::Failed(error);
            return self.end();
        }
        Action::Fail(self.informed(error))
    }

    /// Whether a request may create a prediction that runs on, although its id is unknown when the call ends. On a Cog
    /// server the client chooses the id.
    fn leaves_a_create(&self, request: &Request) -> bool {
        let stops = self.backend.can_cancel() && self.options.cancel_on_leave;
        let charges = self.backend.charges() && !self.backend.is_cog();
        request.creates() && charges && !stops && !self.uploads
    }

    /// Ends reading. Only a cancel may follow.
    fn part(&mut self, cancel: bool) {
        self.left = true;
        let cancel = cancel && self.backend.can_cancel() && !self.status.is_some_and(Status::is_terminal);
        let is_over = match self.phase {
            Phase::Over | Phase::Failed(_) => true,
            // Nothing was sent.
            Phase::Due => self.step == Step::Open && self.polls == 0 && self.backend.is_cog() && !self.cog.begun,
            _ => self.uploads,
        };
        if is_over || !cancel {
            self.phase = Phase::Over;
        } else if self.id.is_some() {
            self.next(Step::Cancel);
        } else if !(self.step == Step::Create && matches!(self.phase, Phase::Sent(_))) {
            self.phase = Phase::Over;
        }
    }

    /// Takes the answer to a cancel. A prediction that had ended before was not cancelled by it.
    pub(super) fn canceled(&mut self, answer: &Answer<J>) {
        self.phase = Phase::Over;
        let Answer::Whole { status: 200..300, body, .. } = answer else {
            self.canceled = Some(self.canceled == Some(true));
            return;
        };
        if let Body::Json(prediction) = body {
            self.status = prediction::status(prediction).or(self.status);
        }
        self.canceled = Some(!matches!(self.status, Some(Status::Succeeded | Status::Failed)));
        if self.backend.is_cog() {
            self.cancel_again();
        }
    }
}
