//! What an answer means for the prediction: where it is in its life, what of its output is new, and which
//! step comes next.

use super::{Goal, Ms, Piece, Run, State, Step, stream};
use crate::protocol::backend::{Protocol, Wait};
use crate::protocol::error::{Code, Error, shorten};
use crate::protocol::http::{Kind, flag, not_understood};
use crate::protocol::json::{Document, element, shown};
use crate::protocol::prediction::{self, NULL, OUTPUT, Status, elements};
use crate::protocol::text::fill;

impl Run {
    pub(super) fn refused(&mut self, error: Box<Error>) {
        match self.step {
            Step::Create if error.status == 404 && self.is_asked_by_name() => self.next(Step::LookUp),
            Step::Create | Step::LookUp | Step::Cancel | Step::Health => self.fail(error),
            Step::Get => {
                let error = self.stream.interrupted(error);
                self.fail(error);
            }
            Step::Open => self.open_refused(error),
            Step::Check => self.state = State::Read,
            Step::Settle => self.settle_refused(),
        }
    }

    fn is_asked_by_name(&self) -> bool {
        self.backend.protocol == Protocol::Replicate && self.backend.version.is_empty()
    }

    pub(super) fn taken<D: Document>(&mut self, now: Ms, doc: &D, kind: Kind, jitter: f64) {
        match self.step {
            // The user's own request: the answer itself is what was asked for.
            _ if self.request.has(flag::RAW) => {
                self.fresh = true;
                return;
            }
            Step::Open if kind == Kind::Body => return self.opened(now),
            Step::Open => return self.refused(Error::protocol("The answer is no event stream")),
            Step::LookUp => return self.looked_up(doc),
            Step::Health => return self.health(now, doc, jitter),
            _ => {}
        }
        let id = doc.text("json.id");
        let status = prediction::status(doc);
        if id.is_empty() && status.is_none() {
            let what = if kind == Kind::Json { "has neither id nor status" } else { "is not JSON" };
            return self.unreadable(not_understood(doc, &self.request, what));
        }
        self.status = status.or(self.status);
        if self.step == Step::Create && self.id.is_empty() {
            if id.is_empty() {
                return self.unreadable(Error::protocol("The answer to the create has no id"));
            }
            self.id = id;
        }
        if self.left {
            // The reader left while the create was under way: now the prediction can be stopped.
            return self.next(Step::Cancel);
        }
        match self.step {
            Step::Check => self.checked(now, status),
            Step::Settle => self.settle(now, doc, status, jitter),
            _ => {
                self.fresh = self.goal == Goal::Snapshots;
                self.observe(now, doc, status, jitter);
            }
        }
    }

    /// An answer of success that cannot be read: of a create it means that nobody knows its id.
    fn unreadable(&mut self, mut error: Box<Error>) {
        if self.step == Step::Create && self.options.policy.charges {
            error = Error::of_request(Code::UnknownOutcome, self.request.line(), error.status, error.message);
        }
        self.refused(error);
    }

    fn looked_up<D: Document>(&mut self, doc: &D) {
        // Without a version the model would be asked for by its name, and looked up, again and again.
        self.backend.version = doc.text("json.latest_version.id");
        if self.backend.version.is_empty() {
            let message = fill("The model has no version to run: {}", &[&self.request.url]);
            return self.fail(Error::new(Code::Protocol, message));
        }
        self.next(Step::Create);
    }

