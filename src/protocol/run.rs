//! A prediction from its create to its end: the state machine of all clients.
//!
//! # Theory of operation
//!
//! A [`Run`] does no I/O: it has no clock, no randomness and no sockets. A driver calls [`Run::poll`], performs the returned
//! [`Action`], reports its result with one of the `handle_*` methods, and polls again:
//!
//! ```text
//!            ┌────────── poll(now) ◄──────────┐
//!            ▼                                │
//!   Send ── handle_answer                     │
//!   Read ── handle_chunk, handle_end ─────────┤   handle_timeout when `deadline` passes first,
//!   Wait ── (a pause: poll again) ────────────┤   handle_wake when the page becomes visible or online,
//!   Batch, Pieces, Snapshot: deliver ─────────┤   leave when the reader leaves
//!   State, Fail: report ──────────────────────┘
//!   Done
//! ```
//!
//! Time is the duration since the run began, an argument of each call. So tests run in virtual time, and the run needs no
//! clock, which `std` does not have on wasm32.
//!
//! The life of a prediction in [steps](Step), each one request:
//!
//! ```text
//!   Create ──404──► LookUp ──► Create         a community model can only be run by its version
//!     │
//!     ├── no stream ──► Get ⇄ pause           polls, each with new elements of the output
//!     │
//!     └── urls.stream ──► Open ──► read       events. When the body ends without `done`:
//!                          ▲        │
//!                          └─ pause ◄┘        reconnect with the last event id, or poll when that fails
//!                                   │
//!                                   └──► Settle ──► end   after a break or a failure, a last poll decides whether the
//!                                                         text is complete
//! ```
//!
//! A create is sent once. It is repeated only after a 429, which says that nothing was done, after a refused token, or when
//! the request was surely never sent: see [`retry`](super::retry). A Cog server begins and resumes in its own way: see
//! `run/cog.rs`.

mod action;
mod answer;
mod cog;
mod ending;
mod leave;
mod output;
mod silence;
mod state;
mod stream;

use super::address::is_segment;
use super::backend::{Backend, Known, LONGEST_PAUSE, Step};
use super::delivery::Delivery;
use super::error::{Code, Error};
use super::http::Request;
use super::json::Json;
use super::prediction::Status;
use super::retry::Retries;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

pub use action::{Action, Goal, Options, Piece};
pub use state::{CallState, WaitReason};

/// The phase of the current step.
#[derive(Debug)]
enum Phase {
    /// The request is due.
    Due,
    /// The request was sent, and may take until `Run::until`.
    Sent(Rc<Request>),
    /// A pause before the request, until `Run::until`. One that `wakes` ends early when the page becomes visible.
    Pause { wakes: bool },
    /// The event stream is read.
    Reading,
    /// The run has ended with an error that was not reported yet.
    Failed(Error),
    /// The run has ended.
    Over,
}

/// The state machine of a prediction. The [module](self) says how to drive it.
#[derive(Debug)]
pub struct Run<J> {
    backend: Backend,
    goal: Goal,
    options: Options,
    /// The time of the current call.
    now: Duration,
    /// The random number of the current call, from 0 to 1.
    jitter: f64,
    phase: Phase,
    /// When the phase began.
    since: Duration,
    /// When the phase ends, if nothing happens before.
    until: Option<Duration>,
    step: Step,
    /// The prediction's id, once it is known.
    id: Option<String>,
    /// Its newest status.
    status: Option<Status>,
    /// The newest answer about the prediction.
    prediction: Option<J>,
    /// That answer is to be delivered as a snapshot.
    is_fresh: bool,
    /// The token is to be renewed.
    renew: bool,
    retries: Retries,
    /// The number of polls that found the prediction unfinished.
    polls: u32,
    /// How many elements of the output polls have delivered.
    polled: Option<usize>,
    /// Results outside of a batch, to be delivered.
    pieces: Vec<Piece>,
    /// The record of delivered events, and the next batch.
    pub delivery: Delivery,
    stream: stream::Stream,
    cog: cog::Cog,
    /// Files are being uploaded before the create is sent.
    uploads: bool,
    /// The reader has left, or got an error.
    left: bool,
    /// Whether the server confirmed a cancel that was sent.
    canceled: Option<bool>,
    state: Rc<CallState>,
    /// The state to return to after a pause.
    before_waiting: Option<Rc<CallState>>,
    /// States that were not reported yet.
    unreported: VecDeque<Rc<CallState>>,
}

