//! The plan of a model server: the life of a prediction, and how the server tells it.

use super::time::Ms;
use replicate_wasm::protocol::prediction::Status;

/// The ids of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    None,
    /// `1690212292:0`, `1690212292:1`, …
    Counted,
    /// Names without an order.
    Opaque,
    /// Counted from 0, reset by an empty id, and after a few events counted from 0 again.
    Anew,
}

/// Where the stream goes on for a reader who reconnects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replay {
    /// After the `Last-Event-ID`, or at the beginning without one.
    Honours,
    /// At the beginning, whatever was asked for.
    Restarts,
    /// This many events before the first unsent one.
    Earlier(usize),
    /// At the present: events that were missed are lost.
    Live,
    /// Nowhere: a stream can be read once, then it is 404.
    Gone,
}

/// Which answers name the address of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// Each names the same.
    Steady,
    /// The answer to the create names none.
    Late,
    /// Each look names another one, which works too.
    Moving,
}

/// An event of the prediction's life, `at` milliseconds after its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    pub(crate) at: Ms,
    pub(crate) name: &'static str,
    pub(crate) data: String,
}

/// The life of a prediction, and how the server tells it.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) ends_at: Ms,
    pub(crate) end: Status,
    pub(crate) ids: Ids,
    pub(crate) replay: Replay,
    /// `output` is a list of tokens; otherwise one string.
    pub(crate) listed: bool,
    /// The prediction has an event stream.
    pub(crate) streams: bool,
    /// It is a community model, whose own route answers 404.
    pub(crate) community: bool,
    /// How far looks lag behind the stream.
    pub(crate) lag: Ms,
    /// The lag of each look is random, up to `lag`.
    pub(crate) uneven: bool,
    /// The chance, in percent, that a look tells an unknown status or an earlier one.
    pub(crate) odd_status: usize,
    /// Which answers name the address of the stream.
    pub(crate) address: Address,
    /// The stream sends events after its `done`.
    pub(crate) chatty: bool,
    /// The client's time limits are so short that they may pass at any time.
    pub(crate) tight: bool,
    /// The output is removed as soon as the prediction is over.
    pub(crate) removed: bool,
    /// The chance of a fault, in percent: for an answer, and for a body.
    pub(crate) faults: (usize, usize),
    /// The share of faults that no retry can mend, in percent.
    pub(crate) fatal: usize,
    /// The server may refuse the token, which the client can renew.
    pub(crate) renewable: bool,
    /// The longest time that an answer takes.
    pub(crate) latency: Ms,
    /// The time between two pieces of a body.
    pub(crate) dribble: Ms,
}

impl Plan {
    /// A text that comes token by token, one every 100 ms, without any fault.
    pub(crate) fn text(tokens: &[&str]) -> Self {
        let event = |(at, data): (usize, &&str)| ServerEvent {
            at: 1_000 + 100 * at as Ms,
            name: "output",
            data: (*data).to_owned(),
        };
        let events: Vec<_> = tokens.iter().enumerate().map(event).collect();
        Self {
            ends_at: 1_000 + 100 * events.len() as Ms,
            events,
            end: Status::Succeeded,
            ids: Ids::Counted,
            replay: Replay::Honours,
            listed: true,
            streams: true,
            community: false,
            lag: 0,
            uneven: false,
            odd_status: 0,
            address: Address::Steady,
            chatty: false,
            tight: false,
            removed: false,
            faults: (0, 0),
            fatal: 0,
            renewable: false,
            latency: 0,
            dribble: 0,
        }
    }
}
