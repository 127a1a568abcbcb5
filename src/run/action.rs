//! What goes in and out of a run: what it is told to reach, and what its driver must do.

#[cfg(doc)]
use super::Run;
use crate::retry::Policy;

/// A time or a span of time in whole milliseconds. It counts 49 days, which no prediction lasts, and is a
/// third of the code that `Duration` would be.
pub type Ms = u32;

/// What the driver must do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send [`Run::request`] and call [`Run::handle_answer`].
    Send {
        /// When to give up waiting for its answer.
        until: Ms,
        /// The body being read stays open beside it.
        beside: bool,
    },
    /// Read a piece of the body and call [`Run::handle_chunk`] or [`Run::handle_end`].
    Read {
        /// When to give up waiting.
        until: Ms,
    },
    /// Wait, then poll again.
    Sleep {
        /// Until when.
        until: Ms,
    },
    /// Hand something to the reader.
    Emit(Update),
    /// Nothing: the answer to the last request is still to come.
    Wait,
    /// The run is over.
    Done,
}

/// Something for the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// The batch of events in [`Run::delivery`]: all that one chunk of a stream gave.
    Batch,
    /// Events that are not in a batch: pieces of an output that was polled, and the end.
    Pieces(Vec<Piece>),
    /// The newest answer about the prediction.
    Snapshot,
    /// An event told the prediction anew: its JSON takes the place of the newest answer.
    Report(String),
}

/// An event by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its name.
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
