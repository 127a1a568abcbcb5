//! One prediction, from its creation to its end: the state machine that all clients share.
//!
//! # Theory of operation
//!
//! A [`Run`] does no I/O. It has no clock, no randomness and no sockets; the driver around it has. The
//! driver calls [`Run::poll`] and does what the [`Action`] says, tells the run what came of it by one of
//! the `handle_*` methods, and polls again:
//!
//! ```text
//!            ┌────────── poll(now) ◄──────────┐
//!            ▼                                │
//!   Send ── handle_answer                     │
//!   Read ── handle_chunk, handle_end ─────────┤   handle_timeout when `until` passes first,
//!   Sleep ─ (nothing: poll again) ────────────┤   handle_wake when the page becomes visible or online,
//!   Emit ── take the batch ───────────────────┘   leave when the reader goes away
//!   Wait, Done
//! ```
//!
//! Time is [milliseconds](Ms) since the run began, handed in with each call, so that tests run in virtual
//! time and nothing depends on a clock that WebAssembly does not have. Every wait has an end (`until`).
//!
//! The life of a prediction, in steps of one request each:
//!
//! ```text
//!   Create ──404──► LookUp ──► Create         a community model has no route of its own
//!     │
//!     ├── no stream ──► Get ⇄ Sleep           polling: new elements of the output as they appear
//!     │
//!     └── urls.stream ──► Open ──► Read       events; when the body ends without `done`:
//!                          ▲        │
//!                          └─ Sleep ◄┘        reconnect with the last event id, or poll where that fails
//!                                   │
//!                                   └──► Settle ──► end   after a break, or a failure: what the server
//!                                                         says of the prediction is the last word
//! ```
//!
//! A create is sent once. It is repeated only when the server said that it did nothing (429), when the
//! token was refused, or when the request surely never left; see [`crate::retry`].

mod stream;

use std::collections::VecDeque;

use crate::backend::{Backend, Target, Wait};
use crate::delivery::Delivery;
use crate::error::{Error, Limit};
use crate::http::{self, Answer, Request};
use crate::json::Json;
use crate::prediction::{Prediction, Status, elements};
use crate::retry::{Policy, Retries, Verdict};

/// A time or a span of time in whole milliseconds. It counts 49 days, which no prediction lasts, and is a
/// third of the code that `Duration` would be.
pub type Ms = u32;

/// What the driver must do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Send a request and call [`Run::handle_answer`].
    Send {
        /// The request.
        request: Request,
        /// When to give up waiting for its answer.
        until: Ms,
        /// The body being read stays open beside it.
        beside: bool,
    },
    /// Read a piece of the body and call [`Run::handle_chunk`] or [`Run::handle_end`].
    Read {
        /// When to give up waiting.
        until: Ms,
    },
    /// Wait, then poll again.
    Sleep {
        /// Until when.
        until: Ms,
    },
    /// Hand something to the reader.
    Emit(Update),
    /// Nothing: the answer to the last request is still to come, though nobody waits for it any more.
    Wait,
    /// The run is over.
    Done,
}

/// Something for the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// The batch of events in [`Run::delivery`]: all that one chunk of a stream gave.
    Batch,
    /// Events that did not come from a stream: pieces of an output, and the end.
    Pieces(Vec<Piece>),
    /// The newest answer about the prediction.
    Snapshot,
}

/// An event that was made from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name, as in a stream: `output` or `done`.
    pub name: &'static str,
    /// Its data.
    pub data: String,
}

/// What the reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Each answer about the prediction, to the last.
    Snapshots,
    /// The text of the output.
    Text,
    /// Every event.
    Events,
    /// The output as a whole, once there is one: images.
    Whole,
}

/// What a client allows a run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Time to the first byte of an answer.
    pub connect: Ms,
    /// Silence before the first event of a stream; a fifth of it between events.
    pub idle: Ms,
    /// Time for the whole prediction.
    pub total: Ms,
    /// When a request is sent again.
    pub policy: Policy,
    /// Whether a reader who leaves stops the prediction.
    pub cancel_on_leave: bool,
}

/// One request of the life of a prediction.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Create,
    LookUp,
    Get,
    Open,
    /// A look at the prediction beside its open stream.
    Check,
    /// The last look, after the stream told its end.
    Settle(Ending),
    Cancel,
}

/// How a stream told its end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    Done,
    Unsuccessful(Status, String),
}

#[derive(Debug)]
enum State {
    /// A request is due.
    Send(Step),
    /// A request is under way.
    Sent(Step, Request, Ms),
    /// A pause before a request; `wakes` when somebody looks at the page again.
    Sleep {
        until: Ms,
        then: Step,
        wakes: bool,
    },
    Read,
    Failed(Error),
    Ended,
}

