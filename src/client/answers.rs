//! The answers to a call: for callers that read whole predictions, not a stream of results.

use super::call::Plan;
use super::error::typed;
use crate::protocol::error::Error;
use crate::protocol::run::Piece;
use crate::web::js::at;
use crate::web::{Driver, Face, Failure, JsJson};
use serde::de::DeserializeOwned;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::JsValue;

/// The answers about a prediction, one after another; or the answer to a request of the caller. Dropping them leaves the
/// call.
pub(crate) struct Answers {
    driver: Rc<Driver>,
    inbox: Rc<Inbox>,
}

/// The newest answer, between the driver and the code that polls for it. One slot is enough: the driver stops after each
/// answer.
#[derive(Default)]
struct Inbox {
    answer: Cell<Option<JsValue>>,
    failure: Cell<Option<Failure>>,
    ended: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Inbox {
    fn wake(&self) {
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Face for Inbox {
    fn is_wanted(&self) -> bool {
        self.waker.borrow().is_some()
    }

    fn batch(&self, _packed: &[u8], _count: usize) {}

    fn pieces(&self, _pieces: &[Piece], _last_id: &[u8]) {}

    fn snapshot(&self, JsJson(answer): &JsJson) {
        self.answer.set(Some(answer.clone()));
        self.wake();
    }

    fn fail(&self, failure: Failure) {
        if !self.ended.get() {
            let first = self.failure.take().unwrap_or(failure);
            self.failure.set(Some(first));
        }
    }

    fn end(&self) {
        self.ended.set(true);
        self.wake();
    }

    fn forget(&self) {
        self.answer.take();
    }
}

impl Answers {
    pub(crate) fn open(plan: Box<Plan>) -> Self {
        let inbox = Rc::new(Inbox::default());
        let driver = plan.open(Rc::clone(&inbox) as Rc<dyn Face>);
        Self { driver, inbox }
    }

    /// The next answer; `None` at the end.
    pub(crate) async fn next(&self) -> Result<Option<JsValue>, Failure> {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Result<Option<JsValue>, Failure>> {
        loop {
            if let Some(answer) = self.inbox.answer.take() {
                return Poll::Ready(Ok(Some(answer)));
            }
            if self.inbox.ended.get() {
                return Poll::Ready(self.inbox.failure.take().map_or(Ok(None), Err));
            }
            let asked = self.inbox.waker.replace(Some(context.waker().clone())).is_some();
            if !asked {
                self.driver.demand();
            }
            if self.inbox.is_wanted() {
                return Poll::Pending;
            }
        }
    }

    /// Waits for the end of the call and returns the newest answer.
    pub(crate) async fn last(&self) -> Result<JsValue, Failure> {
        while self.next().await?.is_some() {}
        Ok(self.newest())
    }

    /// The newest answer; `undefined` before the first.
    pub(crate) fn newest(&self) -> JsValue {
        self.driver.run().prediction().map_or(JsValue::UNDEFINED, |JsJson(prediction)| prediction.clone())
    }

    /// Waits for the end of the call and returns the output of the newest answer as a `T`.
    pub(crate) async fn output<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let output = at(&self.last().await?, "output");
        typed("The output", output, self.id())
    }

    /// The prediction's id.
    pub(crate) fn id(&self) -> Option<String> {
        self.driver.run().id().map(str::to_owned)
    }

    /// The `Response` to a request of the caller.
    #[cfg(feature = "npm")]
    pub(crate) fn response(&self) -> JsValue {
        self.driver.response().unwrap_or_default()
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        self.driver.leave(false);
    }
}
