//! What an answer means for the prediction, and which step comes next.

use super::{CallState, Goal, Phase, Run, WaitReason};
use crate::protocol::backend::Step;
use crate::protocol::error::{Code, Error};
use crate::protocol::http::{Answer, Body, Request, not_understood};
use crate::protocol::json::Json;
use crate::protocol::prediction::{self, Status};
use crate::protocol::retry::{Policy, Retries, Verdict};
use std::time::Duration;

impl<J: Json> Run<J> {
    /// The answer to the request under way, or that there is none.
    pub fn handle_answer(&mut self, now: Duration, answer: Answer<J>, jitter: f64) {
        if let Some(request) = self.take_request() {
            self.answered(now, &request, answer, false, jitter);
        }
    }

    /// No answer came in time.
    pub(super) fn unanswered(&mut self, now: Duration, jitter: f64) {
        if let Some(request) = self.take_request() {
            let answer = Answer::Lost { detail: String::new(), unsent: false };
            self.answered(now, &request, answer, true, jitter);
        }
    }

    fn take_request(&mut self) -> Option<Request> {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Sent { request, .. } => Some(request),
            other => {
                self.phase = other;
                None
            }
        }
    }

    fn answered(&mut self, now: Duration, request: &Request, answer: Answer<J>, late: bool, jitter: f64) {
        let answer = match answer {
            Answer::Whole { status, retry_after, body } => {
                Answer::Whole { status, retry_after, body: body.unwrapped() }
            }
            answer => answer,
        };
        self.remember(&answer);
        if self.step == Step::Cancel {
            return self.canceled(now, matches!(answer, Answer::Whole { status: 200..300, .. }));
        }
        match self.retries.judge(request, &answer, self.policy(), jitter) {
            Verdict::Take => {
                self.retries = Retries::default();
                self.taken(now, request, answer, jitter);
            }
            // Nothing more is created for a reader who has gone.
            _ if self.left => {}
            Verdict::Renew => {
                self.renew = true;
                self.phase = Phase::Due;
            }
            Verdict::Again { pause, asked, error } => {
                self.tell_retry(pause, self.timed_out(request, late, error));
                self.phase = Phase::Pause { until: now.saturating_add(pause), wakes: !asked };
            }
            Verdict::Refuse(error) => {
                self.retries = Retries::default();
                let error = self.timed_out(request, late, error);
                if self.backend.is_cog() {
                    self.cog_refused(now, error, jitter);
                } else {
                    self.refused(error);
                }
            }
        }
    }

    fn policy(&self) -> Policy {
        // The last word on a failure is asked for once: the failure itself is known already.
        let once =
            self.step == Step::Check || (self.step == Step::Settle && self.stream.failure.is_some()) || self.left;
        let max_retries = if once { 0 } else { self.options.max_retries };
        Policy { max_retries, renewable: self.options.renewable, charges: self.backend.charges() }
    }

    /// The error of a request that was not answered in time.
    fn timed_out(&self, request: &Request, late: bool, error: Error) -> Error {
        match self.options.connect {
            Some(limit) if late => Error::connect_timeout(request.line(), limit),
            _ => error,
        }
    }

    fn tell_retry(&mut self, pause: Duration, error: Error) {
        let attempt = self.retries.used();
        self.tell(if self.step == Step::Open && !self.backend.is_cog() {
            CallState::Reconnecting { attempt, error }
        } else {
            let reason = if error.status() == Some(429) { WaitReason::RateLimited } else { WaitReason::Retry };
            CallState::Waiting { reason, retry_after: pause, attempt, error }
        });
    }

    /// Keeps an answer that tells of the prediction: the reader may see it.
    fn remember(&mut self, answer: &Answer<J>) {
        if let Answer::Whole { status: 200..300, body: Body::Json(json), .. } = answer
            && json.str("id").is_some_and(|id| !id.is_empty())
            && !matches!(self.step, Step::LookUp | Step::Health)
        {
            self.prediction = Some(json.clone());
        }
    }

    /// What an answer that is no success, or none that was understood, means for the step.
    pub(super) fn refused(&mut self, error: Error) {
        match self.step {
            Step::Create if error.status() == Some(404) && self.backend.is_asked_by_name() => self.next(Step::LookUp),
            Step::Create | Step::LookUp | Step::Cancel | Step::Health => self.fail(error),
            Step::Get => {
                let error = self.stream.interrupted(error);
                self.fail(error);
            }
            Step::Open => self.open_refused(error),
            Step::Check => self.phase = Phase::Reading,
            Step::Settle => self.settle_refused(),
        }
    }

    fn taken(&mut self, now: Duration, request: &Request, answer: Answer<J>, jitter: f64) {
        let body = match answer {
            Answer::Whole { body, .. } => body,
            // The user gets the answer as it is.
            Answer::Stream { .. } if self.backend.is_plain() => return,
            Answer::Stream { .. } | Answer::Lost { .. } => return self.opened(now),
        };
        match self.step {
            _ if self.backend.is_plain() => {
                if let Body::Json(json) = body {
                    self.prediction = Some(json);
                }
                return;
            }
            Step::Open => return self.refused(Error::protocol("The answer is no event stream")),
            Step::LookUp => return self.looked_up(request, &body),
            Step::Health => return self.health(now, &body, jitter),
            _ => {}
        }
        let Body::Json(json) = &body else {
            return self.unreadable(request, not_understood(request, "is not JSON", &body));
        };
        let id = json.str("id").filter(|id| !id.is_empty());
        let status = prediction::status(json);
        if id.is_none() && status.is_none() {
            return self.unreadable(request, not_understood(request, "has neither id nor status", &body));
        }
        if self.step == Step::Create && self.id.is_none() {
            if id.is_none() {
                return self.unreadable(request, Error::protocol("The answer to the create has no id"));
            }
            self.id = id;
        }
        self.see_status(status);
        if self.left {
            // The reader left while the create was under way: now the prediction can be stopped.
            return self.next(Step::Cancel);
        }
        match self.step {
            Step::Check => self.checked(now, status),
            Step::Settle => self.settle(now, json, status, jitter),
            _ => {
                self.is_fresh = self.goal == Goal::Snapshots;
                self.observe(now, json, status, jitter);
            }
        }
    }

    /// Remembers the status that an answer tells.
    fn see_status(&mut self, status: Option<Status>) {
        let Some(status) = status else { return };
        let is_new = self.status != Some(status);
        self.status = Some(status);
        if is_new && !status.is_terminal() && matches!(self.step, Step::Create | Step::Get) {
            self.tell(CallState::Running { status });
        }
    }

    /// An answer of success that cannot be read. Of a create it means that nobody knows its id.
    fn unreadable(&mut self, request: &Request, error: Error) {
        let is_create = self.step == Step::Create && self.backend.charges();
        self.refused(if is_create {
            Error::unknown_outcome(request.line(), None, error.message().to_owned())
        } else {
            error
        });
    }

    fn looked_up(&mut self, request: &Request, body: &Body<J>) {
        let version = match body {
            Body::Json(model) => model.str("latest_version.id").filter(|id| !id.is_empty()),
            Body::Text(_) => None,
        };
        match version {
            Some(id) => {
                self.backend.ask_for_version(id);
                self.next(Step::Create);
            }
            // Without a version the model would be asked for by its name, and looked up, again and again.
            None => self.fail(Error::protocol(format!("The model has no version to run: {}", request.url))),
        }
    }
}

/// Whether an error says that nobody knows what became of a create, since no answer came.
pub(super) fn is_unanswered(error: &Error) -> bool {
    error.code() == Code::UnknownOutcome && error.status().is_none()
}
