//! The async iterator that a page reads. [`next`](PredictionStream::next) asks the [queue](super::queue), which asks the
//! [driver](crate::web), which calls `fetch`.

use super::error::invalid;
use super::queue::{Queue, new_caller, over, promise_of, resolve};
use super::results::Kind;
use super::state;
use crate::client::Plan;
use crate::protocol::run::Goal;
use crate::web::js::{Record, promise, utf8};
use crate::web::{Bytes, Driver, Face, Failure};
use js_sys::{Array, Promise, Uint8Array};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use wasm_bindgen::prelude::*;

/// An async iterator over the results of a prediction.
#[wasm_bindgen(skip_typescript)]
#[derive(Clone)]
pub struct PredictionStream(Rc<Shared>);

/// What all handles of a stream share.
struct Shared(RefCell<Stage>);

enum Stage {
    Live(Rc<Live>),
    /// The stream has ended. Its properties are kept in a JavaScript object, so that a stream that a page still holds costs
    /// a few words of memory.
    Over(Record),
}

/// A stream that has not ended, or has unread results.
struct Live {
    /// `None` when the call failed before it began.
    driver: Option<Rc<Driver>>,
    queue: Rc<Queue>,
}

/// A stream without handles is closed.
impl Drop for Shared {
    fn drop(&mut self) {
        if let Stage::Live(live) = &*self.0.borrow()
            && let Some(driver) = &live.driver
        {
            driver.let_go();
        }
    }
}

impl Shared {
    fn live(&self) -> Result<Rc<Live>, Record> {
        match &*self.0.borrow() {
            Stage::Live(live) => Ok(Rc::clone(live)),
            Stage::Over(over) => Err(over.clone()),
        }
    }

    /// Frees a stream that has ended and whose results were all read.
    fn settle(&self) {
        let Ok(live) = self.live() else { return };
        if live.is_over() {
            let over = live.summary();
            drop(self.0.replace(Stage::Over(over)));
        }
    }
}

impl Live {
    fn is_over(&self) -> bool {
        self.queue.is_drained() && self.driver.as_ref().is_none_or(|driver| driver.is_silent())
    }

    fn demand(&self) {
        if let Some(driver) = &self.driver {
            driver.demand();
        }
    }

    fn leave(&self, cancel: bool) {
        if let Some(driver) = &self.driver {
            driver.leave(cancel);
        }
    }

    fn prediction(&self) -> JsValue {
        let prediction = self.driver.as_ref().and_then(|driver| driver.run().prediction().cloned());
        prediction.map_or(JsValue::UNDEFINED, |prediction| prediction.0)
    }

    fn id(&self) -> JsValue {
        self.driver.as_ref().and_then(|driver| driver.run().id().map(JsValue::from)).unwrap_or_default()
    }

    fn state(&self) -> JsValue {
        self.driver.as_ref().map(|driver| state::to_js(driver.run().state())).unwrap_or_else(state::ended)
    }

    /// The handle for `resume()`. Its place is before the unread results: after the last event with a known id, or else
    /// after a number of bytes of text.
    fn handle(&self) -> Record {
        let handle = Record::new();
        handle.set("id", &self.id());
        handle.set("lastEventId", &JsValue::UNDEFINED);
        handle.set("delivered", &0.into());
        if let Some(driver) = &self.driver {
            let run = driver.run();
            let delivery = &run.delivery;
            // The run drops the newest id when ids give no place.
            if !delivery.last_id.is_empty() {
                let newest = || self.queue.decode(&delivery.last_id).into();
                handle.set("lastEventId", &self.queue.last_id().unwrap_or_else(newest));
            }
            let read = delivery.bytes.saturating_sub(self.queue.unread_bytes());
            handle.set("delivered", &(read as f64).into());
        }
        handle
    }

    /// The text that was read; `None` when its beginning is no longer kept.
    fn text_read(&self) -> Option<Uint8Array> {
        let Some(driver) = self.driver.as_ref().filter(|_| self.queue.kind.goal() != Goal::Whole) else {
            return Some(Uint8Array::from(&[][..]));
        };
        let run = driver.run();
        let delivered = run.delivery.partial();
        let end = delivered.len().saturating_sub(self.queue.unread_bytes());
        (!run.delivery.is_cut()).then(|| Uint8Array::from(&delivered[..end]))
    }

    /// The properties of a stream that has ended.
    fn summary(&self) -> Record {
        let summary = self.handle();
        summary.set("prediction", &self.prediction());
        summary.set("state", &self.state());
        summary.set("text", &self.text_read().map_or(JsValue::UNDEFINED, JsValue::from));
        summary
    }

    /// The results of a whole batch; `None` at the end.
    fn poll_batch(&self, context: &mut Context<'_>) -> Poll<Result<Option<Array>, JsValue>> {
        loop {
            if let Some(results) = self.queue.take_batch() {
                return Poll::Ready(Ok(Some(results)));
            }
            if self.queue.is_ended() {
                return Poll::Ready(self.queue.take_failure().map_or(Ok(None), Err));
            }
            if self.queue.register(context.waker()) {
                self.demand();
            }
            if self.queue.is_wanted() {
                return Poll::Pending;
            }
        }
    }

