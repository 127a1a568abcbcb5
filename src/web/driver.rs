//! The loop around a [`Run`]: it does what the run says and tells it what came of it.
//!
//! It pulls: nothing happens unless somebody waits for a result. Requests are ordinary futures, once
//! each; the reads of a body are settled by two closures that live as long as the stream, since a task
//! for each of them would cost more than the parsing.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::exchange::{self, Abort};
use super::host::{self, Exchanged, Plain, Reader};
use super::waiting::{Waiting, end};
use crate::error::Error;
use crate::json::Json;
use crate::run::{Action, Goal, Ms, Piece, Run, Update};
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

/// What the reader gets for a result of the run.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) goal: Goal,
    /// The alternative text of images.
    pub(super) alt: String,
}

/// What a settled read calls.
type Settler = Closure<dyn FnMut(JsValue)>;

/// Undoes a registration with the page when it is dropped.
struct Registered {
    undo: Function,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let _ = self.undo.call0(&JsValue::UNDEFINED);
    }
}

/// A body being read. Dropping it closes the connection.
struct Body {
    reader: Reader,
    _abort: Abort,
}

impl Drop for Body {
    fn drop(&mut self) {
        // It settles a read under way, whatever the `fetch` that made the body does with its signal.
        host::release(&self.reader);
    }
}

/// A stream: the run, and all that the page does for it.
pub(super) struct Driver {
    run: RefCell<Run>,
    transport: JsValue,
    shape: Shape,
    began: Cell<Option<f64>>,
    pub(super) waiting: Waiting,
    /// The newest answer about the prediction.
    pub(super) snapshot: RefCell<JsValue>,
    /// It is over: nothing more is handed out.
    closed: Cell<bool>,
    /// What it ended with, as long as nobody was told.
    error: RefCell<Option<JsValue>>,
    cause: RefCell<JsValue>,
    signal: JsValue,
    /// Requests whose answer is still to come, and what takes it.
    pending: Cell<u32>,
    answer: RefCell<Option<Settler>>,
    /// The request under way, by number: an answer to an earlier one is not for us any more.
    request: RefCell<Option<Abort>>,
    requests: Cell<u32>,
    body: RefCell<Option<Body>>,
    reading: Cell<bool>,
    /// Reads of earlier bodies that are still to settle; what they bring is not for us any more.
    stale: Cell<u32>,
    /// The reader has gone, but the server is still to be told.
    leaving: Cell<bool>,
    /// A chunk that came while a request was under way beside the body.
    chunk: RefCell<Option<Result<JsValue, JsValue>>>,
    settle: RefCell<Option<[Settler; 2]>>,
    timer: RefCell<Option<(Ms, Timeout)>>,
    registered: RefCell<Vec<Registered>>,
    cancelled: RefCell<Vec<Function>>,
    /// Itself, while somebody waits: the wrapper may be freed in flight.
    alive: RefCell<Option<Rc<Self>>>,
}

impl Driver {
    pub(super) fn new(run: Run, transport: JsValue, shape: Shape, signal: JsValue) -> Rc<Self> {
        Rc::new(Self {
            run: RefCell::new(run),
            transport,
            shape,
            began: Cell::default(),
            waiting: Waiting::default(),
            snapshot: RefCell::default(),
            closed: Cell::default(),
            error: RefCell::default(),
            cause: RefCell::default(),
            signal,
            pending: Cell::default(),
            answer: RefCell::default(),
            request: RefCell::default(),
            requests: Cell::default(),
            body: RefCell::default(),
            reading: Cell::default(),
            stale: Cell::default(),
            leaving: Cell::default(),
            chunk: RefCell::default(),
            settle: RefCell::default(),
            timer: RefCell::default(),
            registered: RefCell::default(),
            cancelled: RefCell::default(),
            alive: RefCell::default(),
        })
    }

    /// A stream that fails at its first result: what it was asked for makes no sense.
    pub(super) fn failed(error: JsValue) -> Rc<Self> {
        let shape = Shape { goal: Goal::Text, alt: String::new() };
        let driver = Self::new(Run::over(), JsValue::UNDEFINED, shape, JsValue::UNDEFINED);
        driver.finish(Some(error));
        driver
    }

    /// The prediction's id.
    pub(super) fn id(&self) -> Option<String> {
        self.run.borrow().id().map(str::to_owned)
    }

    pub(super) fn cancels_on_leave(&self) -> bool {
        self.run.borrow().cancels_on_leave()
    }

