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
//!   Read ── handle_chunk, handle_end ─────────┤   handle_timeout when `deadline` passes first,
//!   Wait ── (a pause: poll again) ────────────┤   handle_wake when the page becomes visible or online,
//!   Batch, Pieces, Snapshot: hand it out ─────┘   leave when the reader goes away
//!   Done
//! ```
//!
//! Time is [milliseconds](Ms) since the run began, handed in with each call, so that tests run in virtual
//! time and nothing depends on a clock that WebAssembly does not have. Every wait has an end
//! ([`Run::deadline`]).
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
//! token was refused, or when the request surely never left; see [`crate::protocol::retry`]. A Cog server has its own
//! ways to begin and to go on, see `run/cog.rs`.

mod action;
mod answer;
mod cog;
mod stream;

use crate::protocol::backend::{Backend, Known, Protocol};
use crate::protocol::delivery::Delivery;
use crate::protocol::error::Error;
use crate::protocol::http::{self, Kind, Request, flag};
use crate::protocol::json::Document;
use crate::protocol::model::Reference;
use crate::protocol::prediction::Status;
use crate::protocol::retry::{Retries, Verdict};

pub use action::{Action, Goal, Ms, Options, Piece, Step};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The request of the step is due.
    Send,
    /// It is under way, until `until`.
    Sent,
    /// A pause before it, until `until`.
    Sleep,
    /// Events are read.
    Read,
    /// It ended with `error`, which nobody was told yet.
    Failed,
    Ended,
}

/// One prediction under way. See the [module](self) for how it is driven.
///
/// In this order what is used most lies within 128 bytes, where a field's place is one byte of the instruction.
#[derive(Debug)]
#[repr(C)]
pub struct Run {
    goal: Goal,
    state: State,
    step: Step,
    /// The pause ends when somebody looks at the page again.
    wakes: bool,
    renew: bool,
    /// A snapshot is to be handed out.
    fresh: bool,
    left: bool,
    status: Option<Status>,
    until: Ms,
    error: Option<Box<Error>>,
    /// How many looks found the prediction unfinished.
    looks: u32,
    cog: cog::Cog,
    retries: Retries,
    /// How many elements of the output were delivered, once polling delivers it.
    polled: Option<usize>,
    /// Results that did not come in a batch, to be handed out.
    pub pieces: Vec<Piece>,
    /// The prediction's; empty until it is known.
    id: String,
    stream: stream::Stream,
    /// What was delivered, and the batch about to be.
    pub delivery: Delivery,
    request: Request,
    options: Options,
    backend: Backend,
}

impl Run {
    /// A run that has sent nothing yet. With an `id` it follows a prediction that was created before; but
    /// on a Cog server it is the client that makes the id.
    #[must_use]
    pub fn new(backend: Backend, goal: Goal, options: Options, id: String, mut delivery: Delivery) -> Self {
        delivery.text_only = goal == Goal::Text;
        let stream = stream::Stream { opens: (!id.is_empty()).into(), ..stream::Stream::default() };
        let step = match &*id {
            _ if backend.protocol == Protocol::Cog => Step::Open,
            "" => Step::Create,
            _ => Step::Get,
        };
        Self {
            backend,
            options,
            goal,
            state: State::Send,
            step,
            until: 0,
            wakes: false,
            error: None,
            request: Request::default(),
            retries: Retries::default(),
            renew: false,
            id,
            status: None,
            pieces: Vec::new(),
            fresh: false,
            delivery,
            looks: 0,
            polled: None,
            stream,
            cog: cog::Cog::default(),
            left: false,
        }
    }

    /// Says which model it runs: `owner/name`, `owner/name:version` or a version. Anything else fails it.
    pub fn ask_for(&mut self, reference: &str) {
        match Reference::read(reference) {
            Ok(reference) => (self.backend.target, self.backend.version) = (reference.model, reference.version),
            Err(error) => self.fail(error),
        }
    }

    /// Ends it with an error: what was asked for makes no sense, or what came of it is no success.
    #[cold]
    #[inline(never)]
    pub fn fail(&mut self, error: Box<Error>) {
        self.error = Some(error);
        self.state = State::Failed;
    }