impl<J: Json> Run<J> {
    /// Creates a run. With an id it follows an existing prediction, from the position in `delivery`; but on a Cog server the
    /// client chooses the id of a new prediction.
    #[must_use]
    pub fn new(backend: Backend, goal: Goal, options: Options, id: Option<String>, mut delivery: Delivery) -> Self {
        delivery.text_only = goal == Goal::Text;
        let is_wrong = id.as_deref().is_some_and(|id| !is_segment(id));
        let step = match &id {
            _ if backend.is_cog() => Step::Open,
            None => Step::Create,
            Some(_) => Step::Get,
        };
        let state = Rc::new(CallState::Sending);
        let mut run = Self {
            stream: stream::Stream::opened_before(id.is_some()),
            backend,
            goal,
            options,
            now: Duration::ZERO,
            jitter: 0.0,
            phase: Phase::Due,
            since: Duration::ZERO,
            until: None,
            step,
            id,
            status: None,
            prediction: None,
            is_fresh: false,
            renew: false,
            retries: Retries::default(),
            polls: 0,
            polled: None,
            pieces: Vec::new(),
            delivery,
            cog: cog::Cog::default(),
            uploads: false,
            left: false,
            canceled: None,
            state: Rc::clone(&state),
            before_waiting: None,
            unreported: [state].into(),
        };
        if is_wrong {
            run.fail(Error::new(
                Code::InvalidArgument,
                "The prediction's id must be a plain id, not empty and not a URL",
            ));
        }
        run
    }

    /// Ends the run with an error.
    pub fn fail(&mut self, error: Error) {
        // A reader who has left gets no error.
        self.phase = if self.left { Phase::Over } else { Phase::Failed(error) };
    }

    /// The prediction's id, known as soon as the create is answered.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The newest answer about the prediction, or the answer to a request of the user.
    #[must_use]
    pub fn prediction(&self) -> Option<&J> {
        self.prediction.as_ref()
    }

