//! The loop around a [`Run`]: it does what the run says and tells it what came of it.
//!
//! It pulls: nothing is sent or read unless somebody waits for a result. Everything that happens comes in by one function,
//! [`Driver::happen`]; what happens while that is at work goes into an inbox and is worked on next. The run is borrowed
//! for one question at a time, and never mutably while anything of the page is called. What is done for the run stands in
//! `effects.rs`.

mod effects;

use super::body::Body;
use super::face::{Face, Observer, Transport};
use super::failure::Failure;
use super::fetch::Reply;
use super::guard::{Abort, Listener};
use super::js::now;
use super::json::JsJson;
use super::page::on_wake;
use super::signal::Watch;
use super::timer::Timer;
use crate::protocol::run::Run;
use std::cell::{Cell, Ref, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

/// What has happened.
pub(super) enum Event {
    /// Somebody asks for a result.
    Demand,
    /// Files of the input are being uploaded before the request of this number is sent, or no more.
    Uploads(u32, bool),
    /// The request of this number was answered.
    Answered(u32, Box<Reply>),
    /// What the caller gave for the request of this number cannot be sent.
    Unsendable(u32, Failure),
    /// A read has settled.
    Body,
    /// The page became visible or online again.
    Wake,
    /// The timer has fired.
    Timeout,
    /// The reader goes away; the prediction is stopped where that is wanted, or in any case.
    Leave { cancel: bool },
}

/// What a call is made of beside its run.
pub(crate) struct Parts {
    pub(crate) transport: Rc<dyn Transport>,
    pub(crate) face: Rc<dyn Face>,
    /// Is told what the call is doing.
    pub(crate) observer: Option<Observer>,
    pub(crate) signal: Option<AbortSignal>,
}

/// One call under way.
pub(crate) struct Driver {
    run: RefCell<Run<JsJson>>,
    parts: Parts,
    inbox: RefCell<VecDeque<Event>>,
    busy: Cell<bool>,
    /// When somebody first asked for a result, in milliseconds of the clock.
    began: Cell<Option<f64>>,
    /// A result was asked for and nothing had ended the call: a request may have been sent.
    asked: Cell<bool>,
    /// Nothing more is handed over.
    ended: Cell<bool>,
    /// Nothing more is sent either.
    silent: Cell<bool>,
    /// Nobody holds the call any more.
    orphan: Cell<bool>,
    timer: RefCell<Option<Timer>>,
    listeners: RefCell<Vec<Listener>>,
    watch: RefCell<Option<Rc<Watch>>>,
    /// The request under way, and its number.
    request: RefCell<Option<Abort>>,
    sent: Cell<u32>,
    body: RefCell<Option<Body>>,
    /// The exception behind the newest answer.
    cause: RefCell<Option<JsValue>>,
    /// The answer to a request of the caller's own.
    response: RefCell<Option<JsValue>>,
    /// Who waits until nothing more is sent.
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
            silent: Cell::new(false),
            orphan: Cell::new(false),
            timer: RefCell::default(),
            listeners: RefCell::default(),
            watch: RefCell::default(),
            request: RefCell::default(),
            sent: Cell::new(0),
            body: RefCell::default(),
            cause: RefCell::default(),
            response: RefCell::default(),
            waiting: RefCell::default(),
        })
    }

    /// The run, to be looked at.
    pub(crate) fn run(&self) -> Ref<'_, Run<JsJson>> {
        self.run.borrow()
    }

    /// The answer to a request of the caller's own.
    pub(crate) fn response(&self) -> Option<JsValue> {
        self.response.borrow().clone()
    }

    /// Whether nothing more is handed over, and nothing more is sent.
    pub(crate) fn is_silent(&self) -> bool {
        self.silent.get()
    }

    /// Calls back when nothing more is sent: at once, where that is so already.
    pub(crate) fn when_silent(&self, callback: Box<dyn FnOnce()>) {
        if self.silent.get() { callback() } else { self.waiting.borrow_mut().push(callback) }
    }

    /// Somebody waits for a result, as the face says.
    pub(crate) fn demand(self: &Rc<Self>) {
        if self.began.get().is_none() && !self.ended.get() {
            self.began.set(Some(now()));
            self.listen();
        }
        if !self.ended.get() {
            self.happen(Event::Demand);
        }
    }

    /// Before the first request: what may end or wake the call.
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
                driver.parts.face.fail(Failure::Own(aborting.reason()));
                driver.leave(false);
            }
        };
        if signal.aborted() {
            return abort();
        }
        self.watch.replace(Some(Watch::new(signal, abort)));
    }

    /// The reader goes away, and whoever waits is told so at once. Results that nobody took are dropped. The prediction
    /// is stopped where the call's options say so, or in any case with `cancel`.
    pub(crate) fn leave(self: &Rc<Self>, cancel: bool) {
        if !self.ended.get() {
            self.parts.face.forget();
            self.happen(Event::Leave { cancel });
        }
    }

    /// Nobody holds the call any more. Whoever waits gets a result first; a server that is to be told that the reader has
    /// left is told.
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
        if self.silent.get() {
            return;
        }
        let now = self.now();
        self.take_up(event, now);
        while (self.ended.get() || self.parts.face.is_wanted()) && !self.silent.get() && self.step(now) {}
        if self.run.borrow().is_over() {
            // Results may be left that nobody has asked for: no timer may keep a program alive for them.
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
                self.run.borrow_mut().handle_demand(now);
            }
            Event::Uploads(number, under_way) if number == self.sent.get() => {
                self.run.borrow_mut().handle_uploads(now, under_way);
            }
            Event::Answered(number, reply) if number == self.sent.get() => self.answered(*reply, now),
            Event::Unsendable(number, failure) if number == self.sent.get() => {
                // There is nothing to send with, not even a cancel.
                self.parts.face.fail(failure);
                self.run.borrow_mut().leave(false);
                self.end();
            }
            // Of a request whose place another one has taken.
            Event::Uploads(..) | Event::Answered(..) | Event::Unsendable(..) => {}
            Event::Body => {}
            Event::Wake => self.run.borrow_mut().handle_wake(now),
            Event::Timeout => {
                self.timer.take();
                self.run.borrow_mut().handle_timeout(now, jitter());
            }
            Event::Leave { cancel } => {
                let mut run = self.run.borrow_mut();
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
        self.run.borrow_mut().handle_answer(now, reply.answer, jitter());
    }

    /// Nothing more is handed over.
    fn end(&self) {
        self.ended.set(true);
        self.body.take();
        self.listeners.take();
        self.watch.take();
        self.parts.face.end();
    }

    /// Nothing more is sent either.
    fn close(&self) {
        self.end();
        self.silent.set(true);
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
