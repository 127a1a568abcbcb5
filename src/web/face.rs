//! What a driver is told and tells: how its requests are sent, and who gets its results.

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

/// How the requests of a call are sent: its headers, its token and its body are the client's to add.
pub(crate) trait Transport {
    /// Sends a request. What fails is the caller's own: a token function that throws, an input that cannot be written.
    fn send(
        self: Rc<Self>,
        request: Rc<Request>,
        signal: Option<AbortSignal>,
        uploads: Uploads,
    ) -> Pending<Result<Box<Reply>, Failure>>;
}

/// Says that files are being uploaded before a request can be sent, or no more.
pub(crate) type Uploads = Rc<dyn Fn(bool)>;

/// Is told what a call is doing.
pub(crate) type Observer = Rc<dyn Fn(&CallState)>;

/// Who gets the results of a run: JavaScript's promises or Rust's wakers.
///
/// Results are handed over while the run is borrowed, so a face calls nothing of the page but to settle promises.
pub(crate) trait Face {
    /// Whether somebody waits for a result.
    fn is_wanted(&self) -> bool;

    /// The events of one chunk, `count` of them, packed as [`Delivery::batch`] says.
    ///
    /// [`Delivery::batch`]: crate::protocol::delivery::Delivery::batch
    fn batch(&self, packed: &[u8], count: usize);

    /// Events that did not come from a stream.
    fn pieces(&self, pieces: &[Piece], last_id: &[u8]);

    /// The newest answer about the prediction.
    fn snapshot(&self, snapshot: &JsJson);

    /// What the results end with. It is told once, to the first who asks for a result from now on.
    fn fail(&self, failure: Failure);

    /// No results are handed over any more: whoever waits is told so at once.
    fn end(&self);

    /// The reader has gone: results that nobody took are dropped.
    fn forget(&self);
}
