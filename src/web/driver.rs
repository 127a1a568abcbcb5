//! The loop around a [`Run`]: it performs the run's actions and reports their results.
//!
//! It works on demand: nothing is sent or read unless a reader waits for a result. All events enter by one function,
//! [`Driver::happen`]. Events that happen while it works go into an inbox and are handled next. The run is borrowed for one
//! call at a time, and never mutably while code of the page runs. `effects.rs` performs the actions.

mod effects;

use super::body::Body;
use super::face::{Face, Observer, Transport};
use super::failure::Failure;
use super::fetch::Reply;
use super::guard::{Abort, Listener};
use super::js::{at, now};
use super::json::JsJson;
use super::page::on_wake;
use super::signal::Watch;
use super::timer::Timer;
use crate::protocol::run::Run;
use std::cell::{Cell, Ref, RefCell, RefMut};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// An event for the driver.
pub(super) enum Event {
    /// A reader asks for a result.
    Demand,
    /// Uploads before the request of this number have begun (true) or ended.
    Uploads(u32, bool),
    /// The request of this number has an answer.
    Answered(u32, Box<Reply>),
    /// The request of this number cannot be sent, because of the caller's values or functions.
    Unsendable(u32, Box<Failure>),
    /// A read has settled.
    Body,
    /// The page became visible or online again.
    Wake,
    /// The timer has fired.
    Timeout,
    /// The reader leaves. The prediction is cancelled by its options, or in any case with `cancel`.
    Leave { cancel: bool },
}

/// The parts of a call other than its run.
pub(crate) struct Parts {
    pub(crate) transport: Rc<dyn Transport>,
    pub(crate) face: Rc<dyn Face>,
    /// Called with each state.
    pub(crate) observer: Option<Observer>,
    pub(crate) signal: Option<AbortSignal>,
}

/// The driver of a call.
pub(crate) struct Driver {
    run: RefCell<Run<JsJson>>,
    parts: Parts,
    inbox: RefCell<VecDeque<Event>>,
    busy: Cell<bool>,
    /// The clock at the first demand, in milliseconds.
    began: Cell<Option<f64>>,
    /// A demand has reached the run, so a request may have been sent.
    asked: Cell<bool>,
    /// No more results are delivered.
    ended: Cell<bool>,
    /// No more requests are sent either.
    closed: Cell<bool>,
    /// No handle of the call is left.
    orphan: Cell<bool>,
    timer: RefCell<Option<Timer>>,
    listeners: Cell<Vec<Listener>>,
    watch: Cell<Option<Rc<Watch>>>,
    /// The current request, and its number.
    request: Cell<Option<Abort>>,
    sent: Cell<u32>,
    body: RefCell<Option<Body>>,
    /// The exception behind the newest answer.
    cause: Cell<Option<JsValue>>,
    /// The `Response` to a request of the caller.
    response: RefCell<Option<JsValue>>,
    /// Called once, when the driver is closed.
    waiting: RefCell<Vec<Box<dyn FnOnce()>>>,
}

impl Driver {
    pub(crate) fn new(run: Run<JsJson>, parts: Parts) -> Rc<Self> {
        Rc::new(Self {
            run: RefCell::new(run),
            parts,
            inbox: RefCell::default(),
            busy: Cell::new(false),
            began: Cell::new(None),
            asked: Cell::new(false),
            ended: Cell::new(false),
            closed: Cell::new(false),
            orphan: Cell::new(false),
            timer: RefCell::default(),
            listeners: Cell::default(),
            watch: Cell::default(),
            request: Cell::default(),
            sent: Cell::new(0),
            body: RefCell::default(),
            cause: Cell::default(),
            response: RefCell::default(),
            waiting: RefCell::default(),
        })
    }