/// One prediction under way. See the [module](self) for how it is driven.
#[derive(Debug)]
pub struct Run {
    backend: Backend,
    options: Options,
    goal: Goal,
    state: State,
    retries: Retries,
    renew: bool,
    id: Option<String>,
    status: Option<Status>,
    updates: VecDeque<Update>,
    /// What was delivered, and the batch about to be.
    pub delivery: Delivery,
    /// How many looks found the prediction unfinished.
    looks: u32,
    /// How many elements of the output were delivered, once polling delivers it.
    polled: Option<usize>,
    stream: stream::Stream,
    left: bool,
}

impl Run {
    /// A run that has sent nothing yet. With an `id` it follows a prediction that was created before.
    #[must_use]
    pub fn new(backend: Backend, goal: Goal, options: Options, id: Option<String>, mut delivery: Delivery) -> Self {
        delivery.text_only = goal == Goal::Text;
        Self {
            state: State::Send(if id.is_some() { Step::Get } else { Step::Create }),
            backend,
            options,
            goal,
            retries: Retries::default(),
            renew: false,
            id,
            status: None,
            updates: VecDeque::new(),
            delivery,
            looks: 0,
            polled: None,
            stream: stream::Stream::default(),
            left: false,
        }
    }

    /// A run that is over before it began.
    #[must_use]
    pub fn over() -> Self {
        let policy = Policy { max_retries: 0, renewable: false, charges: false };
        let options = Options { connect: 0, idle: 0, total: 0, policy, cancel_on_leave: false };
        let mut run = Self::new(Backend::default(), Goal::Text, options, None, Delivery::default());
        run.state = State::Ended;
        run
    }

    /// Whether the user's token and headers may go to an address.
    #[must_use]
    pub fn trusts(&self, url: &str) -> bool {
        http::may_see_token(url, self.backend.base())
    }

    /// The prediction's id, known as soon as the create is answered.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What to do next, `now` being the time since the run began.
    ///
    /// # Errors
    /// What ended the run. It is told once; from then on the run is [`Action::Done`].
    pub fn poll(&mut self, now: Ms) -> Result<Action, Error> {
        if !self.left {
            if self.delivery.count() > 0 {
                return Ok(Action::Emit(Update::Batch));
            }
            if let Some(update) = self.updates.pop_front() {
                return Ok(Action::Emit(update));
            }
            if now >= self.options.total && !matches!(self.state, State::Failed(_) | State::Ended) {
                self.fail(Error::Timeout(Limit::Total(self.options.total)));
            }
        }
        if let State::Sleep { until, then, .. } = &self.state {
            if now < *until {
                return Ok(Action::Sleep { until: (*until).min(self.options.total) });
            }
            self.state = State::Send(then.clone());
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Send(step) => Ok(self.send(step, now)),
            State::Failed(error) => Err(error),
            state => {
                self.state = state;
                Ok(match self.state {
                    State::Read => Action::Read { until: self.stream.until.min(self.options.total) },
                    State::Ended => Action::Done,
                    _ => Action::Wait,
                })
            }
        }
    }

    fn send(&mut self, step: Step, now: Ms) -> Action {
        let id = self.id.as_deref().unwrap_or_default();
        let mut wait = self.options.connect;
        let request = match (&step, &self.backend) {
            (Step::Create, backend) => {
                wait += backend.create_waits();
                backend.create()
            }
            (Step::LookUp, Backend::Replicate(replicate)) => replicate.look_up(),
            (Step::Open, Backend::Replicate(replicate)) => Some(self.stream.open(replicate, &self.delivery)),
            (Step::Cancel, backend) => backend.cancel(id),
            (_, backend) => Some(backend.get(id)),
        };
        let Some(mut request) = request else {
            self.state = State::Ended;
            return Action::Done;
        };
        request.renew = std::mem::take(&mut self.renew);
        let until = now.saturating_add(wait).min(self.options.total);
        let beside = step == Step::Check;
        self.state = State::Sent(step, request.clone(), until);
        Action::Send { request, until, beside }
    }

