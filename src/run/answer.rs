//! What an answer means for the prediction: where it is in its life, what of its output is new, and which
//! step comes next.

use super::{Goal, Ms, Piece, Run, State, Step, stream};
use crate::backend::{Backend, Target, Wait};
use crate::error::{Error, Limit, join, shorten};
use crate::http::{self, Answer};
use crate::json::Json;
use crate::prediction::{Prediction, Status, elements};

impl Run {
    pub(super) fn refused(&mut self, step: Step, error: Error) {
        match step {
            Step::Create => {
                let unknown = matches!(error, Error::Http { status: 404, .. });
                let named = matches!(&self.backend, Backend::Replicate(it) if matches!(it.target, Target::Model(_)));
                if unknown && named {
                    self.state = State::Send(Step::LookUp);
                } else {
                    self.fail(error);
                }
            }
            Step::LookUp | Step::Cancel | Step::Health => self.fail(error),
            Step::Get => {
                let error = self.stream.interrupted(error);
                self.fail(error);
            }
            Step::Open => self.open_refused(error),
            Step::Check => self.state = State::Read,
            Step::Settle(ending) => self.settle_refused(ending),
        }
    }

    pub(super) fn taken<J: Json>(&mut self, now: Ms, step: Step, answer: Answer<J>, jitter: f64) {
        let (json, text) = match answer {
            Answer::Read { json, text, .. } => (json, text),
            Answer::Stream(_) if self.request.raw => {
                // The user's own request: the answer itself is what was asked for.
                self.fresh = true;
                return;
            }
            Answer::Stream(_) if step == Step::Open => return self.opened(now),
            Answer::Stream(_) | Answer::Lost { .. } => (None, String::new()),
        };
        match step {
            Step::Open => return self.refused(step, Error::Protocol("The answer is no event stream".into())),
            Step::LookUp => return self.looked_up(json.as_ref()),
            Step::Health => return self.health(now, json.as_ref(), jitter),
            _ => {}
        }
        let prediction = match http::prediction(&self.request.line(), json.as_ref(), &text) {
            Ok(prediction) => prediction,
            Err(error) => return self.unreadable(step, error),
        };
        self.status = prediction.status.or(self.status);
        if step == Step::Create && self.id.is_none() {
            self.id.clone_from(&prediction.id);
            if self.id.is_none() {
                return self.unreadable(step, Error::Protocol("The answer to the create has no id".into()));
            }
        }
        if self.left {
            // The reader left while the create was under way: now the prediction can be stopped.
            self.state = State::Send(Step::Cancel);
            return;
        }
        let output = json.as_ref().and_then(|json| json.get("output"));
        match step {
            Step::Check => self.checked(now, &prediction),
            Step::Settle(ending) => self.settle(now, &prediction, output.as_ref(), ending, jitter),
            step => {
                self.fresh = self.goal == Goal::Snapshots;
                self.observe(now, &step, prediction, output.as_ref(), jitter);
            }
        }
    }

    /// An answer of success that cannot be read: of a create it means that nobody knows its id.
    pub(super) fn unreadable(&mut self, step: Step, error: Error) {
        let error = if step == Step::Create && self.options.policy.charges {
            Error::UnknownOutcome { request: self.request.line(), detail: error.message(), status: None }
        } else {
            error
        };
        self.refused(step, error);
    }

    pub(super) fn looked_up<J: Json>(&mut self, json: Option<&J>) {
        let version = json.and_then(|json| json.get("latest_version")).and_then(|latest| latest.str("id"));
        match (&mut self.backend, version) {
            (Backend::Replicate(replicate), Some(version)) => {
                replicate.target = Target::Version(version);
                self.state = State::Send(Step::Create);
            }
            _ => self.fail(Error::Protocol(join(&["The model has no version to run: ", &self.request.url]))),
        }
    }

