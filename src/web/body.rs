//! The body of an event stream, read piece by piece.
//!
//! A piece may be a single event, so nothing is made anew for each one: two callbacks live as long as the body, and what
//! they bring is worked on in place. A future for each read would cost a turn of the engine's task queue, which in
//! Chromium takes longer than all the rest.

use super::guard::Abort;
use super::js::{describe, spawn, then};
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A reader of a body. A custom `fetch` may give one of its own, which does anything.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(js_name = ReadableStreamDefaultReader)]
    pub(crate) type Reader;
    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;
    /// The same without `catch`, which takes longer than the call itself.
    #[wasm_bindgen(method, js_name = read)]
    fn read_native(this: &Reader) -> Promise;
    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<JsValue, JsValue>;

    /// What a read gives.
    #[wasm_bindgen(js_name = Object)]
    type Step;
    #[wasm_bindgen(method, getter)]
    fn done(this: &Step) -> bool;
    #[wasm_bindgen(method, getter)]
    fn value(this: &Step) -> JsValue;
}

/// What a read brought.
pub(super) enum Brought {
    Chunk(Vec<u8>),
    End,
    Broken(String),
}

type Callback = Closure<dyn FnMut(JsValue)>;

/// A body being read. Dropping it closes the body and its connection.
pub(super) struct Body {
    reading: Rc<Reading>,
    _request: Option<Abort>,
}

struct Reading {
    reader: Reader,
    /// The reader is the platform's own: its reads give promises and throw nothing.
    native: bool,
    /// Is called when a read has settled; gone once the body is closed.
    settled: RefCell<Option<Rc<dyn Fn()>>>,
    callbacks: RefCell<Option<[Callback; 2]>>,
    /// A read is under way. Its callbacks must live until it settles: calling a dropped one throws.
    pending: Cell<bool>,
    brought: RefCell<Option<Brought>>,
}

impl Body {
    /// A body that calls `settled` whenever a read has brought something.
    pub(super) fn new(reader: Reader, request: Option<Abort>, settled: Rc<dyn Fn()>) -> Self {
        let reading = Rc::new(Reading {
            native: reader.is_instance_of::<Reader>(),
            reader,
            settled: RefCell::new(Some(settled)),
            callbacks: RefCell::default(),
            pending: Cell::new(false),
            brought: RefCell::default(),
        });
        let callback = |take: fn(JsValue) -> Brought| {
            let reading = Rc::clone(&reading);
            Closure::new(move |value| reading.settle(take(value)))
        };
        let callbacks = [callback(chunk), callback(|error| Brought::Broken(describe(&error)))];
        reading.callbacks.replace(Some(callbacks));
        Self { reading, _request: request }
    }

    /// What the last read brought. Where there is nothing, a read is under way from now on.
    pub(super) fn take(&self) -> Option<Brought> {
        let brought = self.reading.brought.take();
        if brought.is_some() || self.reading.pending.replace(true) {
            return brought;
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
                Some(Brought::Broken(describe(&error)))
            }
        }
    }
}

fn chunk(step: JsValue) -> Brought {
    if !step.is_object() {
        return Brought::Broken("The body gave no chunk".to_owned());
    }
    let step: Step = step.unchecked_into();
    if step.done() {
        return Brought::End;
    }
    let bytes = step.value();
    if ArrayBuffer::is_view(&bytes) {
        Brought::Chunk(bytes.unchecked_ref::<Uint8Array>().to_vec())
    } else {
        Brought::Broken("The body gave a chunk that is no Uint8Array".to_owned())
    }
}

impl Reading {
    fn read(&self) -> Result<Promise, JsValue> {
        if self.native {
            return Ok(self.reader.read_native());
        }
        Ok(Promise::resolve(&self.reader.read()?))
    }

    fn settle(&self, brought: Brought) {
        self.pending.set(false);
        let settled = self.settled.borrow().clone();
        let Some(settled) = settled else {
            // Closed meanwhile. A closure may be dropped while it runs.
            self.callbacks.take();
            return;
        };
        self.brought.replace(Some(brought));
        settled();
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.reading.settled.take();
        if !self.reading.pending.get() {
            self.reading.callbacks.take();
        }
        // A read under way settles at once, whatever the `fetch` that made it does with its signal.
        let Ok(closed) = self.reading.reader.cancel() else { return };
        let closed = Promise::resolve(&closed);
        spawn(async move {
            // A body that is broken rejects, and nobody else would handle that.
            let _ = closed.await;
        });
    }
}
