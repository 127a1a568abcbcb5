//! One prediction, from its creation to its end: the state machine that all clients share.
//!
//! # Theory of operation
//!
//! A [`Run`] does no I/O. It has no clock, no randomness and no sockets; the driver around it has. The driver calls
//! [`Run::poll`], does what the [`Action`] says, tells the run what came of it by one of the `handle_*` methods, and polls
//! again:
//!
//! ```text
//!            ┌────────── poll(now) ◄──────────┐
//!            ▼                                │
//!   Send ── handle_answer                     │
//!   Read ── handle_chunk, handle_end ─────────┤   handle_timeout when `deadline` passes first,
//!   Wait ── (a pause: poll again) ────────────┤   handle_wake when the page becomes visible or online,
//!   Batch, Pieces, Snapshot: hand it out ─────┤   leave when the reader goes away
//!   State, Fail: tell it ─────────────────────┘
//!   Done
//! ```
//!
//! Time is the duration since the run began, handed in with each call: tests run in virtual time, and nothing depends on
//! a clock that WebAssembly does not have.
//!
//! The life of a prediction, in [steps](Step) of one request each:
//!
//! ```text
//!   Create ──404──► LookUp ──► Create         a community model has no route of its own
//!     │
//!     ├── no stream ──► Get ⇄ pause           polling: new elements of the output as they appear
//!     │
//!     └── urls.stream ──► Open ──► read       events; when the body ends without `done`:
//!                          ▲        │
//!                          └─ pause ◄┘        reconnect with the last event id, or poll where that fails
//!                                   │
//!                                   └──► Settle ──► end   after a break or a failure, what the server says of the
//!                                                         prediction is the last word
//! ```
//!
//! A create is sent once. It is repeated only when the server said that it did nothing (429), when the token was refused,
//! or when the request surely never left: see [`retry`](super::retry). A Cog server has its own ways to begin and to go
//! on: see `run/cog.rs`.

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
use std::rc::Rc;
use std::time::Duration;

pub use action::{Action, Goal, Options, Piece};
pub use state::{CallState, WaitReason};

/// What a run is at.
#[derive(Debug)]
enum Phase {
    /// The request of the step is due.
    Due,
    /// It is under way since a time, at most until another.
    Sent { request: Rc<Request>, since: Duration, until: Option<Duration> },
    /// A pause before it. One that `wakes` ends when somebody looks at the page again.
    Pause { until: Duration, wakes: bool },
    /// Events are read.
    Reading,
    /// It ended with an error that nobody was told yet.
    Failed(Error),
    /// It ended.
    Over,
}

/// One prediction under way. See the [module](self) for how it is driven.
#[derive(Debug)]
pub struct Run<J> {
    backend: Backend,
    goal: Goal,
    options: Options,
    phase: Phase,
    step: Step,
    /// The prediction's id, once it is known.
    id: Option<String>,
    /// Its newest status.
    status: Option<Status>,
    /// The newest answer about it.
    prediction: Option<J>,
    /// That is to be handed out.
    is_fresh: bool,
    /// The token is to be asked for anew.
    renew: bool,
    retries: Retries,
    /// How many looks found the prediction unfinished.
    looks: u32,
    /// How many elements of the output were delivered, once polling delivers it.
    polled: Option<usize>,
    /// Results that did not come in a batch, to be handed out.
    pieces: Vec<Piece>,
    /// What was delivered, and the batch that is about to be.
    pub delivery: Delivery,
    stream: stream::Stream,
    cog: cog::Cog,
    /// Files are being uploaded, and the create waits for them.
    uploads: bool,
    /// The reader has gone, or was told an error.
    left: bool,
    /// Whether the server confirmed a cancel that was sent.
    canceled: Option<bool>,
    state: CallState,
    /// What it will be again after a pause.
    before_waiting: Option<CallState>,
    /// States that nobody was told yet.
    untold: Vec<CallState>,
}