    /// The state of the call.
    #[must_use]
    pub fn state(&self) -> &CallState {
        &self.state
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), or [`poll`](Self::poll) after a pause, if nothing happens before;
    /// `None` for never. A timer with coarser steps must round up.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let until = match &self.phase {
            Phase::Sent(_) | Phase::Pause { .. } => self.until,
            Phase::Reading => self.stream.until,
            Phase::Due | Phase::Failed(_) | Phase::Over => None,
        };
        // After the reader has left, only the current request has a limit.
        let total = self.options.total.filter(|_| !self.left && !self.is_over());
        [until, total].into_iter().flatten().min()
    }

    /// Whether the run has ended. Results may still be delivered.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Failed(_) | Phase::Over)
    }

    /// Whether a reader who leaves cancels the prediction.
    #[must_use]
    pub fn cancels_on_leave(&self) -> bool {
        self.options.cancel_on_leave
    }

    /// The next action.
    pub fn poll(&mut self, now: Duration) -> Action<J> {
        self.now = now;
        if !self.left {
            if self.delivery.count() > 0 {
                return Action::Batch;
            }
            if let Some(state) = self.next_state() {
                return Action::State(state);
            }
            if std::mem::take(&mut self.is_fresh)
                && let Some(prediction) = &self.prediction
            {
                return Action::Snapshot(prediction.clone());
            }
            if !self.pieces.is_empty() {
                return Action::Pieces(std::mem::take(&mut self.pieces));
            }
            if let Some(total) = self.options.total
                && now >= total
                && !self.is_over()
            {
                return self.time_is_up(total);
            }
        }
        match &self.phase {
            Phase::Pause { .. } if Some(now) < self.until => Action::Wait,
            Phase::Due | Phase::Pause { .. } => {
                if let Some(state) = self.before_waiting.take() {
                    self.report(state);
                }
                match self.next_state() {
                    Some(state) => Action::State(state),
                    None => self.send(),
                }
            }
            Phase::Sent(_) => Action::Wait,
            Phase::Reading => Action::Read,
            Phase::Failed(_) | Phase::Over => self.end(),
        }
    }

    /// The last actions: the state, the error if there is one, and `Done`.
    fn end(&mut self) -> Action<J> {
        self.tell(CallState::Ended { status: self.status, canceled: self.canceled });
        if let Some(state) = self.next_state() {
            return Action::State(state);
        }
        self.stream.release();
        self.delivery.release();
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Failed(error) => Action::Fail(self.informed(error)),
            _ => Action::Done,
        }
    }

    /// Adds the fields of the prediction to an error.
    fn informed(&self, error: Error) -> Error {
        let logs = self.prediction.as_ref().and_then(|prediction| prediction.str("logs"));
        let partial = self.delivery.partial();
        let partial = (self.delivery.bytes > 0).then(|| J::decode(partial));
        error.with_prediction(self.id.clone(), logs, partial)
    }

    fn send(&mut self) -> Action<J> {
        let known = Known {
            id: self.id.as_deref().unwrap_or_default(),
            stream: self.stream.addresses.front().map_or("", String::as_str),
            last_event_id: &self.delivery.last_id,
            begun: self.cog.begun,
        };
        let mut request = self.backend.request(self.step, known);
        request.renew_token = std::mem::take(&mut self.renew);
        if self.step == Step::Open {
            self.stream.opens += 1;
        }
        self.since = self.now;
        self.until = after(self.now, self.answer_limit());
        let request = Rc::new(request);
        self.phase = Phase::Sent(Rc::clone(&request));
        Action::Send(request)
    }

    /// The longest time of the answer to the current step.
    fn answer_limit(&self) -> Option<Duration> {
        let connect = self.options.connect?;
        match self.step {
            // Such a Cog server answers when the model is done.
            Step::Open if self.backend.is_cog() && self.goal == Goal::Snapshots => None,
            Step::Open if self.backend.is_cog() => self.idle().map(|idle| idle.max(connect)),
            // A stream without an answer must not delay the text: after this time it is polled.
            Step::Open => Some(connect.min(LONGEST_PAUSE)),
            step if self.backend.answers_at_the_end(step) => None,
            step => Some(connect.saturating_add(self.backend.answers_after(step))),
        }
    }

    /// Sends the request of a step at once.
    fn next(&mut self, step: Step) {
        self.step = step;
        self.phase = Phase::Due;
    }

    /// Sends the request of a step after a pause, which ends early when the page becomes visible.
    fn pause(&mut self, pause: Duration, step: Step) {
        self.wait(pause, step, true);
    }

    /// Sends the request of a step after a pause, which ends early when the page becomes visible if it `wakes`.
    fn wait(&mut self, pause: Duration, step: Step, wakes: bool) {
        self.step = step;
        self.until = Some(self.now.saturating_add(pause));
        self.phase = Phase::Pause { wakes };
    }

    /// The driver begins to upload files of the input before it sends the create, or has finished (`under_way` is false). The
    /// time of uploads does not count for the limit of the answer.
    pub fn handle_uploads(&mut self, now: Duration, under_way: bool) {
        self.now = now;
        let limit = if under_way { None } else { self.answer_limit() };
        if matches!(self.phase, Phase::Sent(_)) {
            self.until = after(now, limit);
            self.uploads = under_way;
            self.tell(if under_way { CallState::Uploading } else { CallState::Sending });
        }
    }

    /// The deadline has passed.
    pub fn handle_timeout(&mut self, now: Duration, jitter: f64) {
        (self.now, self.jitter) = (now, jitter);
        let is_over = !self.left && self.options.total.is_some_and(|total| now >= total);
        let until = match (&self.phase, self.until) {
            (Phase::Reading, _) => return self.silent(),
            (Phase::Sent(_), Some(until)) if now >= until && !is_over => until,
            _ => return,
        };
        if now >= until.saturating_add(silence::SLEPT) {
            // A timer this late means that the machine slept, not that the server was slow.
            self.until = after(now, self.answer_limit());
        } else {
            self.unanswered();
        }
    }

    /// The page became visible or online again: polls at once.
    pub fn handle_wake(&mut self, now: Duration) {
        self.now = now;
        match self.phase {
            Phase::Pause { wakes: true } => self.until = Some(now),
            // On a Cog server a poll would say no more than the stream.
            Phase::Reading if !self.backend.is_cog() => self.next(Step::Check),
            _ => {}
        }
    }
}

/// The end of a limit that begins now.
fn after(now: Duration, limit: Option<Duration>) -> Option<Duration> {
    limit.map(|limit| now.saturating_add(limit))
}