    /// The prediction's id, known as soon as the create is answered.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        Some(&*self.id).filter(|id| !id.is_empty())
    }

    /// Until when there is nothing to do while [`poll`](Self::poll) says [`Action::Wait`] or
    /// [`Action::Read`], if nothing happens.
    #[must_use]
    pub fn deadline(&self) -> Ms {
        let until = if self.state == State::Read { self.stream.until } else { self.until };
        until.min(self.options.total)
    }

    /// The request that the last [`Action::Send`] spoke of.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The model and the version that its body names if it is a create.
    #[must_use]
    pub fn named(&self) -> (&str, &str) {
        self.backend.named()
    }

    /// Whether nothing more will be asked for: what is left is to be handed out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended | State::Failed)
    }

    /// What ended the run. It is told once.
    pub fn take_error(&mut self) -> Option<Box<Error>> {
        self.error.take()
    }

    /// What to do next, `now` being the time since the run began.
    pub fn poll(&mut self, now: Ms) -> Action {
        if !self.left {
            if self.delivery.count() > 0 {
                return Action::Batch;
            }
            if std::mem::take(&mut self.fresh) {
                return Action::Snapshot;
            }
            if !self.pieces.is_empty() {
                return Action::Pieces;
            }
            if now >= self.options.total && !self.is_over() {
                let template = "The prediction took longer than {} ms (timeoutMs)";
                self.fail(Error::timeout(template, self.options.total, 0));
            }
        }
        match self.state {
            State::Sleep if now < self.until => Action::Wait,
            State::Send | State::Sleep => self.send(now),
            State::Sent => Action::Wait,
            State::Read => Action::Read,
            State::Failed | State::Ended => {
                self.state = State::Ended;
                self.stream.release();
                self.delivery.release();
                if self.error.is_some() { Action::Fail } else { Action::Done }
            }
        }
    }

    fn send(&mut self, now: Ms) -> Action {
        let known =
            Known { id: &self.id, stream: &self.stream.url, last_id: &self.delivery.last_id, begun: self.cog.begun };
        self.request = self.backend.request(self.step, known);
        if http::may_see_token(&self.request.url, &self.backend.base) {
            self.request.flags |= flag::TRUSTED;
        }
        if std::mem::take(&mut self.renew) {
            self.request.flags |= flag::RENEW;
        }
        let mut wait = self.options.connect;
        match self.step {
            Step::Create => wait = wait.saturating_add(self.backend.create_waits()),
            Step::Open => self.stream.opens += 1,
            Step::Check => self.request.flags |= flag::BESIDE,
            _ => {}
        }
        self.until = now.saturating_add(wait).min(self.options.total);
        self.state = State::Sent;
        Action::Send
    }

    /// The next request, at once.
    #[inline(never)]
    fn next(&mut self, step: Step) {
        self.step = step;
        self.state = State::Send;
    }

    /// The next request, after a pause that ends when somebody looks at the page again.
    fn pause(&mut self, now: Ms, pause: Ms, step: Step) {
        self.step = step;
        self.state = State::Sleep;
        self.until = now.saturating_add(pause);
        self.wakes = true;
    }

    /// The answer to the request under way, or that there is none.
    pub fn handle_answer<D: Document>(&mut self, now: Ms, doc: &D, jitter: f64) {
        if self.state == State::Sent {
            self.answered(now, doc, http::kind(doc), jitter);
        }
    }

    fn answered<D: Document>(&mut self, now: Ms, doc: &D, kind: Kind, jitter: f64) {
        self.state = State::Ended;
        let ok = (200..300).contains(&http::status(doc));
        if ok && !doc.text("json.id").is_empty() {
            doc.keep();
        }
        if self.step == Step::Cancel {
            return self.canceled(now, ok);
        }
        // The last word on a failure is asked for once: the failure itself is known already.
        let mut policy = self.options.policy;
        if self.step == Step::Check || (self.step == Step::Settle && self.stream.failure.is_some()) || self.left {
            policy.max_retries = 0;
        }
        match self.retries.judge(&self.request, kind, doc, policy, jitter) {
            Verdict::Take => {
                self.retries = Retries::default();
                self.taken(now, doc, kind, jitter);
            }
            // Nothing more is created for a reader who has gone.
            _ if self.left => {}
            Verdict::Again { pause, renew, asked } => {
                self.renew = renew;
                self.pause(now, pause, self.step);
                self.wakes = !asked;
            }
            Verdict::Refuse(mut error) => {
                self.retries = Retries::default();
                if kind == Kind::Lost && now >= self.until {
                    error = Error::connect_timeout(&self.request.line(), self.options.connect);
                }
                if self.backend.protocol == Protocol::Cog {
                    self.cog_refused(now, error, jitter);
                } else {
                    self.refused(error);
                }
            }
        }
    }

    /// Somebody waits again: a silence while nobody did was not the server's.
    pub fn handle_demand(&mut self, now: Ms) {
        if !self.stream.over {
            self.stream.until = self.stream.until.max(now.saturating_add(self.idle()));
        }
    }

    /// The time for what is under way is over.
    pub fn handle_timeout<D: Document>(&mut self, now: Ms, doc: &D, jitter: f64) {
        match self.state {
            State::Sent if now >= self.until && now < self.options.total => {
                // So late, it was this machine that slept and not the server.
                if now >= self.until.saturating_add(stream::SLEPT) {
                    self.until = now.saturating_add(self.options.connect);
                } else {
                    self.answered(now, doc, Kind::Lost, jitter);
                }
            }
            State::Read => self.silent(now, jitter),
            _ => {}
        }
    }

    /// The page became visible or online again: the prediction is looked at at once.
    pub fn handle_wake(&mut self, now: Ms) {
        match self.state {
            State::Sleep if self.wakes => self.until = now,
            // A Cog server has no look beside the stream that would tell more than the stream.
            State::Read if self.backend.protocol != Protocol::Cog => self.next(Step::Check),
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
        self.error = None;
        let cancel = cancel && self.backend.can_cancel() && !self.status.is_some_and(Status::is_terminal);
        let over = match self.state {
            State::Ended | State::Failed => true,
            // Nothing was sent.
            State::Send => self.step == Step::Open && self.looks == 0 && self.backend.protocol == Protocol::Cog,
            _ => false,
        };
        if over || !cancel {
            self.state = State::Ended;
        } else if !self.id.is_empty() {
            self.next(Step::Cancel);
        } else if self.state != State::Sent || self.step != Step::Create {
            self.state = State::Ended;
        }
    }

    /// Whether a reader who just leaves stops the prediction.
    #[must_use]
    pub fn cancels_on_leave(&self) -> bool {
        self.options.cancel_on_leave
    }
}
