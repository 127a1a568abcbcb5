//! The output of a prediction that is looked at: what of it is new, and what the prediction's end means.

use super::{CallState, Goal, Phase, Piece, Run, ending};
use crate::protocol::backend::Step;
use crate::protocol::error::{Error, millis, shorten};
use crate::protocol::json::Json;
use crate::protocol::prediction::{self, Status, elements};
use std::time::Duration;

impl<J: Json> Run<J> {
    /// Goes on after a look at the prediction.
    pub(super) fn observe(&mut self, now: Duration, prediction: &J, status: Option<Status>, jitter: f64) {
        let creates = self.step == Step::Create;
        let Some(status) = status.or(creates.then_some(Status::Starting)) else {
            return self.fail(Error::protocol("The prediction has no status"));
        };
        if self.backend.is_homepage() && creates {
            // The homepage's answer to the POST counts for its id alone.
            return self.next(Step::Get);
        }
        self.stream.url = prediction.str("urls.stream").filter(|url| !url.is_empty());
        let can_stream = self.backend.streams() && self.stream.url.is_some() && !self.stream.given_up;
        let streams = can_stream && !status.is_terminal();
        let is_list = prediction.length("output").is_some();
        if status != Status::Succeeded && self.goal != Goal::Whole && !streams && is_list {
            // What a failed prediction had made is delivered too.
            self.deliver(prediction);
        }
        if status == Status::Succeeded {
            self.succeeded(prediction);
        } else if status.is_terminal() {
            self.fail(Error::ended(status, prediction::error(prediction)));
        } else if streams {
            self.next(Step::Open);
        } else {
            self.look_again(now, jitter);
        }
    }

    fn look_again(&mut self, now: Duration, jitter: f64) {
        let pause = self.backend.pause(self.looks, jitter);
        self.looks += 1;
        if let Some(attempts) = self.backend.attempts()
            && self.looks >= attempts
        {
            let (looks, interval) = (self.looks, millis(pause));
            return self.fail(Error::timeout(format!(
                "The prediction did not finish within {looks} attempts, one every {interval} ms (maxAttempts, pollIntervalMs)"
            )));
        }
        if self.looks == 1 && !self.stream.given_up {
            self.tell(CallState::Polling { reason: None });
        }
        self.pause(now, pause, Step::Get);
    }

    fn succeeded(&mut self, prediction: &J) {
        if self.backend.is_homepage() && !is_homepage_output(prediction) {
            let output = shorten(&prediction.show("output").unwrap_or_else(|| "null".to_owned()));
            let message = format!("The prediction succeeded with an unexpected output: {output}");
            return self.fail(Error::protocol(message));
        }
        self.phase = Phase::Over;
        self.deliver(prediction);
        if self.delivery.bytes > 0 && self.polled.is_none() && self.goal != Goal::Snapshots {
            // The output is removed after an hour: whether a stream that broke had delivered all of it, nobody knows.
            self.fail(ending::mismatch());
        }
        if matches!(self.phase, Phase::Over) {
            self.done();
        }
    }

    /// The event that ends a stream of events.
    pub(super) fn done(&mut self) {
        self.phase = Phase::Over;
        self.hand_on("done", "{}".to_owned());
    }

    /// Hands on an event as it is.
    pub(super) fn hand_on(&mut self, name: &str, data: String) {
        if self.goal == Goal::Events {
            self.pieces.push(Piece { name: name.to_owned(), data });
        }
    }

    /// Delivers what of an output was not delivered yet.
    fn deliver(&mut self, prediction: &J) {
        if self.goal == Goal::Snapshots {
            return;
        }
        let from = self.polled.unwrap_or(0);
        let Some(mut texts) = elements(prediction, from) else { return };
        let (total, mut new) = (from + texts.len(), 0);
        if self.polled.is_none() && self.delivery.bytes > 0 {
            // What was delivered came from a stream: the output must begin with it.
            let Some(delivered) = self.delivery.cut(&mut texts) else {
                if self.status.is_some_and(Status::is_terminal) {
                    self.fail(ending::mismatch());
                }
                // Or it has not caught up with it yet.
                return;
            };
            new = delivered;
        }
        self.polled = Some(total);
        self.hand_out(texts.split_off(new));
    }

    /// Hands out pieces of the output that did not come in a batch.
    pub(super) fn hand_out(&mut self, texts: Vec<String>) {
        for data in texts {
            self.delivery.count_text(data.as_bytes());
            if self.goal != Goal::Snapshots {
                self.pieces.push(Piece { name: "output".to_owned(), data });
            }
        }
    }
}

/// Whether an output is what the provider's models make: a text, or a list of texts that is not empty.
fn is_homepage_output(prediction: &impl Json) -> bool {
    match prediction.length("output") {
        Some(length) => length > 0 && (0..length).all(|at| prediction.str(&format!("output.{at}")).is_some()),
        None => prediction.str("output").is_some(),
    }
}
