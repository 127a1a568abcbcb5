//! What goes in and out of a run: what it is told to reach, and what its driver must do.

#[cfg(doc)]
use super::Run;
use crate::protocol::retry::Policy;

/// A time or a span of time in whole milliseconds. It counts 49 days, which no prediction lasts, and is a
/// third of the code that `Duration` would be.
pub type Ms = u32;

/// One request of the life of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The prediction is made.
    Create,
    /// The latest version of a model is looked up.
    LookUp,
    /// A look at the prediction.
    Get,
    /// Its event stream.
    Open,
    /// A look at the prediction beside its open stream.
    Check,
    /// The last look, after the stream told its end.
    Settle,
    /// How the Cog server is, before it is asked again.
    Health,
    /// The prediction is stopped.
    Cancel,
}

/// What the driver must do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Send [`Run::request`] and call [`Run::handle_answer`].
    Send,
    /// Read a piece of the body and call [`Run::handle_chunk`] or [`Run::handle_end`].
    Read,
    /// Nothing: a pause, or the answer to the last request is still to come.
    Wait,
    /// Hand out the batch of events in [`Run::delivery`]: all that one chunk of a stream gave.
    Batch,
    /// Hand out [`Run::pieces`]: pieces of an output that was polled, and the end.
    Pieces,
    /// Hand out the newest answer about the prediction.
    Snapshot,
    /// The run has failed: [`Run::take_error`] says how.
    Fail,
    /// The run is over.
    Done,
}

/// An event by itself, in UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name.
    pub name: Vec<u8>,
    /// Its data.
    pub data: Vec<u8>,
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

/// What a client allows a run.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Time to the first byte of an answer.
    pub connect: Ms,
    /// Silence before the first event of a stream; a fifth of it between events.
    pub idle: Ms,
    /// Time for the whole prediction.
    pub total: Ms,
    /// When a request is sent again.
    pub policy: Policy,
    /// Whether a reader who leaves stops the prediction.
    pub cancel_on_leave: bool,
}
