//! The results of a call, for Rust code.

use super::call::Plan;
use super::error::{invalid, typed};
use super::handle::Handle;
use crate::protocol::delivery::SEPARATOR;
use crate::protocol::error::Error;
use crate::protocol::run::{CallState, Piece};
use crate::web::{Driver, Face, Failure, JsJson};
use futures_core::Stream;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Decodes the results of a call.
pub(crate) trait Decode<T> {
    /// The results of a chunk, packed as in [`Delivery::batch`](crate::protocol::delivery::Delivery::batch).
    fn batch(&self, _packed: &[u8]) -> Vec<T> {
        Vec::new()
    }

    /// A result that did not come from a stream.
    fn piece(&self, _piece: &Piece, _last_id: &str) -> Option<T> {
        None
    }

    /// The part of a result in the output's text.
    fn text<'a>(&self, _item: &'a T) -> Cow<'a, str> {
        "".into()
    }

    /// The event id of a result.
    fn id(&self, _item: &T) -> Option<String> {
        None
    }

    /// Whether the delivered bytes are the text of the results.
    fn keeps_text(&self) -> bool {
        true
    }
}

/// The parts of a packed batch.
pub(crate) fn parts(packed: &[u8]) -> impl Iterator<Item = String> {
    packed.split(|byte| *byte == SEPARATOR).map(|part| String::from_utf8_lossy(part).into_owned())
}

/// Decodes the text of output events.
pub(crate) struct Texts;

impl Decode<String> for Texts {
    fn batch(&self, packed: &[u8]) -> Vec<String> {
        parts(packed).collect()
    }

    fn piece(&self, piece: &Piece, _last_id: &str) -> Option<String> {
        Some(piece.data.clone())
    }

    fn text<'a>(&self, item: &'a String) -> Cow<'a, str> {
        item.into()
    }
}

/// The queue of results between a driver and the code that polls for them.
pub(crate) struct Feed<T> {
    decode: Box<dyn Decode<T>>,
    items: RefCell<VecDeque<T>>,
    failure: RefCell<Option<Failure>>,
    ended: Cell<bool>,
    /// The event id of the last result that was read.
    last_id: RefCell<Option<String>>,
    /// Bytes of text in the results that were dropped because the reader left.
    forgotten: Cell<usize>,
    /// A poll found no result.
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
            last_id: RefCell::default(),
            forgotten: Cell::new(0),
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

    /// Takes the next result.
    fn take(&self) -> Option<T> {
        let item = self.items.borrow_mut().pop_front()?;
        if let Some(id) = self.decode.id(&item) {
            self.last_id.replace(Some(id));
        }
        Some(item)
    }

    /// Bytes of text that were not read.
    fn unread_bytes(&self) -> usize {
        self.forgotten.get() + self.items.borrow().iter().map(|item| self.decode.text(item).len()).sum::<usize>()
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

    fn snapshot(&self, _snapshot: &JsJson) {}

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
        self.forgotten.set(self.unread_bytes());
        self.items.take();
    }
}

/// The results of a call: a [`Stream`], with a [`next`](Self::next) that needs no `StreamExt`.
///
/// Nothing is sent before the first result is polled, and the connection is read only on demand. An error is the last item.
/// Dropping the results closes the connection and cancels the prediction on the server, unless
/// [`cancel_on_drop`](crate::ReplicateBuilder::cancel_on_drop) is `false`.
///
/// # Example
///
/// ```no_run
/// # use replicate_wasm::{Error, Replicate};
/// # async fn example(replicate: Replicate, input: impl serde::Serialize) -> Result<(), Error> {
/// let mut poem = replicate.stream_text("meta/meta-llama-3-8b-instruct", &input);
/// while let Some(text) = poem.next().await {
///     println!("{}", text?);
///     if poem.state() == replicate_wasm::CallState::Streaming {
///         println!("prediction {:?}", poem.id());
///     }
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent before the first result is polled"]
pub struct Results<T> {
    /// `None` when the call failed before it began.
    driver: Option<Rc<Driver>>,
    feed: Rc<Feed<T>>,
}

impl<T> std::fmt::Debug for Results<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Results")
    }
}

