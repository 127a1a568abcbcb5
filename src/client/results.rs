//! The results of a call, for Rust code.

use super::call::Plan;
use super::error::{invalid, typed};
use super::feed::{Decode, Feed};
use super::handle::Handle;
use crate::protocol::delivery::LATE_TEXT;
use crate::protocol::error::Error;
use crate::protocol::run::CallState;
use crate::web::{Driver, Face, Failure, JsJson};
use futures_core::Stream;
use serde::de::DeserializeOwned;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

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
    /// The results of a call. An invalid argument is an error as their only item.
    pub(crate) fn open(plan: Result<Box<Plan>, Error>, decode: impl Decode<T> + 'static) -> Self {
        let feed = Feed::new(decode);
        let driver = match plan {
            Ok(plan) => Some(plan.open(Rc::clone(&feed) as Rc<dyn Face>)),
            Err(error) => {
                feed.fail(error.into());
                feed.end();
                None
            }
        };
        Self { driver, feed }
    }

    /// Polls the next result. The failure keeps its JavaScript values.
    fn poll_result(&self, context: &mut Context<'_>) -> Poll<Option<Result<T, Failure>>> {
        loop {
            let result = self.feed.poll();
            if result.is_ready() {
                return result;
            }
            let is_new = self.feed.register(context.waker());
            if let Some(driver) = self.driver.as_ref().filter(|_| is_new) {
                driver.demand();
            }
            if self.feed.is_wanted() {
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
        let is_all_read = unread == 0 && self.feed.is_empty();
        // The newest id may belong to an event that was not read yet. The run drops it when ids give no place.
        let last_id = match (delivery.last_id.is_empty(), is_all_read) {
            (true, _) => None,
            (false, true) => Some(String::from_utf8_lossy(&delivery.last_id).into_owned()),
            (false, false) => self.feed.last_id(),
        };
        Handle {
            id: run.id().map(str::to_owned),
            last_event_id: last_id,
            delivered: delivery.bytes.saturating_sub(unread),
        }
    }

    /// Ends the call and cancels the prediction, whatever `cancel_on_drop` is. Waits for the server's answer, and returns
    /// whether the server confirmed the cancel.
    pub async fn cancel(&mut self) -> bool {
        let Some(driver) = &self.driver else { return false };
        driver.leave(true);
        poll_fn(|context| {
            if driver.is_closed() {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            driver.when_closed(Box::new(move || waker.wake()));
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
            text += &self.feed.text(&item?);
        }
        Ok(text)
    }

    /// The text that was read so far.
    fn text_read(&self) -> Result<String, Error> {
        let Some(driver) = self.driver.as_ref().filter(|_| self.feed.keeps_text()) else {
            return Ok(String::new());
        };
        let run = driver.run();
        if run.delivery.is_cut() {
            return Err(invalid(LATE_TEXT));
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
