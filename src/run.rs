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
//!   Emit ── take what is there ───────────────┘   leave when the reader goes away
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
//! token was refused, or when the request surely never left; see [`crate::retry`]. A Cog server has its own
//! ways to begin and to go on, see `run/cog.rs`.

mod action;
mod answer;
mod cog;
mod stream;

use crate::backend::Backend;
use crate::delivery::Delivery;
use crate::error::{Error, Limit};
use crate::http::{self, Answer, Request};
use crate::json::Json;
use crate::prediction::Status;
use crate::retry::{Policy, Retries, Verdict};

pub use action::{Action, Goal, Ms, Options, Piece, Update};

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
    /// How the Cog server is, before it is asked again.
    Health,
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
    /// A request is under way, until a time.
    Sent(Step, Ms),
    /// A pause before a request; the flag says that it ends when somebody looks at the page again.
    Sleep(Ms, Step, bool),
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
    request: Request,
    retries: Retries,
    renew: bool,
    id: Option<String>,
    status: Option<Status>,
    pieces: Vec<Piece>,
    /// A snapshot is to be handed out.
    fresh: bool,
    report: Option<String>,
    /// What was delivered, and the batch about to be.
    pub delivery: Delivery,
    /// How many looks found the prediction unfinished.
    looks: u32,
    /// How many elements of the output were delivered, once polling delivers it.
    polled: Option<usize>,
    stream: stream::Stream,
    cog: cog::Cog,
    left: bool,
}

impl Run {
    /// A run that has sent nothing yet. With an `id` it follows a prediction that was created before.
    #[must_use]
    pub fn new(backend: Backend, goal: Goal, options: Options, id: Option<String>, mut delivery: Delivery) -> Self {
        delivery.text_only = goal == Goal::Text;
        let resumed = id.is_some();
        let first = match &backend {
            Backend::Cog(_) => Step::Open,
            _ if id.is_some() => Step::Get,
            _ => Step::Create,
        };
        Self {
            state: State::Send(first),
            request: Request::new("GET", String::new()),
            backend,
            options,
            goal,
            retries: Retries::default(),
            renew: false,
            id,
            status: None,
            pieces: Vec::new(),
            fresh: false,
            report: None,
            delivery,
            looks: 0,
            polled: None,
            stream: stream::Stream::new(resumed),
            cog: cog::Cog::default(),
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

    /// When the request under way is given up: the driver's timer while [`poll`](Self::poll) says
    /// [`Action::Wait`].
    #[must_use]
    pub fn deadline(&self) -> Option<Ms> {
        match self.state {
            State::Sent(_, until) => Some(until.min(self.options.total)),
            _ => None,
        }
    }

    /// The request that the last [`Action::Send`] spoke of.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
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
            if let Some(report) = self.report.take() {
                return Ok(Action::Emit(Update::Report(report)));
            }
            if std::mem::take(&mut self.fresh) {
                return Ok(Action::Emit(Update::Snapshot));
            }
            if !self.pieces.is_empty() {
                return Ok(Action::Emit(Update::Pieces(std::mem::take(&mut self.pieces))));
            }
            if now >= self.options.total && !matches!(self.state, State::Failed(_) | State::Ended) {
                self.fail(Error::Timeout(Limit::Total(self.options.total)));
            }
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Send(step) => Ok(self.send(step, now)),
            State::Sleep(until, step, _) if now >= until => Ok(self.send(step, now)),
            State::Failed(error) => Err(error),
            state => {
                self.state = state;
                Ok(match self.state {
                    State::Sleep(until, ..) => Action::Sleep { until: until.min(self.options.total) },
                    State::Read => Action::Read { until: self.stream.until.min(self.options.total) },
                    State::Ended => {
                        self.stream.release();
                        self.delivery.release();
                        Action::Done
                    }
                    _ => Action::Wait,
                })
            }
        }
    }

