//! The interfaces of a driver: how it sends requests, and how it delivers results.

use super::failure::Failure;
use super::fetch::Reply;
use super::json::JsJson;
use crate::protocol::http::Request;
use crate::protocol::run::{CallState, Piece};
use std::pin::Pin;
use std::rc::Rc;
use web_sys::AbortSignal;

/// A future on this thread.
pub(crate) type Pending<T> = Pin<Box<dyn Future<Output = T>>>;

/// Sends the requests of a call. The client adds headers, token and body.
pub(crate) trait Transport {
    /// Sends a request. It fails for the caller's values only: a token function that throws, an input that JSON cannot carry.
    fn send(
        self: Rc<Self>,
        request: Rc<Request>,
        signal: Option<AbortSignal>,
        uploads: Uploads,
    ) -> Pending<Result<Box<Reply>, Failure>>;
}

/// Reports that uploads before a request have begun (true) or ended.
pub(crate) type Uploads = Rc<dyn Fn(bool)>;

/// Called with each state of a call.
pub(crate) type Observer = Rc<dyn Fn(&CallState)>;

/// Takes the results of a run, for JavaScript's promises or Rust's wakers.
///
/// The run is borrowed during a delivery, so a face runs no code of the page. It may settle promises.
pub(crate) trait Face {
    /// Whether a reader waits for a result.
    fn is_wanted(&self) -> bool;

    /// Takes the `count` events of a chunk, packed as in [`Delivery::batch`].
    ///
    /// [`Delivery::batch`]: crate::protocol::delivery::Delivery::batch
    fn batch(&self, packed: &[u8], count: usize);

    /// Takes results outside of a batch.
    fn pieces(&self, pieces: &[Piece], last_id: &[u8]);

    /// Takes the newest answer about the prediction.
    fn snapshot(&self, snapshot: &JsJson);

    /// Takes the failure. The next reader who asks for a result gets it, once.
    fn fail(&self, failure: Failure);

    /// No more results follow: pending calls settle at once.
    fn end(&self);

    /// The reader has left: drops the unread results.
    fn forget(&self);
}