    /// What `resume` takes.
    pub(super) fn handle(&self) -> JsValue {
        let run = self.run.borrow();
        let last_id = run.delivery.last_id.as_deref().map(|id| String::from_utf8_lossy(id).into_owned());
        // The run counts what it parsed; the reader goes on after what it was handed.
        let (items, unread) = self.waiting.unread();
        host::handle(run.id(), last_id, run.delivery.bytes as f64, &items, unread)
    }

    /// The text that came so far, and how many bytes it is.
    pub(super) fn delivered_text(&self) -> Result<(String, usize), Error> {
        let run = self.run.borrow();
        if run.delivery.is_cut() {
            let text = "text() came too late: more than 8 MiB of the stream were read before it";
            return Err(Error::InvalidArgument(text.into()));
        }
        Ok((run.delivery.partial(), run.delivery.bytes))
    }

    /// All of the text, once the stream was drained: `drained` and what was handed out before it.
    pub(super) fn whole_text(&self, (before, bytes): &(String, usize), drained: String) -> String {
        if self.shape.goal == Goal::Whole {
            return drained; // Images come all at once, and are Markdown here.
        }
        // Of what had come before, some may have been waiting to be handed out: it was drained too.
        let came_since = self.run.borrow().delivery.bytes - bytes;
        let waited = drained.len().saturating_sub(came_since);
        let handed = before.len().saturating_sub(waited);
        [before.get(..handed).unwrap_or_default(), &drained].concat()
    }

    /// Leaves, and tells when the server has answered.
    pub(super) fn cancel(self: &Rc<Self>) -> Promise {
        self.leave(true, None);
        Promise::new(&mut |resolve, _| {
            if self.leaving.get() {
                self.cancelled.borrow_mut().push(resolve);
            } else {
                let _ = resolve.call0(&JsValue::UNDEFINED);
            }
        })
    }

    /// The next result.
    pub(super) fn next(self: &Rc<Self>) -> Promise {
        if let Some(result) = self.waiting.pop() {
            return Promise::resolve(&result);
        }
        if self.closed.get() {
            return match self.error.take() {
                Some(error) => Promise::reject(&error),
                None => Promise::resolve(&end()),
            };
        }
        let idle = !self.waiting.wanted();
        let promise = self.waiting.promise();
        if idle {
            self.begin();
            self.alive.replace(Some(Rc::clone(self)));
            self.run.borrow_mut().handle_demand(self.now());
            self.pump();
        }
        promise
    }

    /// Before the first request: the signal and the page are listened to from here on.
    fn begin(self: &Rc<Self>) {
        if self.began.get().is_some() {
            return;
        }
        if self.signal.get("aborted").is_some_and(|aborted| aborted.is_truthy()) {
            return self.abort();
        }
        self.began.set(Some(host::now()));
        if !self.signal.is_undefined() {
            let callback = self.callback(|driver| driver.abort());
            let undo = host::on_abort(&self.signal, callback.as_ref());
            self.registered.borrow_mut().push(Registered { undo, _callback: callback });
        }
        let callback = self.callback(|driver| {
            driver.run.borrow_mut().handle_wake(driver.now());
            driver.pump();
        });
        if let Some(undo) = host::on_wake(callback.as_ref()) {
            self.registered.borrow_mut().push(Registered { undo, _callback: callback });
        }
    }

    fn callback(self: &Rc<Self>, act: fn(&Rc<Self>)) -> Closure<dyn FnMut()> {
        let weak = Rc::downgrade(self);
        Closure::new(move || {
            if let Some(driver) = weak.upgrade() {
                act(&driver);
            }
        })
    }

    /// Time since the first request, which is all that the run knows of time.
    fn now(&self) -> Ms {
        let began = self.began.get().unwrap_or_else(host::now);
        (host::now() - began) as Ms
    }

    /// Does what the run says until it has to wait, or until nobody waits for it.
    fn pump(self: &Rc<Self>) {
        while self.waiting.wanted() || self.closed.get() {
            let now = self.now();
            let action = self.run.borrow_mut().poll(now);
            match action {
                Ok(Action::Emit(update)) => self.emit(update),
                Ok(Action::Send { until, beside }) => return self.send(until, beside),
                Ok(Action::Read { until }) => {
                    let Some(chunk) = self.chunk.take() else { return self.read(until) };
                    self.parse(chunk);
                }
                Ok(Action::Sleep { until }) => return self.arm(until, true),
                Ok(Action::Wait) => {
                    let deadline = self.run.borrow().deadline();
                    return deadline.into_iter().for_each(|until| self.arm(until, true));
                }
                Ok(Action::Done) => return self.close(None),
                Err(error) => {
                    let error = self.with_context(&error);
                    return self.close(Some(error));
                }
            }
        }
        self.rest();
    }