    /// The run, for reading.
    pub(crate) fn run(&self) -> Ref<'_, Run<JsJson>> {
        self.run.borrow()
    }

    fn run_mut(&self) -> RefMut<'_, Run<JsJson>> {
        self.run.borrow_mut()
    }

    /// The `Response` to a request of the caller.
    pub(crate) fn response(&self) -> Option<JsValue> {
        self.response.borrow().clone()
    }

    /// Whether no more results are delivered and no more requests are sent.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Calls back when no more requests are sent, or at once if that is so already.
    pub(crate) fn when_closed(&self, callback: Box<dyn FnOnce()>) {
        if self.closed.get() { callback() } else { self.waiting.borrow_mut().push(callback) }
    }

    /// A reader waits for a result.
    pub(crate) fn demand(self: &Rc<Self>) {
        if self.began.get().is_none() && !self.ended.get() {
            self.began.set(Some(now()));
            self.listen();
        }
        if !self.ended.get() {
            self.happen(Event::Demand);
        }
    }

    /// Listens, from the first request on, for events of the page and for an abort.
    fn listen(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        let wake = move || {
            if let Some(driver) = weak.upgrade() {
                driver.happen(Event::Wake);
            }
        };
        self.listeners.replace(on_wake(wake));
        let Some(signal) = &self.parts.signal else { return };
        let (weak, aborting) = (Rc::downgrade(self), signal.clone());
        let abort = move || {
            if let Some(driver) = weak.upgrade() {
                driver.parts.face.fail(Failure::Own(at(&aborting, "reason")));
                driver.leave(false);
            }
        };
        if at(signal, "aborted").is_truthy() {
            return abort();
        }
        self.watch.replace(Some(Watch::new(signal, abort)));
    }

    /// The reader leaves. Pending calls settle at once, and unread results are dropped. The prediction is cancelled by the
    /// call's options, or in any case with `cancel`.
    pub(crate) fn leave(self: &Rc<Self>, cancel: bool) {
        if !self.ended.get() {
            self.parts.face.forget();
            self.happen(Event::Leave { cancel });
        }
    }

    /// No handle of the call is left. Pending calls still get their results, and a cancel is still sent; then it closes.
    pub(crate) fn let_go(&self) {
        self.orphan.set(true);
        self.close_unwanted();
    }

    fn close_unwanted(&self) {
        if self.orphan.get() && !self.ended.get() && !self.busy.get() && !self.parts.face.is_wanted() {
            self.close();
        }
    }

    pub(super) fn happen(self: &Rc<Self>, event: Event) {
        if self.busy.replace(true) {
            return self.inbox.borrow_mut().push_back(event);
        }
        let mut next = Some(event);
        while let Some(event) = next {
            self.work(event);
            next = self.inbox.borrow_mut().pop_front();
        }
        self.busy.set(false);
        self.close_unwanted();
    }

    fn work(self: &Rc<Self>, event: Event) {
        if self.closed.get() {
            return;
        }
        let now = self.now();
        self.take_up(event, now);
        while (self.ended.get() || self.parts.face.is_wanted()) && !self.closed.get() && self.step(now) {}
        if self.run().is_over() {
            // Unread results may be left. A timer must not keep the process alive for them.
            self.timer.take();
        }
    }

    /// Time since the first request, in whole milliseconds.
    fn now(&self) -> Duration {
        self.began.get().map_or(Duration::ZERO, |began| Duration::from_millis((now() - began) as u64))
    }

    fn take_up(self: &Rc<Self>, event: Event, now: Duration) {
        match event {
            Event::Demand => {
                self.asked.set(true);
                self.run_mut().handle_demand(now);
            }
            Event::Uploads(number, under_way) if number == self.sent.get() => {
                self.run_mut().handle_uploads(now, under_way);
            }
            Event::Answered(number, reply) if number == self.sent.get() => self.answered(*reply, now),
            Event::Unsendable(number, failure) if number == self.sent.get() => {
                // A cancel could not be sent either.
                self.parts.face.fail(*failure);
                if self.ended.get() {
                    return self.close();
                }
                self.run_mut().leave(false);
                self.end();
            }
            // From a request that another has replaced.
            Event::Uploads(..) | Event::Answered(..) | Event::Unsendable(..) => {}
            Event::Body => {}
            Event::Wake => self.run_mut().handle_wake(now),
            Event::Timeout => {
                self.timer.take();
                self.run_mut().handle_timeout(now, jitter());
            }
            Event::Leave { cancel } => {
                let mut run = self.run_mut();
                let cancel = cancel || run.cancels_on_leave();
                run.leave(cancel && self.asked.get());
                drop(run);
                self.end();
            }
        }
    }

    fn answered(self: &Rc<Self>, reply: Reply, now: Duration) {
        let request = self.request.take();
        self.cause.replace(reply.cause);
        self.response.replace(reply.response.map(JsValue::from));
        if let Some(reader) = reply.reader {
            let driver = Rc::clone(self);
            let settled = Rc::new(move || driver.happen(Event::Body));
            self.body.replace(Some(Body::new(reader, request, settled)));
        } else if let Some(request) = request
            && self.response.borrow().is_some()
        {
            request.release();
        }
        self.run_mut().handle_answer(now, reply.answer, jitter());
    }

    /// Ends the delivery of results.
    fn end(&self) {
        self.ended.set(true);
        self.body.take();
        self.listeners.take();
        self.watch.take();
        self.parts.face.end();
    }

    /// Ends requests too.
    fn close(&self) {
        self.end();
        self.closed.set(true);
        self.timer.take();
        self.sent.set(self.sent.get() + 1);
        self.request.take();
        let waiting = self.waiting.take();
        for callback in waiting {
            callback();
        }
    }
}

/// A random number from 0 to 1.
fn jitter() -> f64 {
    js_sys::Math::random()
}