    /// Goes on after a look at the prediction.
    pub(super) fn observe<J: Json>(
        &mut self,
        now: Ms,
        step: &Step,
        prediction: Prediction,
        output: Option<&J>,
        jitter: f64,
    ) {
        let status = match prediction.status {
            Some(status) => status,
            None if *step == Step::Create => Status::Starting,
            None => return self.fail(Error::Protocol("The prediction has no status".into())),
        };
        let attempts = match &self.backend {
            Backend::Homepage(homepage) => Some(homepage.attempts),
            _ => None,
        };
        if attempts.is_some() && *step == Step::Create {
            // The homepage's answer to the POST counts for its id alone.
            self.state = State::Send(Step::Get);
            return;
        }
        if prediction.stream.is_some() {
            self.stream.url = prediction.stream;
        }
        let streams = self.streams() && !status.is_terminal();
        if status != Status::Succeeded && self.goal != Goal::Whole && !streams {
            // What a failed prediction had made is delivered too.
            self.deliver(output.filter(|output| output.length().is_some()));
        }
        match status {
            Status::Succeeded => self.succeeded(output),
            Status::Failed | Status::Canceled | Status::Aborted => {
                self.fail(Error::Ended(status, prediction.error.unwrap_or_default()));
            }
            Status::Starting | Status::Processing if streams => self.state = State::Send(Step::Open),
            Status::Starting | Status::Processing => {
                self.looks += 1;
                if attempts.is_some_and(|attempts| self.looks >= attempts) {
                    let interval = self.backend.pause(0, 0.0);
                    return self.fail(Error::Timeout(Limit::Attempts(self.looks, interval)));
                }
                let pause = self.backend.pause(self.looks - 1, jitter);
                self.state = State::Sleep(now.saturating_add(pause), Step::Get, true);
            }
        }
    }

    pub(super) fn streams(&self) -> bool {
        let streaming = matches!(&self.backend, Backend::Replicate(it) if it.wait == Wait::Stream);
        streaming && self.stream.url.is_some() && !self.stream.given_up
    }

    pub(super) fn succeeded<J: Json>(&mut self, output: Option<&J>) {
        if matches!(self.backend, Backend::Homepage(_)) && !is_homepage_output(output) {
            let shown = output.map_or_else(|| "null".into(), Json::to_json);
            let what = "The prediction succeeded with an unexpected output: ";
            return self.fail(Error::Protocol(join(&[what, &shorten(&shown)])));
        }
        self.state = State::Ended;
        if output.is_none() && self.delivery.bytes > 0 && self.polled.is_none() {
            // Removed after an hour: whether a stream that broke had delivered all of it, nobody knows.
            self.fail(stream::mismatch());
        }
        self.deliver(output);
        if self.goal == Goal::Events && matches!(self.state, State::Ended) {
            self.pieces.push(Piece { name: "done".into(), data: "{}".into() });
        }
    }

    /// Delivers what of an output was not delivered yet.
    pub(super) fn deliver<J: Json>(&mut self, output: Option<&J>) {
        let Some(output) = output.filter(|_| self.goal != Goal::Snapshots) else { return };
        let from = self.polled.unwrap_or(0);
        let mut texts = elements(output, from);
        let total = from + texts.len();
        if self.polled.is_none() && self.delivery.bytes > 0 {
            // What was delivered came from a stream: the output must begin with it.
            match self.delivery.missing(&texts) {
                Some(missing) => texts = missing,
                // Or it has not caught up with it yet.
                None if !self.status.is_some_and(Status::is_terminal) => return,
                None => return self.fail(stream::mismatch()),
            }
        }
        self.polled = Some(total);
        self.hand_out(texts);
    }

    /// Pieces of the output that did not come in a batch.
    pub(super) fn hand_out(&mut self, texts: Vec<String>) {
        for data in texts {
            self.delivery.count_text(data.as_bytes());
            if self.goal != Goal::Snapshots {
                self.pieces.push(Piece { name: "output".into(), data });
            }
        }
    }
}

/// Whether an output is what the provider's models make: a text, or a list of texts that is not empty.
fn is_homepage_output<J: Json>(output: Option<&J>) -> bool {
    let Some(output) = output else { return false };
    match output.length() {
        Some(len) => len > 0 && (0..len).all(|at| output.at(at).is_some_and(|item| item.as_str().is_some())),
        None => output.as_str().is_some(),
    }
}