    /// Nobody waits: what holds the driver itself is let go, unless a read is still to settle.
    fn rest(&self) {
        let busy = self.waiting.wanted() || self.reading.get() || self.leaving.get();
        if !busy && self.stale.get() + self.pending.get() == 0 {
            drop(self.alive.take());
        }
    }

    fn emit(&self, update: Update) {
        let items = match update {
            Update::Batch => {
                let mut run = self.run.borrow_mut();
                let batch = String::from_utf8_lossy(run.delivery.batch().unwrap_or_default());
                let items = match self.shape.goal {
                    Goal::Events => host::unpack_events(&batch, &self.to_data()),
                    _ => host::unpack_texts(&batch),
                };
                run.delivery.clear();
                items
            }
            Update::Snapshot => Array::of1(&self.snapshot.borrow()),
            Update::Report(report) => {
                self.snapshot.replace(host::parse(&report));
                return;
            }
            Update::Pieces(pieces) => pieces.iter().map(|piece| self.item(piece)).collect(),
        };
        self.waiting.fill(items);
    }

    fn item(&self, Piece { name, data }: &Piece) -> JsValue {
        match self.shape.goal {
            Goal::Whole => host::piece_image(&self.transport, data, &self.shape.alt),
            Goal::Events => {
                let run = self.run.borrow();
                let id = String::from_utf8_lossy(run.delivery.last_id.as_deref().unwrap_or_default());
                host::piece_event(name, data, &id, &self.to_data())
            }
            _ => data.into(),
        }
    }

    /// What makes the data of an output event out of its text, if it is more than text.
    fn to_data(&self) -> JsValue {
        host::field(&self.transport, "toData")
    }

    fn send(self: &Rc<Self>, until: Ms, beside: bool) {
        if !beside {
            self.close_body();
        }
        let number = self.requests.get() + 1;
        self.requests.set(number);
        self.pending.set(self.pending.get() + 1);
        if self.alive.borrow().is_none() {
            self.alive.replace(Some(Rc::clone(self)));
        }
        self.arm(until, true);
        let run = self.run.borrow();
        let trusted = run.trusts(&run.request().url);
        let mut answer = self.answer.borrow_mut();
        let answer = answer.get_or_insert_with(|| self.settler(|driver, value| driver.answered(&value)));
        self.request.replace(exchange::send(&self.transport, run.request(), trusted, number, answer.as_ref()));
    }

    fn answered(self: &Rc<Self>, value: &JsValue) {
        let exchanged: &Exchanged = value.unchecked_ref();
        self.pending.set(self.pending.get() - 1);
        if exchanged.number() == self.requests.get() {
            let abort = self.request.take();
            if let Some(thrown) = value.get("thrown") {
                self.run.borrow_mut().leave(false);
                return self.close(Some(thrown));
            }
            self.cause.replace(host::field(value, "cause"));
            if let (Some(reader), Some(abort)) = (value.get("reader"), abort) {
                self.body.replace(Some(Body { reader: reader.unchecked_into(), _abort: abort }));
            }
            let answer = exchange::answer(exchanged);
            if let Some(object) = value.get("response").or_else(|| answer.prediction().cloned()) {
                self.snapshot.replace(object);
            }
            self.run.borrow_mut().handle_answer(self.now(), answer, host::random());
            self.pump();
        }
        self.rest();
    }

    fn read(self: &Rc<Self>, until: Ms) {
        self.arm(until, false);
        if self.reading.replace(true) {
            return;
        }
        let body = self.body.borrow();
        let mut settle = self.settle.borrow_mut();
        let [ok, fail] = settle.get_or_insert_with(|| {
            [
                self.settler(|driver, value| driver.settled(Ok(value))),
                self.settler(|driver, error| driver.settled(Err(error))),
            ]
        });
        if let Some(body) = &*body {
            body.reader.read().then(ok.as_ref(), fail.as_ref());
        }
    }

    fn close_body(&self) {
        drop(self.body.take());
        drop(self.chunk.take());
        if self.reading.replace(false) {
            self.stale.set(self.stale.get() + 1);
        }
    }

    /// A closure that lives as long as the stream, and does nothing after it.
    fn settler(self: &Rc<Self>, act: fn(&Rc<Self>, JsValue)) -> Settler {
        let weak = Rc::downgrade(self);
        Closure::new(move |value| {
            if let Some(driver) = weak.upgrade() {
                act(&driver, value);
            }
        })
    }

