//! What a run is told to reach, and what its driver must do.

#[cfg(doc)]
use super::Run;
use super::state::CallState;
use crate::protocol::error::Error;
use crate::protocol::http::Request;
use std::rc::Rc;
use std::time::Duration;

/// What the driver must do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Action<J> {
    /// Send this request in place of the one before, and call [`Run::handle_answer`]. The body that is being read is
    /// closed, unless the request is [beside the stream](Request::beside_stream).
    Send(Rc<Request>),
    /// Read a piece of the body and call [`Run::handle_chunk`], [`Run::handle_end`] or [`Run::handle_failure`].
    Read,
    /// Do nothing: it is a pause, or the answer to the last request is still to come.
    Wait,
    /// Hand out the [batch](crate::protocol::delivery::Delivery::batch) of events in [`Run::delivery`], all that one chunk
    /// of a stream gave, and [clear](crate::protocol::delivery::Delivery::clear) it.
    Batch,
    /// Hand out pieces of an output that was polled, or events that stand by themselves. Their event id is the
    /// [last one](crate::protocol::delivery::Delivery::last_id).
    Pieces(Vec<Piece>),
    /// Hand out the newest answer about the prediction.
    Snapshot(J),
    /// Tell what the call is doing now.
    State(CallState),
    /// The run has failed: tell the reader. What is still to be sent follows: poll on until [`Done`](Self::Done).
    Fail(Error),
    /// The run is over.
    Done,
}

/// One result that did not come in a batch.
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
    /// Each answer about the prediction, to the last.
    Snapshots,
    /// The text of the output.
    Text,
    /// Every event.
    Events,
    /// The output as a whole, once there is one: images.
    Whole,
}

/// What a client allows a run. A limit that is `None` is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Time to the first byte of an answer.
    pub connect: Option<Duration>,
    /// Silence before the first event of a stream; a fifth of it between events.
    pub idle: Option<Duration>,
    /// Time for the whole prediction.
    pub total: Option<Duration>,
    /// How often one request may be sent again.
    pub max_retries: u32,
    /// The token comes from a function, which can be asked again.
    pub renewable: bool,
    /// A reader who leaves stops the prediction.
    pub cancel_on_leave: bool,
}
