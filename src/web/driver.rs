//! The loop around a [`Run`]: it does what the run says and tells it what came of it.
//!
//! It pulls: nothing happens unless somebody waits for a result. All that happens on the host's side comes
//! in by one closure, so that the module carries the machinery of one; what it was, [`Host::take`] tells.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use super::exchange;
use super::host::{self, Host};
use crate::error::Error;
use crate::json::Json;
use crate::run::{Action, Goal, Ms, Run, Update};
use gloo_timers::callback::Timeout;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

/// What the stream is woken by: the same numbers stand in `host.js`.
mod happened {
    pub(super) const NOTHING: u32 = 0;
    pub(super) const DEMAND: u32 = 1;
    pub(super) const ANSWER: u32 = 2;
    pub(super) const PAGE: u32 = 3;
    pub(super) const ABORT: u32 = 4;
    pub(super) const THROWN: u32 = 5;
}

/// What a read brought: the same numbers stand in `host.js`.
mod brought {
    pub(super) const NOTHING: u32 = 0;
    pub(super) const CHUNK: u32 = 1;
    pub(super) const END: u32 = 2;
}

/// A stream: the run, and all that the host does for it.
pub(super) struct Driver {
    run: RefCell<Run>,
    pub(super) host: Host,
    /// What the host wakes the stream by, from the first demand on.
    wake: OnceCell<Closure<dyn FnMut()>>,
    timer: Cell<Option<Timeout>>,
    /// When the timer fires; 0 without one.
    fires: Cell<Ms>,
    /// Somebody has asked for a result: before that, nothing was sent.
    began: Cell<bool>,
    /// The loop is at work: whatever happens meanwhile it takes up itself.
    busy: Cell<bool>,
    /// Somebody waits for a result.
    wanted: Cell<bool>,
    /// It is over: nothing more is handed out.
    closed: Cell<bool>,
    /// The reader has gone, but the server is still to be told.
    leaving: Cell<bool>,
    /// Itself, while somebody waits: the wrapper may be freed in flight.
    alive: Cell<Option<Rc<Self>>>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.host.dispose();
    }
}

impl Driver {
    pub(super) fn new(run: Run, transport: &JsValue, signal: &JsValue, goal: Goal, alt: &str) -> Rc<Self> {
        Rc::new(Self {
            run: RefCell::new(run),
            host: Host::new(transport, signal, goal as u32, alt),
            wake: OnceCell::new(),
            timer: Cell::default(),
            fires: Cell::default(),
            began: Cell::default(),
            busy: Cell::default(),
            wanted: Cell::default(),
            closed: Cell::default(),
            leaving: Cell::default(),
            alive: Cell::default(),
        })
    }

    /// A stream that fails at its first result: what it was asked for makes no sense.
    pub(super) fn failed(error: &JsValue) -> Rc<Self> {
        let driver = Self::new(Run::over(), &JsValue::UNDEFINED, &JsValue::UNDEFINED, Goal::Text, "");
        driver.host.reject(error);
        driver.end();
        driver
    }

    /// The prediction's id.
    pub(super) fn id(&self) -> Option<String> {
        self.run.borrow().id().map(str::to_owned)
    }

    /// What `resume` takes.
    pub(super) fn handle(&self) -> JsValue {
        let run = self.run.borrow();
        self.host.handle(run.id(), last_id(&run).as_deref(), run.delivery.bytes as f64)
    }

    /// All of the text.
    pub(super) fn text(&self, stream: &JsValue) -> Promise {
        let (text, bytes) = {
            let run = self.run.borrow();
            if run.delivery.is_cut() {
                let text = "text() came too late: more than 8 MiB of the stream were read before it";
                return Promise::reject(&Error::InvalidArgument(text.into()).into());
            }
            (run.delivery.partial(), run.delivery.bytes)
        };
        self.host.text(stream, &text, bytes as f64)
    }

    /// Leaves, and tells when the server has answered.
    pub(super) fn cancel(self: &Rc<Self>) -> Promise {
        self.leave(true);
        self.host.left(self.leaving.get())
    }

    /// The next result.
    pub(super) fn next(self: &Rc<Self>) -> Promise {
        if self.wake.get().is_none() && !self.closed.get() {
            let weak = Rc::downgrade(self);
            let wake = Closure::new(move || {
                if let Some(driver) = weak.upgrade() {
                    driver.work();
                }
            });
            self.host.begin(self.wake.get_or_init(|| wake).as_ref());
        }
        self.host.next()
    }

    /// Time since the first request, which is all that the run knows of time.
    fn now(&self) -> Ms {
        self.host.now() as Ms
    }

    /// Does what there is to do until it has to wait.
    fn work(self: &Rc<Self>) {
        if self.busy.replace(true) {
            return;
        }
        while self.heard() || self.step() {}
        self.busy.set(false);
        // Nobody waits: what holds the driver itself is let go.
        if !self.wanted.get() && !self.leaving.get() {
            drop(self.alive.take());
        }
    }