    fn settled(self: &Rc<Self>, chunk: Result<JsValue, JsValue>) {
        match self.stale.get() {
            0 => {
                self.reading.set(false);
                self.chunk.replace(Some(chunk));
                self.pump();
            }
            stale => self.stale.set(stale - 1),
        }
        self.rest();
    }

    fn parse(&self, chunk: Result<JsValue, JsValue>) {
        let (now, jitter) = (self.now(), host::random());
        let mut run = self.run.borrow_mut();
        match chunk {
            Ok(step) if step.get("done").is_some_and(|done| done.is_truthy()) => {
                run.handle_end::<JsValue>(now, jitter);
            }
            Ok(step) => {
                if let Some(chunk) = step.get("value").and_then(|value| value.dyn_into::<Uint8Array>().ok()) {
                    chunk.copy_to(run.reserve(chunk.length() as usize));
                    run.handle_chunk::<JsValue>(now, jitter);
                }
            }
            Err(error) => run.handle_failure(now, &host::describe(&error), jitter),
        }
    }

    /// Sees to it that the run is asked again at a time. A timer that is there already and fires
    /// earlier is kept: the many short waits of a stream then cost no timer each.
    fn arm(self: &Rc<Self>, until: Ms, exact: bool) {
        let mut timer = self.timer.borrow_mut();
        if timer.as_ref().is_some_and(|(at, _)| *at == until || !exact && *at < until) {
            return;
        }
        // A browser's timer counts 2^31 - 1 ms at most. One more, since time is counted in whole ones.
        let wait = until.saturating_sub(self.now()).saturating_add(1).min(i32::MAX as u32);
        let weak = Rc::downgrade(self);
        let timeout = Timeout::new(wait, move || {
            let Some(driver) = weak.upgrade() else { return };
            drop(driver.timer.take());
            driver.run.borrow_mut().handle_timeout::<JsValue>(driver.now(), host::random());
            driver.pump();
        });
        *timer = Some((until, timeout));
    }

    /// The user's signal was aborted: whoever waits gets its reason, as `fetch` does it.
    fn abort(self: &Rc<Self>) {
        self.leave(self.cancels_on_leave(), Some(host::field(&self.signal, "reason")));
    }

    /// The reader goes away: everyone who waits is told at once, with the error if there is one.
    pub(super) fn leave(self: &Rc<Self>, cancel: bool, error: Option<JsValue>) {
        if self.closed.get() {
            return;
        }
        let cancel = cancel && self.began.get().is_some();
        self.run.borrow_mut().leave(cancel);
        self.leaving.set(true);
        self.waiting.clear();
        let action = self.run.borrow_mut().poll(self.now());
        let waits = matches!(action, Ok(Action::Wait));
        if waits {
            // The create goes on by itself, with its time limit.
            self.finish(error);
            return;
        }
        self.close(error);
        if let Ok(Action::Send { until, beside }) = action {
            self.leaving.set(true);
            self.send(until, beside);
        }
    }

    /// The end, with the error for the next who asks if nobody waits.
    fn close(self: &Rc<Self>, error: Option<JsValue>) {
        self.leaving.set(false);
        drop(self.request.take());
        self.requests.set(self.requests.get() + 1);
        drop(self.timer.take());
        self.finish(error);
        for resolve in self.cancelled.take() {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        }
    }

    fn finish(self: &Rc<Self>, error: Option<JsValue>) {
        let first = !self.closed.replace(true);
        self.close_body();
        self.registered.borrow_mut().clear();
        let untold = self.waiting.close(error);
        if first {
            self.error.replace(untold);
        }
        self.rest();
    }

    /// The error, with all that is known by now.
    fn with_context(&self, error: &Error) -> JsValue {
        let fields = Plain::new();
        let run = self.run.borrow();
        if let Some(id) = run.id() {
            fields.set("predictionId", &id.into());
        }
        if run.delivery.bytes > 0 {
            fields.set("partial", &run.delivery.partial().into());
        }
        if let Some(logs) = self.snapshot.borrow().str("logs") {
            fields.set("logs", &logs.into());
        }
        // A request of the user's own was refused: here is the answer itself.
        if run.request().raw {
            fields.set("response", &self.snapshot.borrow());
        }
        let cause = self.cause.borrow();
        if !cause.is_undefined() {
            fields.set("cause", &cause);
        }
        super::error::to_js(error, fields)
    }
}