    fn send(&mut self, step: Step, now: Ms) -> Action {
        let mut wait = self.options.connect;
        let request = match (&step, &self.backend) {
            (Step::Create, backend) => {
                wait = wait.saturating_add(backend.create_waits());
                backend.create()
            }
            (Step::LookUp, Backend::Replicate(replicate)) => replicate.look_up(),
            (Step::Open, Backend::Replicate(replicate)) => Some(self.stream.open(replicate, &self.delivery)),
            (Step::Open, Backend::Cog(cog)) => Some(if self.cog.begun { cog.join() } else { cog.open() }),
            (Step::Health, Backend::Cog(cog)) => Some(cog.health()),
            (Step::Cancel, backend) => backend.cancel(self.id().unwrap_or_default()),
            (_, backend) => backend.get(self.id().unwrap_or_default()),
        };
        let Some(request) = request else { return Action::Done };
        self.stream.opens += u32::from(step == Step::Open);
        self.request = request;
        self.request.renew = std::mem::take(&mut self.renew);
        let until = now.saturating_add(wait).min(self.options.total);
        let beside = step == Step::Check;
        self.state = State::Sent(step, until);
        Action::Send { until, beside }
    }

    /// The answer to the request under way, or that there is none.
    pub fn handle_answer<J: Json>(&mut self, now: Ms, answer: Answer<J>, jitter: f64) {
        let (step, until) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Sent(step, until) => (step, until),
            state => {
                self.state = state;
                return;
            }
        };
        if step == Step::Cancel {
            return self.canceled(now, &answer);
        }
        // The last word on a failure is asked for once: the failure itself is known already.
        let mut policy = self.options.policy;
        if matches!(step, Step::Check | Step::Settle(Ending::Unsuccessful(..))) || self.left {
            policy.max_retries = 0;
        }
        match self.retries.judge(&self.request, &answer, policy, jitter) {
            // Nothing more is created for a reader who has gone.
            Verdict::Again { .. } | Verdict::Refuse(_) if self.left => {}
            Verdict::Again { pause, renew, asked } => {
                self.renew = renew;
                self.state = State::Sleep(now.saturating_add(pause), step, !asked);
            }
            Verdict::Refuse(error) => {
                self.retries = Retries::default();
                let late = matches!(answer, Answer::Lost { .. }) && now >= until;
                let error = if late {
                    Error::Timeout(Limit::Connect(self.request.line(), self.options.connect))
                } else {
                    error
                };
                if matches!(self.backend, Backend::Cog(_)) {
                    self.cog_refused(now, step, error, jitter);
                } else {
                    self.refused(step, error);
                }
            }
            Verdict::Take => {
                self.retries = Retries::default();
                self.taken(now, step, answer, jitter);
            }
        }
    }

    /// Somebody waits again: a silence while nobody did was not the server's.
    pub fn handle_demand(&mut self, now: Ms) {
        self.stream.demanded(now, &self.options);
    }

    /// The time for what is under way is over.
    pub fn handle_timeout<J: Json>(&mut self, now: Ms, jitter: f64) {
        match &self.state {
            // So late, it was this machine that slept and not the server.
            State::Sent(step, until) if now >= until.saturating_add(stream::SLEPT) && now < self.options.total => {
                self.state = State::Sent(step.clone(), now.saturating_add(self.options.connect));
            }
            State::Sent(_, until) if now >= *until && now < self.options.total => {
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
            State::Sleep(until, _, true) => *until = now,
            // A Cog server has no look beside the stream that would tell more than the stream.
            State::Read if !matches!(self.backend, Backend::Cog(_)) => self.state = State::Send(Step::Check),
            _ => {}
        }
    }

    /// The reader has gone. Whatever is under way is to be dropped, unless [`poll`](Self::poll) answers
    /// [`Action::Wait`]: the create is then let finish, so that what it started can be stopped.
    pub fn leave(&mut self, cancel: bool) {
        if std::mem::replace(&mut self.left, true) {
            return;
        }
        self.pieces.clear();
        self.fresh = false;
        self.delivery.clear();
        let cancel = cancel && self.backend.cancel("").is_some() && !self.status.is_some_and(Status::is_terminal);
        self.state = match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended | State::Failed(_) => State::Ended,
            State::Send(Step::Open) if self.looks == 0 && matches!(self.backend, Backend::Cog(_)) => State::Ended,
            _ if cancel && self.id.is_some() => State::Send(Step::Cancel),
            State::Sent(Step::Create, until) if cancel => State::Sent(Step::Create, until),
            _ => State::Ended,
        };
    }

    /// Whether a reader who just leaves stops the prediction.
    #[must_use]
    pub fn cancels_on_leave(&self) -> bool {
        self.options.cancel_on_leave
    }

    #[cold]
    #[inline(never)]
    fn fail(&mut self, error: Error) {
        self.state = State::Failed(error);
    }
}