    /// The answer to the request under way, or that there is none.
    pub fn handle_answer<J: Json>(&mut self, now: Ms, answer: Answer<J>, jitter: f64) {
        let State::Sent(step, request, until) = std::mem::replace(&mut self.state, State::Ended) else { return };
        if step == Step::Cancel {
            return;
        }
        // The last word on a failure is asked for once: the failure itself is known already.
        let mut policy = self.options.policy;
        if matches!(step, Step::Check | Step::Settle(Ending::Unsuccessful(..))) || self.left {
            policy.max_retries = 0;
        }
        match self.retries.judge(&request, &answer, policy, jitter) {
            Verdict::Again { pause, renew, asked } => {
                self.renew = renew;
                self.state = State::Sleep { until: now.saturating_add(pause), then: step, wakes: !asked };
            }
            Verdict::Refuse(error) => {
                self.retries = Retries::default();
                let late = matches!(answer, Answer::Lost { .. }) && now >= until;
                let error = match step {
                    Step::Create | Step::LookUp | Step::Get | Step::Open if late => {
                        Error::Timeout(Limit::Connect(request.line(), self.options.connect))
                    }
                    _ => error,
                };
                self.refused(step, error);
            }
            Verdict::Take => {
                self.retries = Retries::default();
                self.taken(now, step, &request, answer, jitter);
            }
        }
    }

