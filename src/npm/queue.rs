//! The queue of results between a driver and JavaScript's promises: the results of the last batch, or the callers who wait.
//!
//! This is the hot path of a stream. A result that is ready costs two imports: the engine's array iterator makes
//! `{ value, done }`, and `Promise.resolve` wraps it. A batch costs one decode and one split. Nothing uses the engine's task
//! queue.

use super::error::to_js;
use super::results::Kind;
use crate::protocol::run::Piece;
use crate::web::js::{TextDecoder, at, invoke, utf8};
use crate::web::{Face, Failure, JsJson};
use js_sys::{Array, JsString, Promise};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::task::Waker;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Array)]
    type List;
    #[wasm_bindgen(method, js_class = "Array")]
    fn values(this: &List) -> Values;

    /// An array's own iterator.
    #[derive(Debug)]
    #[wasm_bindgen(js_name = Iterator)]
    type Values;
    #[wasm_bindgen(method, js_class = "Iterator")]
    fn next(this: &Values) -> JsValue;
}

#[wasm_bindgen(module = "/src/npm/events.js")]
extern "C" {
    /// A call of `next()` that waits for a result. Its functions cannot throw, so they need no `catch`, which would take
    /// several times longer.
    #[derive(Debug)]
    pub(super) type Caller;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Caller;
    #[wasm_bindgen(method, getter)]
    pub(super) fn promise(this: &Caller) -> Promise;
    #[wasm_bindgen(method)]
    fn give(this: &Caller, value: &JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn resolve(this: &Caller, result: &JsValue);
    #[wasm_bindgen(method)]
    fn reject(this: &Caller, error: &JsValue);

    /// The result object of the end.
    #[wasm_bindgen(js_namespace = results)]
    pub(super) fn over() -> JsValue;
}

/// The texts of a batch as one. Events are joined by their texts too.
pub(super) fn joined(results: &Array) -> String {
    invoke(results, "join", &[&"".into()]).unwrap_or_default().as_string().unwrap_or_default()
}

/// The face of a stream that JavaScript reads.
pub(super) struct Queue {
    pub(super) kind: Kind,
    pub(super) utf8: TextDecoder,
    /// The last batch. `left` of its results were not read.
    batch: RefCell<Array>,
    values: RefCell<Option<Values>>,
    left: Cell<u32>,
    /// In order of their calls.
    callers: RefCell<VecDeque<Caller>>,
    /// The waker of `text()`, which takes whole batches.
    waker: Cell<Option<Waker>>,
    waits: Cell<bool>,
    /// The error of the stream, until a caller gets it.
    failure: RefCell<Option<JsValue>>,
    ended: Cell<bool>,
}

impl Queue {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            utf8: utf8(),
            batch: RefCell::default(),
            values: RefCell::default(),
            left: Cell::new(0),
            callers: RefCell::default(),
            waker: Cell::default(),
            waits: Cell::new(false),
            failure: RefCell::default(),
            ended: Cell::new(false),
        }
    }

    /// The next result object, if a result is ready.
    pub(super) fn pop(&self) -> Option<JsValue> {
        let values = self.values.borrow();
        let values = values.as_ref()?;
        self.left.set(self.left.get().checked_sub(1)?);
        Some(values.next())
    }

    /// A promise of the next result, and whether its caller is the only one that waits.
    pub(super) fn wait(&self) -> (Promise, bool) {
        let caller = Caller::new();
        let promise = caller.promise();
        if self.ended.get() {
            self.settle(&caller);
            return (promise, false);
        }
        let mut callers = self.callers.borrow_mut();
        callers.push_back(caller);
        (promise, callers.len() == 1)
    }

    /// Settles a caller after the end: the first one gets the error, the others the end.
    fn settle(&self, caller: &Caller) {
        match self.take_failure() {
            Some(error) => caller.reject(&error),
            None => caller.resolve(&over()),
        }
    }

    pub(super) fn take_failure(&self) -> Option<JsValue> {
        self.failure.borrow_mut().take()
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended.get()
    }

    /// Whether neither results nor an error are left.
    pub(super) fn is_drained(&self) -> bool {
        self.ended.get() && (self.left.get() == 0 || self.values.borrow().is_none()) && self.failure.borrow().is_none()
    }

    /// The caller who has waited longest. It is taken out of the cell first, since what it gets may run code of the page.
    fn next_caller(&self) -> Option<Caller> {
        self.callers.borrow_mut().pop_front()
    }

    fn fill(&self, results: Array, count: u32) {
        self.left.set(count);
        self.values.replace(Some(results.unchecked_ref::<List>().values()));
        self.batch.replace(results);
        while self.left.get() > 0 {
            let Some(caller) = self.next_caller() else { break };
            if let Some(result) = self.pop() {
                caller.resolve(&result);
            }
        }
        if self.left.get() > 0 {
            self.wake();
        }
    }

    fn wake(&self) {
        self.waits.set(false);
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Waits for a whole batch. Returns whether nothing has waited for one yet.
    pub(super) fn register(&self, waker: &Waker) -> bool {
        self.waker.replace(Some(waker.clone()));
        !self.waits.replace(true)
    }

    /// Takes the rest of the last batch.
    pub(super) fn take_batch(&self) -> Option<Array> {
        self.values.take()?;
        let rest = self.unread();
        self.left.set(0);
        rest
    }

    fn unread(&self) -> Option<Array> {
        let batch = self.batch.borrow();
        let left = self.left.get();
        let unread = (left > 0).then(|| invoke(&batch, "slice", &[&(-f64::from(left)).into()]))?;
        unread.ok().map(JsValue::unchecked_into)
    }

    /// Bytes of text that were not read.
    pub(super) fn unread_bytes(&self) -> usize {
        self.unread().map_or(0, |unread| joined(&unread).len())
    }

    /// The id of the last event that was read; `None` when the whole last batch was read.
    pub(super) fn last_id(&self) -> Option<JsValue> {
        let batch = self.batch.borrow();
        let place = batch.length().checked_sub(self.left.get() + 1);
        (self.left.get() > 0).then(|| place.map_or(JsValue::UNDEFINED, |place| at(&batch.get_unchecked(place), "id")))
    }

    pub(super) fn decode(&self, bytes: &[u8]) -> JsString {
        self.utf8.decode(bytes)
    }
}

impl Face for Queue {
    fn is_wanted(&self) -> bool {
        self.waits.get() || !self.callers.borrow().is_empty()
    }

    fn batch(&self, packed: &[u8], count: usize) {
        let batch = self.utf8.decode(packed);
        // A chunk is often a single event for a caller that waits.
        if count == 1
            && let Some(caller) = self.next_caller()
        {
            return caller.give(&self.kind.of_one(batch));
        }
        self.fill(self.kind.of_batch(&batch), count as u32);
    }

    fn pieces(&self, pieces: &[Piece], last_id: &[u8]) {
        let last_id = self.utf8.decode(last_id);
        let results = pieces.iter().map(|piece| self.kind.of_piece(piece, &last_id));
        self.fill(results.collect(), pieces.len() as u32);
    }

    fn snapshot(&self, _snapshot: &JsJson) {}

    fn fail(&self, failure: Failure) {
        if !self.ended.get() {
            self.failure.borrow_mut().get_or_insert_with(|| to_js(failure));
        }
    }

    fn end(&self) {
        self.ended.set(true);
        for caller in self.callers.take() {
            self.settle(&caller);
        }
        self.wake();
    }

    /// Drops the unread results, but keeps their size: a handle needs it.
    fn forget(&self) {
        self.values.take();
    }
}