    /// Reads to the end.
    async fn text(&self) -> Result<String, JsValue> {
        let mut text = text_of(self.text_read())?;
        while let Some(results) = poll_fn(|context| self.poll_batch(context)).await? {
            text += &String::from(results.join(""));
        }
        Ok(text)
    }
}

/// Decodes the text that was read.
fn text_of(read: Option<Uint8Array>) -> Result<String, JsValue> {
    let read = read.ok_or_else(|| {
        invalid("text() was called too late, after more than 8 MiB had been read: call it before the loop")
    })?;
    Ok(utf8().decode(&read.unchecked_into::<Bytes>().copy()).into())
}

impl PredictionStream {
    /// Opens the stream of a call. The error of an invalid argument rejects the first `next()`.
    pub(super) fn open(call: Result<(Box<Plan>, Kind), JsValue>) -> Self {
        let (driver, queue) = match call {
            Ok((plan, kind)) => {
                let queue = Rc::new(Queue::new(kind));
                let driver = plan.open(Rc::clone(&queue) as Rc<dyn Face>);
                (Some(driver), queue)
            }
            Err(error) => {
                let queue = Rc::new(Queue::new(Kind::Text));
                queue.fail(Failure::Own(error));
                queue.end();
                (None, queue)
            }
        };
        let shared = Rc::new(Shared(RefCell::new(Stage::Live(Rc::new(Live { driver: driver.clone(), queue })))));
        if let Some(driver) = driver {
            let weak = Rc::downgrade(&shared);
            driver.when_silent(Box::new(move || {
                if let Some(shared) = weak.upgrade() {
                    shared.settle();
                }
            }));
        }
        Self(shared)
    }

    fn leave(&self) {
        if let Ok(live) = self.0.live() {
            live.leave(false);
        }
        self.0.settle();
    }

    /// A property of the live stream, or of its summary.
    fn ask(&self, live: fn(&Live) -> JsValue, name: &str) -> JsValue {
        match self.0.live() {
            Ok(stream) => live(&stream),
            Err(over) => over.get(name),
        }
    }
}

#[wasm_bindgen]
impl PredictionStream {
    /// The next result. Concurrent calls are answered in their order.
    pub fn next(&self) -> Promise {
        let Ok(live) = self.0.live() else { return Promise::resolve(&over()) };
        if let Some(result) = live.queue.pop() {
            return Promise::resolve(&result);
        }
        let (promise, is_first) = live.queue.wait();
        if is_first {
            live.demand();
        }
        // The caller got the error, which was the last result.
        if live.queue.is_ended() {
            self.0.settle();
        }
        promise
    }

    /// Ends the stream.
    #[wasm_bindgen(js_name = "return")]
    pub fn finish(&self) -> Promise {
        self.leave();
        Promise::resolve(&over())
    }

    /// Ends the stream and rejects with the error.
    pub fn throw(&self, error: &JsValue) -> Promise {
        self.leave();
        Promise::reject(error)
    }

    /// Ends the stream and cancels the prediction, whatever `cancelOnBreak` is. Resolves when the server has answered.
    pub fn cancel(&self) -> Promise {
        let driver = self.0.live().ok().and_then(|live| live.driver.clone());
        let Some(driver) = driver else { return Promise::resolve(&JsValue::UNDEFINED) };
        driver.leave(true);
        let caller = new_caller();
        let promise = promise_of(&caller);
        driver.when_silent(Box::new(move || resolve(&caller, &JsValue::UNDEFINED)));
        promise
    }

    /// Reads to the end and resolves to the whole text of the output.
    pub fn text(&self) -> Promise {
        let shared = Rc::clone(&self.0);
        promise(async move {
            let text = match shared.live() {
                Ok(live) => live.text().await?,
                Err(over) => text_of(Some(over.get("text")).filter(JsValue::is_object).map(JsValue::unchecked_into))?,
            };
            shared.settle();
            Ok(text.into())
        })
    }

    /// The newest answer about the prediction.
    #[wasm_bindgen(getter)]
    pub fn prediction(&self) -> JsValue {
        self.ask(Live::prediction, "prediction")
    }

    /// The prediction's id, known as soon as the create is answered.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> JsValue {
        self.ask(Live::id, "id")
    }

    /// The state of the call.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> JsValue {
        self.ask(Live::state, "state")
    }

    /// The handle for `resume()`.
    #[wasm_bindgen(js_name = toJSON)]
    pub fn to_json(&self) -> JsValue {
        match self.0.live() {
            Ok(live) => live.handle().into(),
            Err(over) => {
                let handle = Record::new();
                for name in ["id", "lastEventId", "delivered"] {
                    handle.set(name, &over.get(name));
                }
                handle.into()
            }
        }
    }
}