    fn refused(&mut self, step: Step, error: Error) {
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
            Step::LookUp | Step::Cancel => self.fail(error),
            Step::Get => {
                let error = self.stream.interrupted(error);
                self.fail(error);
            }
            Step::Open => self.open_refused(error),
            Step::Check => self.state = State::Read,
            Step::Settle(ending) => self.settle_refused(ending),
        }
    }

    fn taken<J: Json>(&mut self, now: Ms, step: Step, request: &Request, answer: Answer<J>, jitter: f64) {
        let (json, text) = match answer {
            Answer::Read { json, text, .. } => (json, text),
            Answer::Stream(_) if step == Step::Open => return self.opened(now),
            Answer::Stream(_) | Answer::Lost { .. } => (None, String::new()),
        };
        match step {
            Step::Open => return self.open_refused(Error::Protocol("The answer is no event stream".into())),
            Step::LookUp => return self.looked_up(request, json.as_ref()),
            _ => {}
        }
        let prediction = match http::prediction(&request.line(), json.as_ref(), &text) {
            Ok(prediction) => prediction,
            Err(error) => return self.unreadable(step, request, error),
        };
        self.status = prediction.status.or(self.status);
        if step == Step::Create {
            self.id = prediction.id.clone();
            if self.id.is_none() {
                let error = Error::Protocol("The answer to the create has no id".into());
                return self.unreadable(step, request, error);
            }
        }
        if self.left {
            // The reader left while the create was under way: now the prediction can be stopped.
            return self.leave(true);
        }
        let output = json.as_ref().and_then(|json| json.get("output"));
        match step {
            Step::Check => self.checked(now, &prediction),
            Step::Settle(ending) => self.settle(now, &prediction, output.as_ref(), ending, jitter),
            step => {
                if self.goal == Goal::Snapshots {
                    self.updates.push_back(Update::Snapshot);
                }
                self.observe(now, &step, prediction, output.as_ref(), jitter);
            }
        }
    }

    /// An answer of success that cannot be read: of a create it means that nobody knows its id.
    fn unreadable(&mut self, step: Step, request: &Request, error: Error) {
        let error = if step == Step::Create && self.options.policy.charges {
            Error::UnknownOutcome { request: request.line(), detail: error.message(), status: None }
        } else {
            error
        };
        self.refused(step, error);
    }

    fn looked_up<J: Json>(&mut self, request: &Request, json: Option<&J>) {
        let version = json.and_then(|json| json.get("latest_version")).and_then(|latest| latest.str("id"));
        match (&mut self.backend, version) {
            (Backend::Replicate(replicate), Some(version)) => {
                replicate.target = Target::Version(version);
                self.state = State::Send(Step::Create);
            }
            _ => {
                let url = request.line().url;
                self.fail(Error::Protocol(crate::error::join(&["The model has no version to run: GET ", &url])));
            }
        }
    }

    /// Goes on after a look at the prediction.
    fn observe<J: Json>(&mut self, now: Ms, step: &Step, prediction: Prediction, output: Option<&J>, jitter: f64) {
        let status = match prediction.status {
            Some(status) => status,
            None if *step == Step::Create => Status::Starting,
            None => return self.fail(Error::Protocol("The prediction has no status".into())),
        };
        let homepage = match &self.backend {
            Backend::Homepage(homepage) => Some(homepage.attempts),
            Backend::Replicate(_) => None,
        };
        if homepage.is_some() && *step == Step::Create {
            // The homepage's answer to the POST counts for its id alone.
            self.state = State::Send(Step::Get);
            return;
        }
        if let Some(url) = prediction.stream {
            self.stream.url = Some(url);
        }
        match status {
            Status::Succeeded => self.succeeded(output),
            Status::Failed | Status::Canceled | Status::Aborted => {
                self.fail(Error::Ended(status, prediction.error.unwrap_or_default()));
            }
            Status::Starting | Status::Processing => {
                if self.streams() {
                    self.state = State::Send(Step::Open);
                    return;
                }
                if output.is_some_and(|output| output.length().is_some()) && self.goal != Goal::Whole {
                    self.deliver(output);
                }
                self.looks += 1;
                if homepage.is_some_and(|attempts| self.looks >= attempts) {
                    let interval = self.backend.pause(0, 0.0);
                    return self.fail(Error::Timeout(Limit::Attempts(self.looks, interval)));
                }
                let pause = self.backend.pause(self.looks - 1, jitter);
                self.state = State::Sleep { until: now.saturating_add(pause), then: Step::Get, wakes: true };
            }
        }
    }

    fn streams(&self) -> bool {
        let streaming = matches!(&self.backend, Backend::Replicate(it) if it.wait == Wait::Stream);
        streaming && self.stream.url.is_some() && !self.stream.given_up
    }

    fn succeeded<J: Json>(&mut self, output: Option<&J>) {
        let listed = output.is_some_and(|output| output.length().is_some());
        if matches!(self.backend, Backend::Homepage(_)) && !listed && output.and_then(J::as_str).is_none() {
            let shown = output.map_or_else(|| "null".into(), Json::to_json);
            return self.fail(Error::Protocol(crate::error::join(&[
                "The prediction succeeded with an unexpected output: ",
                &crate::error::shorten(&shown),
            ])));
        }
        self.state = State::Ended;
        self.deliver(output);
        if self.goal == Goal::Events && !matches!(self.state, State::Failed(_)) {
            self.updates.push_back(Update::Pieces(vec![Piece { name: "done", data: "{}".into() }]));
        }
    }

    /// Delivers what of an output was not delivered yet.
    fn deliver<J: Json>(&mut self, output: Option<&J>) {
        if self.goal == Goal::Snapshots {
            return;
        }
        let from = self.polled.unwrap_or(0);
        let mut texts = elements(output, from);
        let total = from + texts.len();
        if self.polled.is_none() && self.delivery.bytes > 0 && output.is_some() {
            // What was delivered came from a stream: the output must begin with it.
            match self.delivery.missing(&texts) {
                Some(missing) => texts = missing,
                // Or it has not caught up with it yet.
                None if !self.status.is_some_and(Status::is_terminal) => return,
                None => {
                    let error = self.stream.mismatch();
                    return self.fail(error);
                }
            }
        }
        if output.is_some() {
            self.polled = Some(total);
        }
        let pieces: Vec<_> = texts.into_iter().map(|data| Piece { name: "output", data }).collect();
        for piece in &pieces {
            self.delivery.count_text(piece.data.as_bytes());
        }
        if !pieces.is_empty() {
            self.updates.push_back(Update::Pieces(pieces));
        }
    }

    /// Somebody waits again: a silence while nobody did was not the server's.
    pub fn handle_demand(&mut self, now: Ms) {
        self.stream.demanded(now, &self.options);
    }

    /// The time for what is under way is over.
    pub fn handle_timeout<J: Json>(&mut self, now: Ms, jitter: f64) {
        if now >= self.options.total {
            return; // `poll` says so.
        }
        match &self.state {
            State::Sent(_, _, until) if now >= *until => {
                let detail = "timed out".to_owned();
                self.handle_answer::<J>(now, Answer::Lost { unsent: false, detail }, jitter);
            }
            State::Read => self.silent(now, jitter),
            _ => {}
        }
    }

    /// The page became visible or online again: the prediction is looked at at once.
    pub fn handle_wake(&mut self, now: Ms) {
        match &mut self.state {
            State::Sleep { until, wakes: true, .. } => *until = now,
            State::Read => self.state = State::Send(Step::Check),
            _ => {}
        }
    }

    /// The reader has gone. Whatever is under way is to be dropped, unless [`poll`](Self::poll) answers
    /// [`Action::Wait`]: the create is then let finish, so that what it started can be stopped.
    pub fn leave(&mut self, cancel: bool) {
        self.left = true;
        self.updates.clear();
        self.delivery.clear();
        let cancel = cancel && self.backend.cancel("").is_some();
        let over = self.status.is_some_and(Status::is_terminal);
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Sent(Step::Create, request, until) if cancel && self.backend.create_waits() == 0 => {
                State::Sent(Step::Create, request, until)
            }
            State::Ended | State::Failed(_) => State::Ended,
            _ if cancel && self.id.is_some() && !over => State::Send(Step::Cancel),
            _ => State::Ended,
        };
    }

    /// Whether a reader who just leaves stops the prediction.
    #[must_use]
    pub fn cancels_on_leave(&self) -> bool {
        self.options.cancel_on_leave
    }

    fn fail(&mut self, error: Error) {
        self.state = State::Failed(error);
    }
}