impl<T: 'static> Results<T> {
    pub(crate) fn open(plan: Box<Plan>, decode: impl Decode<T> + 'static) -> Self {
        let feed = Feed::new(decode);
        let driver = plan.open(Rc::clone(&feed) as Rc<dyn Face>);
        Self { driver: Some(driver), feed }
    }

    /// Results whose only item is an error, for an invalid argument.
    pub(crate) fn failed(error: Error, decode: impl Decode<T> + 'static) -> Self {
        let feed = Feed::new(decode);
        feed.fail(error.into());
        feed.end();
        Self { driver: None, feed }
    }

    /// Polls the next result. The failure keeps its JavaScript values.
    fn poll_result(&self, context: &mut Context<'_>) -> Poll<Option<Result<T, Failure>>> {
        loop {
            if let Some(item) = self.feed.take() {
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
    async fn next_result(&self) -> Option<Result<T, Failure>> {
        poll_fn(|context| self.poll_result(context)).await
    }
}

impl<T: 'static> Results<T> {
    /// The next result, or the error that ended the call. `None` after the end.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        self.next_result().await.map(|result| result.map_err(Error::from))
    }

    /// The prediction's id, known as soon as the create is answered.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        self.driver.as_ref()?.run().id().map(str::to_owned)
    }

    /// The state of the call.
    #[must_use]
    pub fn state(&self) -> CallState {
        match &self.driver {
            Some(driver) => driver.run().state().clone(),
            None => CallState::Ended { status: None, canceled: None },
        }
    }

    /// The newest answer about the prediction, as a [`Prediction`](crate::Prediction) or your own type; `None` before the
    /// first answer.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Event, Prediction, Results};
    /// # fn example(poem: &Results<Event>) -> Result<(), Error> {
    /// if let Some(prediction) = poem.prediction::<Prediction<Vec<String>>>()? {
    ///     println!("{:?}", prediction.metrics.get("predict_time"));
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Code::Protocol`](crate::Code::Protocol) when the answer is not a `P`.
    pub fn prediction<P: DeserializeOwned>(&self) -> Result<Option<P>, Error> {
        let newest = self.driver.as_ref().and_then(|driver| driver.run().prediction().cloned());
        newest.map(|JsJson(prediction)| typed("The prediction", prediction, self.id())).transpose()
    }

    /// The place after the last result that was read, for [`Replicate::resume`](crate::Replicate::resume). Store it before a
    /// page closes. With `cancel_on_drop(false)` the prediction runs on.
    #[must_use]
    pub fn handle(&self) -> Handle {
        let Some(driver) = &self.driver else { return Handle::default() };
        let run = driver.run();
        let delivery = &run.delivery;
        let unread = self.feed.unread_bytes();
        let is_all_read = unread == 0 && self.feed.items.borrow().is_empty();
        // The newest id may belong to an event that was not read yet.
        let last_id = if is_all_read && !delivery.last_id.is_empty() {
            Some(String::from_utf8_lossy(&delivery.last_id).into_owned())
        } else {
            self.feed.last_id.borrow().clone().filter(|_| !is_all_read)
        };
        Handle { id: run.id().map(str::to_owned), last_event_id: last_id, delivered: delivery.bytes - unread }
    }

    /// Ends the call and cancels the prediction, whatever `cancel_on_drop` is. Waits for the server's answer, and returns
    /// whether the server confirmed the cancel.
    pub async fn cancel(&mut self) -> bool {
        let Some(driver) = &self.driver else { return false };
        driver.leave(true);
        poll_fn(|context| {
            if driver.is_silent() {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            driver.when_silent(Box::new(move || waker.wake()));
            Poll::Pending
        })
        .await;
        matches!(self.state(), CallState::Ended { canceled: Some(true), .. })
    }

    /// Reads to the end and returns the whole text of the output, with the text that was read before.
    ///
    /// # Errors
    /// The error that ended the call; [`Error::partial`] is the text before it.
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) when more than 8 MiB were read before, which are not kept.
    pub async fn text(&mut self) -> Result<String, Error> {
        let mut text = self.text_read()?;
        while let Some(item) = self.next_result().await {
            text += &self.feed.decode.text(&item?);
        }
        Ok(text)
    }

    /// The text that was read so far.
    fn text_read(&self) -> Result<String, Error> {
        let Some(driver) = self.driver.as_ref().filter(|_| self.feed.decode.keeps_text()) else {
            return Ok(String::new());
        };
        let run = driver.run();
        if run.delivery.is_cut() {
            return Err(invalid(
                "text() was called too late, after more than 8 MiB had been read: call it before the loop",
            ));
        }
        let delivered = run.delivery.partial();
        let end = delivered.len().saturating_sub(self.feed.unread_bytes());
        Ok(String::from_utf8_lossy(&delivered[..end]).into_owned())
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