    /// Takes up what happened on the host's side; false when nothing did.
    fn heard(self: &Rc<Self>) -> bool {
        let what = self.host.take();
        match what {
            happened::DEMAND => {
                self.began.set(true);
                self.wanted.set(true);
                self.alive.set(Some(Rc::clone(self)));
                self.run.borrow_mut().handle_demand(self.now());
            }
            happened::ANSWER => {
                let answer = exchange::answer(&self.host.value());
                if let Some(prediction) = answer.prediction() {
                    self.host.set_prediction(prediction);
                }
                self.run.borrow_mut().handle_answer(self.now(), answer, host::random());
            }
            happened::PAGE => self.run.borrow_mut().handle_wake(self.now()),
            happened::ABORT => self.leave_as_told(),
            // The user's own function failed: there is nothing to send with, not even a cancel.
            happened::THROWN => {
                self.run.borrow_mut().leave(false);
                self.close();
            }
            _ => {}
        }
        what != happened::NOTHING
    }

    /// Does what the run says; false when that is to wait.
    fn step(self: &Rc<Self>) -> bool {
        if !self.wanted.get() && !self.leaving.get() {
            return false;
        }
        let action = self.run.borrow_mut().poll(self.now());
        match action {
            Ok(Action::Emit(update)) => self.emit(update),
            Ok(Action::Send { beside, .. }) => self.send(beside),
            Ok(Action::Read { until }) => return self.read(until),
            Ok(Action::Sleep { until }) => return self.arm(until, true),
            Ok(Action::Wait) => {
                let deadline = self.run.borrow().deadline();
                return deadline.is_some_and(|until| self.arm(until, true));
            }
            Ok(Action::Done) => self.close(),
            Err(error) => {
                super::error::fail(&self.host, &error, &self.run.borrow());
                self.close();
            }
        }
        true
    }

    fn send(&self, beside: bool) {
        let run = self.run.borrow();
        exchange::send(&self.host, run.request(), run.trusts(&run.request().url), beside);
    }

    fn emit(&self, update: Update) {
        let mut run = self.run.borrow_mut();
        let wanted = match update {
            Update::Batch => {
                let wanted = self.host.batch(&String::from_utf8_lossy(run.delivery.batch().unwrap_or_default()));
                run.delivery.clear();
                wanted
            }
            Update::Snapshot => self.host.snapshot(),
            Update::Report(report) => return self.host.report(&report),
            Update::Pieces(pieces) => {
                let id = last_id(&run);
                for piece in pieces {
                    self.host.piece(&piece.name, &piece.data, id.as_deref());
                }
                self.host.pieces()
            }
        };
        self.wanted.set(wanted);
    }

    fn read(self: &Rc<Self>, until: Ms) -> bool {
        let what = self.host.read();
        if what == brought::NOTHING {
            return self.arm(until, false);
        }
        let (now, jitter) = (self.now(), host::random());
        let mut run = self.run.borrow_mut();
        match what {
            brought::CHUNK => {
                let len = self.host.value().get("byteLength").and_then(|len| Json::as_f64(&len));
                self.host.copy(run.reserve(len.unwrap_or(0.0) as usize));
                run.handle_chunk::<JsValue>(now, jitter);
            }
            brought::END => run.handle_end::<JsValue>(now, jitter),
            _ => run.handle_failure(now, &self.host.value().as_string().unwrap_or_default(), jitter),
        }
        true
    }

    /// Sees to it that the run is asked again at a time; until then there is nothing to do. A timer that
    /// is there already and fires earlier is kept: the many short waits of a stream then cost no timer each.
    fn arm(self: &Rc<Self>, until: Ms, exact: bool) -> bool {
        let fires = self.fires.get();
        if fires != until && (exact || fires == 0 || fires > until) {
            // A browser's timer counts 2^31 - 1 ms at most. One more, since time is counted in whole ones.
            let wait = until.saturating_sub(self.now()).saturating_add(1).min(i32::MAX as u32);
            let weak = Rc::downgrade(self);
            self.fires.set(until);
            self.timer.set(Some(Timeout::new(wait, move || {
                let Some(driver) = weak.upgrade() else { return };
                driver.fires.set(0);
                driver.run.borrow_mut().handle_timeout::<JsValue>(driver.now(), host::random());
                driver.work();
            })));
        }
        false
    }

    /// Leaves because the reader went away or the signal was aborted.
    pub(super) fn leave_as_told(self: &Rc<Self>) {
        let cancel = self.run.borrow().cancels_on_leave();
        self.leave(cancel);
    }

    /// The reader goes away: everyone who waits is told at once.
    fn leave(self: &Rc<Self>, cancel: bool) {
        if self.closed.get() {
            return;
        }
        let action = {
            let mut run = self.run.borrow_mut();
            run.leave(cancel && self.began.get());
            run.poll(self.now())
        };
        self.host.forget();
        match action {
            // The create goes on by itself, with its time limit.
            Ok(Action::Wait) => {
                self.leaving.set(true);
                self.end();
            }
            Ok(Action::Send { beside, .. }) => {
                self.close();
                self.leaving.set(true);
                self.alive.set(Some(Rc::clone(self)));
                self.send(beside);
            }
            _ => self.close(),
        }
        self.work();
    }

    /// Nothing more is handed out.
    fn end(&self) {
        self.closed.set(true);
        self.wanted.set(false);
        self.host.end();
    }

    /// Nothing more is sent either.
    fn close(&self) {
        self.end();
        self.leaving.set(false);
        self.fires.set(0);
        drop(self.timer.take());
        self.host.close();
    }
}

/// The last event id that was seen.
fn last_id(run: &Run) -> Option<String> {
    run.delivery.last_id.as_deref().map(|id| String::from_utf8_lossy(id).into_owned())
}
