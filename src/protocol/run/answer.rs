//! Interprets answers: their meaning for the prediction, and the next step.

use super::{CallState, Goal, Phase, Run, after};
use crate::protocol::address::is_segment;
use crate::protocol::backend::Step;
use crate::protocol::error::{Code, Error, millis, shorten};
use crate::protocol::http::{Answer, Body, Request, not_understood};
use crate::protocol::json::Json;
use crate::protocol::option::CONNECT_TIMEOUT;
use crate::protocol::prediction::{self, Status};
use crate::protocol::retry::{Policy, Retries, Verdict};
use std::rc::Rc;
use std::time::Duration;

impl<J: Json> Run<J> {
    /// Takes the answer to the current request.
    pub fn handle_answer(&mut self, now: Duration, answer: Answer<J>, jitter: f64) {
        (self.now, self.jitter) = (now, jitter);
        if let Some(request) = self.take_request() {
            self.answered(&request, answer, false);
        }
    }

    /// Gives up the current request, which got no answer in time.
    pub(super) fn unanswered(&mut self) {
        if let Some(request) = self.take_request() {
            let limit = millis(self.answer_limit().unwrap_or_default());
            let detail = format!("no answer within {limit} ms ({CONNECT_TIMEOUT})");
            self.answered(&request, Answer::Lost { detail, unsent: false }, true);
        }
    }

