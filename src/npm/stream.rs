//! The iterator that a page holds. From here [`next`](PredictionStream::next) leads to the [queue](super::queue), to the
//! [driver](crate::web), to `fetch`, and back.

use super::error::invalid;
use super::queue::{Queue, over};
use super::results::Kind;
use super::state;
use crate::client::Plan;
use crate::protocol::run::Goal;
use crate::web::js::{Record, at, promise};
use crate::web::{Driver, Face, Failure};
use js_sys::{Array, Promise, Uint8Array};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use wasm_bindgen::prelude::*;

/// Results of a prediction, one after another, as an async iterator.
#[wasm_bindgen(skip_typescript)]
#[derive(Clone)]
pub struct PredictionStream(Rc<Shared>);

/// What all handles of one stream share.
struct Shared(RefCell<Stage>);

enum Stage {
    Live(Rc<Live>),
    /// Nothing is left of it: what a page may still ask for, as an object of JavaScript, so that a stream that is over
    /// and still held costs a few words of memory.
    Over(Record),
}

/// A stream under way, or with results that nobody has got.
struct Live {
    /// None where the call failed before it began.
    driver: Option<Rc<Driver>>,
    queue: Rc<Queue>,
}

/// What nobody holds is closed.
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

    /// Gives back what a stream holds that is over and whose results are all handed out.
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

    /// What `resume()` takes. Results that nobody has got do not count: the place to go on from is before them, after an
    /// event whose id is known, or else after so many bytes of text.
    fn handle(&self) -> Record {
        let handle = Record::new();
        handle.set("id", &self.id());
        if let Some(driver) = &self.driver {
            let run = driver.run();
            let delivery = &run.delivery;
            let newest = || (!delivery.last_id.is_empty()).then(|| self.queue.decode(&delivery.last_id).into());
            handle.set("lastEventId", &self.queue.last_id().or_else(newest).unwrap_or_default());
            handle.set("delivered", &((delivery.bytes - self.queue.unread_bytes()) as f64).into());
        } else {
            handle.set("lastEventId", &JsValue::UNDEFINED);
            handle.set("delivered", &0.into());
        }
        handle
    }

    /// The text that was delivered and that somebody has got; none where its beginning is not kept any more.
    fn said(&self) -> Option<Uint8Array> {
        let Some(driver) = self.driver.as_ref().filter(|_| self.queue.kind.goal() != Goal::Whole) else {
            return Some(Uint8Array::from(&[][..]));
        };
        let run = driver.run();
        let said = run.delivery.partial();
        let end = said.len().saturating_sub(self.queue.unread_bytes());
        (!run.delivery.is_cut()).then(|| Uint8Array::from(&said[..end]))
    }

    /// What a page may ask of a stream that is over.
    fn summary(&self) -> Record {
        let summary = self.handle();
        summary.set("prediction", &self.prediction());
        summary.set("state", &self.state());
        summary.set("said", &self.said().map_or(JsValue::UNDEFINED, JsValue::from));
        summary
    }

    /// The results of a whole batch; none when it is over.
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
        let mut text = text_of(self.said())?;
        while let Some(results) = poll_fn(|context| self.poll_batch(context)).await? {
            text += &String::from(results.join(""));
        }
        Ok(text)
    }
}

/// The text of bytes that were delivered.
fn text_of(said: Option<Uint8Array>) -> Result<String, JsValue> {
    let said = said.ok_or_else(|| {
        invalid("text() was called too late, after more than 8 MiB had been read: call it before the loop")
    })?;
    Ok(String::from_utf8_lossy(&said.to_vec()).into_owned())
}

impl PredictionStream {
    /// The stream of a call. What is wrong with its arguments rejects the first `next()`.
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

    /// Something that a live stream or its summary tells.
    fn ask(&self, live: fn(&Live) -> JsValue, name: &str) -> JsValue {
        match self.0.live() {
            Ok(stream) => live(&stream),
            Err(over) => over.get(name),
        }
    }
}

#[wasm_bindgen]
impl PredictionStream {
    /// The next result. Callers are served in the order in which they came.
    pub fn next(&self) -> Promise {
        let Ok(live) = self.0.live() else { return Promise::resolve(&over()) };
        if let Some(result) = live.queue.pop() {
            return Promise::resolve(&result);
        }
        let (promise, is_first) = live.queue.wait();
        if is_first {
            live.demand();
        }
        // The error was the last that was left.
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

    /// Ends the stream and stops the prediction, whatever `cancelOnBreak` says. Resolves when the server was told.
    pub fn cancel(&self) -> Promise {
        let driver = self.0.live().ok().and_then(|live| live.driver.clone());
        let Some(driver) = driver else { return Promise::resolve(&JsValue::UNDEFINED) };
        driver.leave(true);
        Promise::new_typed::<JsValue>(&mut |resolve, _| {
            driver.when_silent(Box::new(move || drop(resolve.call0(&JsValue::UNDEFINED))));
        })
    }

    /// Reads to the end: all of the output's text, from the first chunk on.
    pub fn text(&self) -> Promise {
        let shared = Rc::clone(&self.0);
        promise(async move {
            let text = match shared.live() {
                Ok(live) => live.text().await?,
                Err(over) => text_of(at(&over, "said").dyn_into().ok())?,
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

    /// What the call is doing.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> JsValue {
        self.ask(Live::state, "state")
    }

    /// What `resume()` takes.
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
