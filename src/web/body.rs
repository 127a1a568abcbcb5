//! The body of an event stream, read chunk by chunk.
//!
//! A chunk may be a single event, so nothing is allocated for each one: two callbacks live as long as the body. A future for
//! each read would use the engine's task queue, which in Chromium takes longer than all the rest.

use super::guard::Abort;
use super::js::{Record, describe, invoke, spawn, then};
use js_sys::{ArrayBuffer, Promise};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A reader of a body. That of a custom `fetch` may do anything.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(js_name = ReadableStreamDefaultReader)]
    pub(crate) type Reader;
    /// The platform's own does not throw. It gets `catch` all the same: without, Chromium 156 takes twice the time for a chunk.
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;

    /// The result object of a read.
    #[wasm_bindgen(js_name = Object)]
    type Step;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Step) -> JsValue;

    /// The bytes themselves, copied in one call: `to_vec` of js-sys makes four.
    #[wasm_bindgen(js_name = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(method, js_name = valueOf)]
    fn copy(this: &Bytes) -> Vec<u8>;
}

/// The outcome of a read.
pub(super) enum Outcome {
    Chunk(Vec<u8>),
    End,
    Broken(String),
}

type Callback = Closure<dyn FnMut(JsValue)>;

/// A body that is read. Dropping it closes the connection.
pub(super) struct Body {
    reading: Rc<Reading>,
    _request: Option<Abort>,
}

struct Reading {
    reader: Reader,
    /// The reader is the platform's own: its reads return promises and do not throw.
    native: bool,
    /// Called when a read has settled; `None` after the body is closed.
    settled: RefCell<Option<Rc<dyn Fn()>>>,
    callbacks: RefCell<Option<[Callback; 2]>>,
    /// A read is pending. Its callbacks must live until it settles: calling a dropped one throws.
    pending: Cell<bool>,
    outcome: Cell<Option<Outcome>>,
}

impl Body {
    /// A body that calls `settled` after each read.
    pub(super) fn new(reader: Reader, request: Option<Abort>, settled: Rc<dyn Fn()>) -> Self {
        let reading = Rc::new(Reading {
            native: reader.is_instance_of::<Reader>(),
            reader,
            settled: RefCell::new(Some(settled)),
            callbacks: RefCell::default(),
            pending: Cell::new(false),
            outcome: Cell::default(),
        });
        let callback = |take: fn(JsValue) -> Outcome| {
            let reading = Rc::clone(&reading);
            Closure::new(move |value| reading.settle(take(value)))
        };
        let step = if reading.native { native_step } else { custom_step };
        let callbacks = [callback(step), callback(|error| Outcome::Broken(describe(&error)))];
        reading.callbacks.replace(Some(callbacks));
        Self { reading, _request: request }
    }

    /// The outcome of the last read. Starts a read if there is none.
    pub(super) fn take(&self) -> Option<Outcome> {
        let outcome = self.reading.outcome.take();
        if outcome.is_some() || self.reading.pending.replace(true) {
            return outcome;
        }
        match self.reading.read() {
            Ok(promise) => {
                if let Some(callbacks) = &*self.reading.callbacks.borrow() {
                    then(&promise, callbacks);
                }
                None
            }
            Err(error) => {
                self.reading.pending.set(false);
                Some(Outcome::Broken(describe(&error)))
            }
        }
    }
}

/// The outcome of a read of the platform's own reader.
fn native_step(step: JsValue) -> Outcome {
    chunk(step.unchecked_into::<Step>().value())
}

/// The outcome of a read of a custom `fetch`, which may give anything.
fn custom_step(step: JsValue) -> Outcome {
    if !step.is_object() {
        return Outcome::Broken("The body gave no chunk".to_owned());
    }
    let step: Record = step.unchecked_into();
    match (step.read("done"), step.read("value")) {
        (Ok(done), _) if done.is_truthy() => Outcome::End,
        (Ok(_), Ok(value)) => chunk(value),
        (Err(error), _) | (_, Err(error)) => Outcome::Broken(describe(&error)),
    }
}

/// The value of a step; the last one of a native reader is undefined.
fn chunk(value: JsValue) -> Outcome {
    if ArrayBuffer::is_view(&value) {
        Outcome::Chunk(value.unchecked_into::<Bytes>().copy())
    } else if value.is_undefined() {
        Outcome::End
    } else {
        Outcome::Broken("The body gave a chunk that is no Uint8Array".to_owned())
    }
}

impl Reading {
    fn read(&self) -> Result<Promise, JsValue> {
        let read = self.reader.read()?;
        Ok(if self.native { read.unchecked_into() } else { Promise::resolve(&read) })
    }

    fn settle(&self, outcome: Outcome) {
        self.pending.set(false);
        let settled = self.settled.borrow().clone();
        let Some(settled) = settled else {
            // The body was closed in the meantime. A closure may be dropped while it runs.
            self.callbacks.take();
            return;
        };
        self.outcome.replace(Some(outcome));
        settled();
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.reading.settled.take();
        if !self.reading.pending.get() {
            self.reading.callbacks.take();
        }
        // A pending read settles at once, even if a custom `fetch` ignores its signal.
        let Ok(closed) = invoke(&self.reading.reader, "cancel", &[]) else { return };
        let closed = Promise::resolve(&closed);
        spawn(async move {
            // For a broken body it rejects. Without this await the rejection would be unhandled.
            let _ = closed.await;
        });
    }
}