impl<J: Json> Run<J> {
    /// A run that has sent nothing yet. With an id it follows a prediction that was created before, after what `delivery`
    /// says; but on a Cog server it is the client that makes the id.
    #[must_use]
    pub fn new(backend: Backend, goal: Goal, options: Options, id: Option<String>, mut delivery: Delivery) -> Self {
        delivery.text_only = goal == Goal::Text;
        let is_wrong = id.as_deref().is_some_and(|id| !is_segment(id));
        let step = match &id {
            _ if backend.is_cog() => Step::Open,
            None => Step::Create,
            Some(_) => Step::Get,
        };
        let mut run = Self {
            stream: stream::Stream::opened_before(id.is_some()),
            backend,
            goal,
            options,
            phase: Phase::Due,
            step,
            id,
            status: None,
            prediction: None,
            is_fresh: false,
            renew: false,
            retries: Retries::default(),
            looks: 0,
            polled: None,
            pieces: Vec::new(),
            delivery,
            cog: cog::Cog::default(),
            uploads: false,
            left: false,
            canceled: None,
            state: CallState::Sending,
            before_waiting: None,
            untold: vec![CallState::Sending],
        };
        if is_wrong {
            run.fail(Error::new(
                Code::InvalidArgument,
                "The prediction's id must be a plain id, not empty and not a URL",
            ));
        }
        run
    }

    /// Ends it with an error: what was asked for makes no sense, or what came of it is no success.
    pub fn fail(&mut self, error: Error) {
        // Whoever has gone is told nothing.
        self.phase = if self.left { Phase::Over } else { Phase::Failed(error) };
    }

    /// The prediction's id, known as soon as the create is answered.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The newest answer about the prediction; of a request of the user's own, its answer.
    #[must_use]
    pub fn prediction(&self) -> Option<&J> {
        self.prediction.as_ref()
    }

    /// What it is doing.
    #[must_use]
    pub fn state(&self) -> &CallState {
        &self.state
    }