    fn take_request(&mut self) -> Option<Rc<Request>> {
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Sent(request) => {
                // The server held this request for longer than the limit to connect, so it was reached, and the retries are
                // counted anew.
                if self.backend.answers_at_the_end(self.step)
                    && after(self.since, self.options.connect) <= Some(self.now)
                {
                    self.retries = Retries::default();
                }
                Some(request)
            }
            other => {
                self.phase = other;
                None
            }
        }
    }

    fn answered(&mut self, request: &Request, mut answer: Answer<J>, late: bool) {
        if let Answer::Whole { body, .. } = &mut answer {
            body.find_json();
        }
        self.remember(&answer);
        if self.step == Step::Cancel {
            return self.canceled(&answer);
        }
        match self.retries.judge(request, &answer, self.policy(), self.jitter) {
            Verdict::Take => {
                self.retries = Retries::default();
                self.taken(request, &answer);
            }
            // A create is not repeated for a reader who has left.
            _ if self.left => {}
            Verdict::Renew => {
                if self.step == Step::Open {
                    // The stream was not opened.
                    self.stream.opens -= 1;
                }
                self.renew = true;
                self.phase = Phase::Due;
            }
            Verdict::Again { pause, asked, error } => {
                self.tell_retry(pause, self.timed_out(request, late, error));
                self.wait(pause, self.step, !asked);
            }
            Verdict::Refuse(error) => {
                self.retries = Retries::default();
                let error = self.timed_out(request, late, error);
                self.failed(error);
            }
        }
    }

    fn policy(&self) -> Policy {
        // The stream has told the failure already, so this poll is not repeated.
        let is_last_word = self.step == Step::Settle && self.stream.failure.is_some();
        // Stream and polls replace each other: when one fails, the other is tried.
        let has_other =
            (self.step == Step::Open && !self.backend.is_cog()) || (self.step == Step::Get && self.reopens());
        let once = self.step == Step::Check || is_last_word || has_other || self.left;
        let max_retries = if once { 0 } else { self.options.max_retries };
        Policy { max_retries, renewable: self.options.renewable, charges: self.backend.charges() }
    }

    /// The error of a request without an answer in time.
    fn timed_out(&self, request: &Request, late: bool, error: Error) -> Error {
        match self.answer_limit() {
            Some(limit) if late && error.code() == Code::Network => {
                let named = self.options.connect.filter(|connect| limit >= *connect);
                Error::unanswered(request.line(), limit, named.map(|_| CONNECT_TIMEOUT))
            }
            _ => error,
        }
    }

    /// Keeps an answer about the prediction for the reader.
    fn remember(&mut self, answer: &Answer<J>) {
        if let Answer::Whole { status: 200..300, body: Body::Json(json), .. } = answer
            && json.str("id").is_some_and(|id| !id.is_empty())
            && !matches!(self.step, Step::LookUp | Step::Health)
        {
            self.prediction = Some(json.clone());
        }
    }

    /// Decides what follows when the request of the step failed.
    fn failed(&mut self, error: Error) {
        if self.backend.is_cog() { self.cog_refused(error) } else { self.refused(error) }
    }

    /// Decides what follows when the step failed.
    pub(super) fn refused(&mut self, error: Error) {
        match self.step {
            Step::Create if error.status() == Some(404) && self.backend.is_asked_by_name() => self.next(Step::LookUp),
            Step::Create | Step::LookUp | Step::Cancel | Step::Health => self.fail(error),
            Step::Get if self.reopens() => self.open_instead(),
            Step::Get => {
                let error = self.stream.interrupted(error);
                self.fail(error);
            }
            Step::Open => self.open_refused(error),
            Step::Check => self.check_refused(&error),
            Step::Settle => self.settle_refused(),
        }
    }

    fn taken(&mut self, request: &Request, answer: &Answer<J>) {
        let body = match answer {
            Answer::Whole { body, .. } => body,
            // The user reads the answer.
            Answer::Stream { .. } if self.backend.is_plain() => return,
            Answer::Stream { .. } | Answer::Lost { .. } => return self.opened(),
        };
        match self.step {
            _ if self.backend.is_plain() => {
                if let Body::Json(json) = body {
                    self.prediction = Some(json.clone());
                }
                return;
            }
            Step::Open if !self.backend.is_cog() => {
                let error = Error::protocol("The answer is not an event stream").with_request(request.line(), None);
                return self.refused(error);
            }
            // A Cog server without event streams answers like to a plain create, when the model is done.
            Step::Open => self.cog.begun = true,
            Step::Check if self.backend.is_cog() => return self.cog_checked(body),
            Step::LookUp => return self.looked_up(request, body),
            Step::Health => return self.health(body),
            _ => {}
        }
        let Body::Json(json) = body else {
            return self.unreadable(not_understood(request, "is not JSON", body));
        };
        let id = json.str("id").filter(|id| !id.is_empty());
        if let Some(id) = id.as_ref().filter(|id| !is_segment(id)) {
            let id = shorten(id);
            return self
                .fail(Error::protocol(format!("The server gave the prediction an id that cannot be used: {id}")));
        }
        let status = prediction::status(json);
        if id.is_none() && status.is_none() {
            return self.unreadable(not_understood(request, "has neither id nor status", body));
        }
        if self.step == Step::Create && self.id.is_none() {
            if id.is_none() {
                let error = Error::protocol("The answer to the create has no id").with_request(request.line(), None);
                return self.unreadable(error);
            }
            self.id = id;
        }
        self.see_status(status);
        if self.left {
            // The reader left during the create. Now the prediction can be cancelled.
            return self.next(Step::Cancel);
        }
        match self.step {
            Step::Check => self.checked(json, status),
            Step::Settle => self.settle(json, status),
            _ => {
                self.is_fresh = self.goal == Goal::Snapshots;
                self.observe(json, status);
            }
        }
    }

    /// Records the status in an answer.
    fn see_status(&mut self, status: Option<Status>) {
        let Some(status) = status else { return };
        // An answer may be outdated. The state does not go back.
        let is_new = self.status.is_none() || (self.status, status) == (Some(Status::Starting), Status::Processing);
        self.status = Some(status);
        if is_new && !status.is_terminal() && matches!(self.step, Step::Create | Step::Get) {
            self.tell(CallState::Running { status });
        }
    }

    /// Handles a successful answer that cannot be read. After a create the prediction's id is unknown then.
    fn unreadable(&mut self, error: Error) {
        let detail = error.message().to_owned();
        match error.request().cloned() {
            Some(line) if self.step == Step::Create && self.backend.charges() => {
                self.failed(Error::unknown_outcome(line, None, detail));
            }
            _ => self.refused(error),
        }
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
            // A create without a version would get 404 and lead to the next look-up, again and again.
            None => self.fail(Error::protocol(format!("The model has no version to run: {}", request.url))),
        }
    }
}
