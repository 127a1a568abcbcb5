//! The output of a polled prediction: the new part in each poll, and its end.

use super::{CallState, Goal, Phase, Piece, Run, ending};
use crate::protocol::backend::Step;
use crate::protocol::delivery::{Comparison, rest};
use crate::protocol::error::{Error, millis, shorten};
use crate::protocol::json::Json;
use crate::protocol::option::{MAX_ATTEMPTS, POLL_INTERVAL};
use crate::protocol::prediction::{self, Status, elements};

impl<J: Json> Run<J> {
    /// Takes an answer about the prediction.
    pub(super) fn observe(&mut self, prediction: &J, status: Option<Status>) {
        let creates = matches!(self.step, Step::Create | Step::Open);
        let Some(status) = status.or(creates.then_some(Status::Starting)) else {
            return self.fail(Error::protocol("The prediction has no status"));
        };
        if self.backend.is_homepage() && creates {
            // Only the id is read from the homepage's answer to the POST.
            return self.next(Step::Get);
        }
        self.name_stream(prediction.str("urls.stream").filter(|url| !url.is_empty()));
        let streams = self.can_stream() && !status.is_terminal();
        let is_list = prediction.length("output").is_some();
        let waits_for_stream = streams && !self.reopens();
        if status != Status::Succeeded && self.goal != Goal::Whole && !waits_for_stream && is_list {
            // The output of a failed prediction is delivered too.
            self.deliver(prediction);
        }
        if matches!(self.phase, Phase::Failed(_)) {
            return;
        }
        if status == Status::Succeeded {
            self.succeeded(prediction);
        } else if status.is_terminal() {
            self.fail(Error::ended(status, prediction::error(prediction)));
        } else if streams {
            self.poll_or_open();
        } else {
            self.poll_again();
        }
    }

    fn poll_again(&mut self) {
        let pause = self.backend.pause(self.polls, self.jitter);
        self.polls += 1;
        if let Some(attempts) = self.backend.attempts()
            && self.polls >= attempts
        {
            let (polls, interval) = (self.polls, millis(pause));
            return self.fail(Error::timeout(format!(
                "The prediction did not finish within {polls} attempts, one every {interval} ms ({MAX_ATTEMPTS}, {POLL_INTERVAL})"
            )));
        }
        if self.polls == 1 && !self.stream.given_up {
            self.tell(CallState::Polling { reason: self.why_not_streamed() });
        }
        self.pause(pause, Step::Get);
    }

    fn succeeded(&mut self, prediction: &J) {
        if self.backend.is_homepage() && !is_homepage_output(prediction, self.backend.may_be_empty()) {
            let output = shorten(&prediction.show("output").unwrap_or_else(|| "null".to_owned()));
            let message = format!("The prediction succeeded with an unexpected output: {output}");
            return self.fail(Error::protocol(message));
        }
        self.phase = Phase::Over;
        self.deliver(prediction);
        if self.delivery.bytes > 0 && self.polled.is_none() && self.goal != Goal::Snapshots {
            // The output was removed, as after an hour. Whether the broken stream had delivered all of it is not known.
            self.fail(ending::mismatch());
        }
        if matches!(self.phase, Phase::Over) {
            self.done();
        }
    }

    /// Ends the run in success, with the last event of a stream of events.
    pub(super) fn done(&mut self) {
        self.phase = Phase::Over;
        self.hand_on("done", "{}".to_owned());
    }

    /// Delivers a single event to readers of events.
    pub(super) fn hand_on(&mut self, name: &str, data: String) {
        if self.goal == Goal::Events {
            self.pieces.push(Piece { name: name.to_owned(), data });
        }
    }

    /// Delivers the new part of an output, which must begin with the delivered text. An outdated poll has no new part.
    fn deliver(&mut self, prediction: &J) {
        if self.goal == Goal::Snapshots {
            return;
        }
        let Some(texts) = elements(prediction) else { return };
        let total = texts.len();
        let comparison = match self.polled {
            // Elements may be empty, so their number is compared too.
            Some(polled) if polled <= total => self.compare_polled(&texts[..polled], polled),
            _ if self.delivery.bytes == 0 => Comparison::Continues { index: 0, offset: 0 },
            _ => self.delivery.compare(&texts),
        };
        match comparison {
            Comparison::Continues { index, offset } => {
                self.polled = Some(total);
                self.hand_out(rest(&texts, index, offset));
            }
            Comparison::Behind if !self.status.is_some_and(Status::is_terminal) => {}
            Comparison::Behind | Comparison::Differs => self.fail(ending::mismatch()),
        }
    }

    /// Checks that the elements of earlier polls are unchanged.
    fn compare_polled(&self, texts: &[String], polled: usize) -> Comparison {
        let length: usize = texts.iter().map(String::len).sum();
        match self.delivery.compare(texts) {
            Comparison::Continues { .. } if length == self.delivery.bytes => {
                Comparison::Continues { index: polled, offset: 0 }
            }
            _ => Comparison::Differs,
        }
    }

    /// Delivers elements of the output outside of a batch.
    pub(super) fn hand_out(&mut self, texts: Vec<String>) {
        if !texts.is_empty() {
            self.delivery.forget_id();
        }
        for data in texts {
            self.delivery.count_text(data.as_bytes());
            if self.goal != Goal::Snapshots {
                self.pieces.push(Piece { name: "output".to_owned(), data });
            }
        }
    }
}

/// Whether an output is one of the provider's models: a string, or a list of strings.
fn is_homepage_output(prediction: &impl Json, may_be_empty: bool) -> bool {
    match prediction.length("output") {
        Some(0) => may_be_empty,
        Some(length) => (0..length).all(|at| prediction.str(&format!("output.{at}")).is_some()),
        None => prediction.str("output").is_some(),
    }
}