    /// Until when there is nothing to do while [`poll`](Self::poll) says [`Action::Wait`] or [`Action::Read`], if nothing
    /// happens; `None` where that is for ever. A timer that counts in coarser steps must round up.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        let until = match &self.phase {
            Phase::Sent { until, .. } => *until,
            Phase::Pause { until, .. } => Some(*until),
            Phase::Reading => self.stream.until,
            Phase::Due | Phase::Failed(_) | Phase::Over => None,
        };
        // Once the reader has gone, only what is under way has a limit.
        let total = self.options.total.filter(|_| !self.left && !self.is_over());
        [until, total].into_iter().flatten().min()
    }

    /// Whether nothing more will be asked for: what is left is to be handed out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Failed(_) | Phase::Over)
    }

    /// Whether a reader who just leaves stops the prediction.
    #[must_use]
    pub fn cancels_on_leave(&self) -> bool {
        self.options.cancel_on_leave
    }

    /// What to do next.
    pub fn poll(&mut self, now: Duration) -> Action<J> {
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
            Phase::Pause { until, .. } if now < *until => Action::Wait,
            Phase::Due | Phase::Pause { .. } => {
                if let Some(state) = self.before_waiting.take() {
                    self.tell(state);
                }
                match self.next_state() {
                    Some(state) => Action::State(state),
                    None => self.send(now),
                }
            }
            Phase::Sent { .. } => Action::Wait,
            Phase::Reading => Action::Read,
            Phase::Failed(_) | Phase::Over => self.end(),
        }
    }

    /// The last actions: its state, its error where there is one, and that it is done.
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

    /// An error with all that is known of the prediction.
    fn informed(&self, error: Error) -> Error {
        let logs = self.prediction.as_ref().and_then(|prediction| prediction.str("logs"));
        let partial = self.delivery.partial();
        let partial = (self.delivery.bytes > 0).then(|| String::from_utf8_lossy(partial).into_owned());
        error.with_prediction(self.id.clone(), logs, partial)
    }

    fn send(&mut self, now: Duration) -> Action<J> {
        let known = Known {
            id: self.id.as_deref().unwrap_or_default(),
            stream: self.stream.addresses.first().map_or("", String::as_str),
            last_event_id: &self.delivery.last_id,
            begun: self.cog.begun,
        };
        let mut request = self.backend.request(self.step, known);
        request.renew_token = std::mem::take(&mut self.renew);
        if self.step == Step::Open {
            self.stream.opens += 1;
        }
        let until = after(now, self.answer_limit());
        let request = Rc::new(request);
        self.phase = Phase::Sent { request: Rc::clone(&request), since: now, until };
        Action::Send(request)
    }

    /// How long the answer to the request of the step may take.
    fn answer_limit(&self) -> Option<Duration> {
        let connect = self.options.connect?;
        match self.step {
            // Without events a Cog server answers when the model is done.
            Step::Open if self.backend.is_cog() && self.goal == Goal::Snapshots => None,
            Step::Open if self.backend.is_cog() => self.idle().map(|idle| idle.max(connect)),
            // The text must not wait for a stream that nobody answers: it is looked at in between.
            Step::Open => Some(connect.min(LONGEST_PAUSE)),
            step if self.backend.answers_at_the_end(step) => None,
            step => Some(connect.saturating_add(self.backend.answers_after(step))),
        }
    }

    /// Goes on with a request at once.
    fn next(&mut self, step: Step) {
        self.step = step;
        self.phase = Phase::Due;
    }

    /// Goes on with a request after a pause, which ends when somebody looks at the page again.
    fn pause(&mut self, now: Duration, pause: Duration, step: Step) {
        self.step = step;
        self.phase = Phase::Pause { until: now.saturating_add(pause), wakes: true };
    }

    /// The oldest state that nobody was told yet.
    fn next_state(&mut self) -> Option<CallState> {
        (!self.untold.is_empty()).then(|| self.untold.remove(0))
    }

    /// Remembers what it is doing now, to be told.
    fn tell(&mut self, state: CallState) {
        // Whoever has gone hears only of the end.
        let is_wanted = !self.left || matches!(state, CallState::Ended { .. });
        if is_wanted && self.state != state {
            self.state = state.clone();
            self.untold.push(state);
        }
    }

    /// The driver uploads files of the input before it can send the create that it was told to send; and then: it is
    /// done. The time for that is not the time of the answer.
    pub fn handle_uploads(&mut self, now: Duration, under_way: bool) {
        let limit = if under_way { None } else { self.answer_limit() };
        if let Phase::Sent { until, .. } = &mut self.phase {
            *until = after(now, limit);
            self.uploads = under_way;
            self.tell(if under_way { CallState::Uploading } else { CallState::Sending });
        }
    }

    /// The time for what is under way is over.
    pub fn handle_timeout(&mut self, now: Duration, jitter: f64) {
        let is_over = !self.left && self.options.total.is_some_and(|total| now >= total);
        let until = match &self.phase {
            Phase::Reading => return self.silent(now, jitter),
            Phase::Sent { until: Some(until), .. } if now >= *until && !is_over => *until,
            _ => return,
        };
        if now >= until.saturating_add(silence::SLEPT) {
            // So late, it was this machine that slept and not the server.
            let later = after(now, self.answer_limit());
            if let Phase::Sent { until, .. } = &mut self.phase {
                *until = later;
            }
        } else {
            self.unanswered(now, jitter);
        }
    }

    /// The page became visible or online again: the prediction is looked at at once.
    pub fn handle_wake(&mut self, now: Duration) {
        match &mut self.phase {
            Phase::Pause { until, wakes: true } => *until = now,
            // A Cog server has no look beside the stream that would tell more than the stream.
            Phase::Reading if !self.backend.is_cog() => self.next(Step::Check),
            _ => {}
        }
    }
}

/// The end of a time that begins now.
fn after(now: Duration, limit: Option<Duration>) -> Option<Duration> {
    limit.map(|limit| now.saturating_add(limit))
}
