//! The async iterator that a page reads. [`next`](PredictionStream::next) asks the [queue](super::queue), which asks the
//! [driver](crate::web), which calls `fetch`.

use super::error::invalid;
use super::queue::{Caller, Queue, joined, over};
use super::results::Kind;
use super::state;
use crate::client::Plan;
use crate::protocol::delivery::LATE_TEXT;
use crate::protocol::run::Goal;
use crate::web::js::{Record, promise};
use crate::web::{Driver, Face, Failure};
use js_sys::{Array, Promise};
use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use wasm_bindgen::prelude::*;

/// An async iterator over the results of a prediction.
#[wasm_bindgen(skip_typescript)]
#[derive(Clone)]
pub struct PredictionStream {
    shared: Rc<Shared>,
    /// The properties of a stream that has ended, in a JavaScript object, so that a stream that a page still holds costs a few
    /// words of memory. Empty before.
    over: Record,
}

/// What all handles of a stream share: `None` after its end.
struct Shared(Cell<Option<Rc<Live>>>);

/// A stream that has not ended, or has unread results.
struct Live {
    /// `None` when the call failed before it began.
    driver: Option<Rc<Driver>>,
    queue: Rc<Queue>,
}

/// A stream without handles is closed.
impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(live) = self.0.take()
            && let Some(driver) = &live.driver
        {
            driver.let_go();
        }
    }
}

impl Shared {
    fn live(&self) -> Option<Rc<Live>> {
        let live = self.0.take();
        self.0.set(live.clone());
        live
    }

    /// Frees a stream that has ended and whose results were all read, and keeps its properties in `over`.
    fn settle(&self, over: &Record) {
        if let Some(live) = self.live().filter(|live| live.is_over()) {
            live.write(over);
            self.0.take();
        }
    }
}

impl Live {
    fn is_over(&self) -> bool {
        self.queue.is_drained() && self.driver.as_ref().is_none_or(|driver| driver.is_closed())
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

    /// Writes the handle for `resume()`. Its place is before the unread results: after the last event with a known id, or else
    /// after a number of bytes of text.
    fn write_handle(&self, handle: &Record) {
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
    }

    /// The text that was read; `undefined` when its beginning is no longer kept.
    fn text_read(&self) -> JsValue {
        let Some(driver) = self.driver.as_ref().filter(|_| self.queue.kind.goal() != Goal::Whole) else {
            return "".into();
        };
        let run = driver.run();
        if run.delivery.is_cut() {
            return JsValue::UNDEFINED;
        }
        let delivered = run.delivery.partial();
        let end = delivered.len().saturating_sub(self.queue.unread_bytes());
        self.queue.decode(&delivered[..end]).into()
    }

    /// Writes the properties of a stream that has ended.
    fn write(&self, over: &Record) {
        self.write_handle(over);
        over.set("prediction", &self.prediction());
        over.set("state", &self.state());
        over.set("text", &self.text_read());
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
        let mut text = text_of(&self.text_read())?;
        while let Some(results) = poll_fn(|context| self.poll_batch(context)).await? {
            text += &joined(&results);
        }
        Ok(text)
    }
}

/// The text that was read, as a text of Rust.
fn text_of(read: &JsValue) -> Result<String, JsValue> {
    read.as_string().ok_or_else(|| invalid(LATE_TEXT))
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
        let shared = Rc::new(Shared(Cell::new(Some(Rc::new(Live { driver: driver.clone(), queue })))));
        let over = Record::new();
        if let Some(driver) = driver {
            let (weak, over) = (Rc::downgrade(&shared), over.clone());
            driver.when_closed(Box::new(move || {
                if let Some(shared) = weak.upgrade() {
                    shared.settle(&over);
                }
            }));
        }
        Self { shared, over }
    }

    fn live(&self) -> Option<Rc<Live>> {
        self.shared.live()
    }

    fn settle(&self) {
        self.shared.settle(&self.over);
    }

    fn leave(&self) {
        if let Some(live) = self.live() {
            live.leave(false);
        }
        self.settle();
    }

    /// A property of the live stream, or of its summary.
    fn ask(&self, live: fn(&Live) -> JsValue, name: &str) -> JsValue {
        match self.live() {
            Some(stream) => live(&stream),
            None => self.over.get(name),
        }
    }
}

#[wasm_bindgen]
impl PredictionStream {
    /// The next result. Concurrent calls are answered in their order.
    pub fn next(&self) -> Promise {
        let Some(live) = self.live() else { return Promise::resolve(&over()) };
        if let Some(result) = live.queue.pop() {
            return Promise::resolve(&result);
        }
        let (promise, is_first) = live.queue.wait();
        if is_first {
            live.demand();
        }
        // The caller got the error, which was the last result.
        if live.queue.is_ended() {
            self.settle();
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
        let driver = self.live().and_then(|live| live.driver.clone());
        let Some(driver) = driver else { return Promise::resolve(&JsValue::UNDEFINED) };
        driver.leave(true);
        let caller = Caller::new();
        let promise = caller.promise();
        driver.when_closed(Box::new(move || caller.resolve(&JsValue::UNDEFINED)));
        promise
    }

    /// Reads to the end and resolves to the whole text of the output.
    pub fn text(&self) -> Promise {
        let stream = self.clone();
        promise(async move {
            let text = match stream.live() {
                Some(live) => live.text().await,
                None => text_of(&stream.over.get("text")),
            };
            stream.settle();
            Ok(text?.into())
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
        let handle = Record::new();
        match self.live() {
            Some(live) => live.write_handle(&handle),
            None => {
                for name in ["id", "lastEventId", "delivered"] {
                    handle.set(name, &self.over.get(name));
                }
            }
        }
        handle.into()
    }
}