    /// Goes on after a look at the prediction.
    fn observe<D: Document>(&mut self, now: Ms, doc: &D, status: Option<Status>, jitter: f64) {
        let is_homepage = self.backend.protocol == Protocol::Homepage;
        let creates = self.step == Step::Create;
        let Some(status) = status.or(creates.then_some(Status::Starting)) else {
            return self.fail(Error::protocol("The prediction has no status"));
        };
        if is_homepage && creates {
            // The homepage's answer to the POST counts for its id alone.
            return self.next(Step::Get);
        }
        self.stream.url = doc.text("json.urls.stream");
        let streaming = self.backend.protocol == Protocol::Replicate && self.backend.wait == Wait::Stream;
        let streams = streaming && !self.stream.url.is_empty() && !self.stream.given_up && !status.is_terminal();
        if status != Status::Succeeded && self.goal != Goal::Whole && !streams && doc.length(OUTPUT).is_some() {
            // What a failed prediction had made is delivered too.
            self.deliver(doc);
        }
        if status == Status::Succeeded {
            self.succeeded(doc);
        } else if status.is_terminal() {
            self.fail(Error::ended(status, prediction::error(doc)));
        } else if streams {
            self.next(Step::Open);
        } else {
            self.looks += 1;
            let pause = self.backend.pause(self.looks - 1, jitter);
            if is_homepage && self.looks >= self.backend.attempts {
                let template =
                    "The prediction did not finish within {} attempts, one every {} ms (maxAttempts, pollIntervalMs)";
                return self.fail(Error::timeout(template, self.looks, pause));
            }
            self.pause(now, pause, Step::Get);
        }
    }

    fn succeeded<D: Document>(&mut self, doc: &D) {
        if self.backend.protocol == Protocol::Homepage && !is_homepage_output(doc) {
            let shown = shorten(&shown(doc, OUTPUT, NULL));
            let message = fill("The prediction succeeded with an unexpected output: {}", &[&shown]);
            return self.fail(Error::new(Code::Protocol, message));
        }
        self.state = State::Ended;
        self.deliver(doc);
        if self.delivery.bytes > 0 && self.polled.is_none() && self.goal != Goal::Snapshots {
            // Removed after an hour: whether a stream that broke had delivered all of it, nobody knows.
            self.fail(stream::mismatch());
        }
        if self.state == State::Ended {
            self.done();
        }
    }

    /// The event that ends a stream of events.
    pub(super) fn done(&mut self) {
        self.state = State::Ended;
        self.hand_on(b"done", b"{}");
    }

    /// Hands on an event as it is.
    pub(super) fn hand_on(&mut self, name: &[u8], data: &[u8]) {
        if self.goal == Goal::Events {
            self.pieces.push(Piece { name: name.to_vec(), data: data.to_vec() });
        }
    }

    /// Delivers what of an output was not delivered yet.
    fn deliver<D: Document>(&mut self, doc: &D) {
        if self.goal == Goal::Snapshots {
            return;
        }
        let from = self.polled.unwrap_or(0);
        let Some(mut texts) = elements(doc, from) else { return };
        let (total, mut new) = (from + texts.len(), 0);
        if self.polled.is_none() && self.delivery.bytes > 0 {
            // What was delivered came from a stream: the output must begin with it.
            let Some(delivered) = self.delivery.cut(&mut texts) else {
                if self.status.is_some_and(Status::is_terminal) {
                    self.fail(stream::mismatch());
                }
                // Or it has not caught up with it yet.
                return;
            };
            new = delivered;
        }
        self.polled = Some(total);
        self.hand_out(texts.get_mut(new..).unwrap_or_default());
    }

    /// Pieces of the output that did not come in a batch.
    pub(super) fn hand_out(&mut self, texts: &mut [String]) {
        for text in texts {
            let data = std::mem::take(text).into_bytes();
            self.delivery.count_text(&data);
            if self.goal != Goal::Snapshots {
                self.pieces.push(Piece { name: b"output".to_vec(), data });
            }
        }
    }
}

/// Whether an output is what the provider's models make: a text, or a list of texts that is not empty.
fn is_homepage_output<D: Document>(doc: &D) -> bool {
    match doc.length(OUTPUT) {
        Some(len) => len > 0 && (0..len).all(|at| doc.str(&element(OUTPUT, at)).is_some()),
        None => doc.str(OUTPUT).is_some(),
    }
}
