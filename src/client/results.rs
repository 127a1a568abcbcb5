//! The results of a call, as Rust code reads them.

use super::call::{Client, Plan};
use super::limits::Settings;
use crate::protocol::delivery::SEPARATOR;
use crate::protocol::error::{Code, Error};
use crate::protocol::run::Piece;
use crate::web::js::describe;
use crate::web::{Driver, Face, Failure, JsJson};
use futures_core::Stream;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// How the results of a call become values of Rust.
pub(crate) trait Decode<T> {
    /// The results of one chunk, packed as
    /// [`Delivery::batch`](crate::protocol::delivery::Delivery::batch) says.
    fn batch(&self, _packed: &[u8]) -> Vec<T> {
        Vec::new()
    }

    /// A result that did not come from a stream.
    fn piece(&self, _piece: &Piece, _last_id: &str) -> Option<T> {
        None
    }

    /// An answer about the prediction.
    fn snapshot(&self, _snapshot: &JsJson) -> Option<T> {
        None
    }
}

/// The parts of a packed batch.
pub(crate) fn parts(packed: &[u8]) -> impl Iterator<Item = String> {
    packed.split(|byte| *byte == SEPARATOR).map(|part| String::from_utf8_lossy(part).into_owned())
}

/// The texts of output events.
pub(crate) struct Texts;

impl Decode<String> for Texts {
    fn batch(&self, packed: &[u8]) -> Vec<String> {
        parts(packed).collect()
    }

    fn piece(&self, piece: &Piece, _last_id: &str) -> Option<String> {
        Some(piece.data.clone())
    }
}

/// Each answer about a prediction.
pub(crate) struct Snapshots;

impl Decode<JsJson> for Snapshots {
    fn snapshot(&self, snapshot: &JsJson) -> Option<JsJson> {
        Some(snapshot.clone())
    }
}

/// Results on their way to Rust code that polls for them.
pub(crate) struct Feed<T> {
    decode: Box<dyn Decode<T>>,
    items: RefCell<VecDeque<T>>,
    failure: RefCell<Option<Failure>>,
    ended: Cell<bool>,
    /// Somebody polled and found nothing.
    wanted: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Feed<T> {
    fn new(decode: impl Decode<T> + 'static) -> Rc<Self> {
        Rc::new(Self {
            decode: Box::new(decode),
            items: RefCell::default(),
            failure: RefCell::default(),
            ended: Cell::new(false),
            wanted: Cell::new(false),
            waker: RefCell::default(),
        })
    }

    fn add(&self, items: impl IntoIterator<Item = T>) {
        self.items.borrow_mut().extend(items);
        if !self.items.borrow().is_empty() {
            self.wake();
        }
    }

    fn wake(&self) {
        self.wanted.set(false);
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Face for Feed<T> {
    fn is_wanted(&self) -> bool {
        self.wanted.get()
    }

    fn batch(&self, packed: &[u8], _count: usize) {
        self.add(self.decode.batch(packed));
    }

    fn pieces(&self, pieces: &[Piece], last_id: &[u8]) {
        let last_id = String::from_utf8_lossy(last_id);
        self.add(pieces.iter().filter_map(|piece| self.decode.piece(piece, &last_id)));
    }

    fn snapshot(&self, snapshot: &JsJson) {
        self.add(self.decode.snapshot(snapshot));
    }

    fn fail(&self, failure: Failure) {
        if !self.ended.get() {
            self.failure.borrow_mut().get_or_insert(failure);
        }
    }

    fn end(&self) {
        self.ended.set(true);
        self.wake();
    }

    fn forget(&self) {
        self.items.take();
    }
}

/// The results of a call, one after another. Nothing is sent before the first is asked for. Dropping them leaves the call:
/// its connection is closed, and the prediction is stopped unless its settings say otherwise.
#[must_use = "nothing is sent before the first result is asked for"]
pub struct Results<T> {
    /// None where the call failed before it began.
    driver: Option<Rc<Driver>>,
    feed: Rc<Feed<T>>,
}

impl<T> std::fmt::Debug for Results<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Results")
    }
}

impl<T: 'static> Results<T> {
    pub(crate) fn open(
        client: &Rc<Client>,
        plan: Plan,
        settings: Settings,
        decode: impl Decode<T> + 'static,
    ) -> Self {
        let feed = Feed::new(decode);
        let driver = client.open(plan, settings, Rc::clone(&feed) as Rc<dyn Face>);
        Self { driver: Some(driver), feed }
    }

    /// Results whose first item is an error: what was asked for makes no sense.
    pub(crate) fn failed(error: Error, decode: impl Decode<T> + 'static) -> Self {
        let feed = Feed::new(decode);
        feed.fail(error.into());
        feed.end();
        Self { driver: None, feed }
    }

    /// The next result, with the values of JavaScript that go with a failure.
    pub(crate) fn poll_result(&self, context: &mut Context<'_>) -> Poll<Option<Result<T, Failure>>> {
        loop {
            let item = self.feed.items.borrow_mut().pop_front();
            if let Some(item) = item {
                return Poll::Ready(Some(Ok(item)));
            }
            if self.feed.ended.get() {
                return Poll::Ready(self.feed.failure.take().map(Err));
            }
            self.feed.waker.replace(Some(context.waker().clone()));
            let is_new = !self.feed.wanted.replace(true);
            if let Some(driver) = self.driver.as_ref().filter(|_| is_new) {
                driver.demand();
            }
            if self.feed.wanted.get() {
                return Poll::Pending;
            }
        }
    }

    /// The next result.
    pub(crate) async fn next_result(&self) -> Option<Result<T, Failure>> {
        poll_fn(|context| self.poll_result(context)).await
    }
}

impl<T> Results<T> {
    /// The newest answer about the prediction; of a request of the caller's own, its answer.
    pub(crate) fn prediction(&self) -> Option<JsJson> {
        self.driver.as_ref()?.run().prediction().cloned()
    }

    /// The `Response` to a request of the caller's own.
    pub(crate) fn response(&self) -> Option<wasm_bindgen::JsValue> {
        self.driver.as_ref()?.response()
    }

    /// The prediction's id, known as soon as the create is answered.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.driver.as_ref()?.run().id().map(str::to_owned)
    }
}

impl<T: 'static> Stream for Results<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_result(context).map(|result| result.map(|result| result.map_err(Error::from)))
    }
}

impl<T> Drop for Results<T> {
    fn drop(&mut self) {
        if let Some(driver) = &self.driver {
            driver.leave(false);
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error { error, .. } => error,
            Failure::Own(reason) => {
                Self::new(Code::Canceled, format!("The call was stopped by its caller: {}", describe(&reason)))
            }
        }
    }
}
