//! The options of a run, and the actions of its driver.

#[cfg(doc)]
use super::Run;
use super::state::CallState;
use crate::protocol::error::Error;
use crate::protocol::http::Request;
use std::rc::Rc;
use std::time::Duration;

/// The next action of the driver.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<J> {
    /// Send this request in place of the previous one, and call [`Run::handle_answer`]. Close the open body, unless the
    /// request is [beside the stream](Request::beside_stream).
    Send(Rc<Request>),
    /// Read a chunk of the body and call [`Run::handle_chunk`], [`Run::handle_end`] or [`Run::handle_failure`].
    Read,
    /// Wait for the end of a pause or for the answer to the last request.
    Wait,
    /// Deliver the [batch](crate::protocol::delivery::Delivery::batch) in [`Run::delivery`], which has all events of a chunk,
    /// and [clear](crate::protocol::delivery::Delivery::clear) it.
    Batch,
    /// Deliver results outside of a batch: pieces of a polled output, or single events. Their event id is the
    /// [last one](crate::protocol::delivery::Delivery::last_id).
    Pieces(Vec<Piece>),
    /// Deliver the newest answer about the prediction.
    Snapshot(J),
    /// Report the new state of the call.
    State(Rc<CallState>),
    /// Report the error. A cancel may follow: poll on until [`Done`](Self::Done).
    Fail(Error),
    /// The run has ended.
    Done,
}

/// A result outside of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The name of the event.
    pub name: String,
    /// Its data.
    pub data: String,
}

/// What the reader wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Each answer about the prediction.
    Snapshots,
    /// The text of the output.
    Text,
    /// Every event.
    Events,
    /// The output at the end only: images.
    Whole,
}

/// The options of a run. `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The time until an answer begins.
    pub connect: Option<Duration>,
    /// The silence before the first event of a stream; between events a fifth of it.
    pub idle: Option<Duration>,
    /// The time of the whole call.
    pub total: Option<Duration>,
    /// The most retries of a request.
    pub max_retries: u32,
    /// The token or the headers come from a function, which can be called again.
    pub renewable: bool,
    /// Cancels the prediction when the reader leaves or the total limit passes.
    pub cancel_on_leave: bool,
}
