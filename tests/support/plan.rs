//! The plan of a model server: the life of a prediction, and how the server behaves.

use super::time::Ms;
use replicate_wasm::protocol::prediction::Status;

/// The ids of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    None,
    /// `1690212292:0`, `1690212292:1`, …
    Counted,
    /// Random ids without an order.
    Opaque,
    /// Counted from 0, and after a few events reset by an empty id and counted from 0 again.
    Anew,
}

/// Where the stream begins after a reconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replay {
    /// After the `Last-Event-ID`, or at the beginning without one.
    Honours,
    /// At the beginning, whatever the `Last-Event-ID`.
    Restarts,
    /// This many events before the first unsent one.
    Earlier(usize),
    /// At the present: missed events are lost.
    Live,
    /// Nowhere: after the first connection it answers 404.
    Gone,
}

/// Which answers contain the URL of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// All, and the same URL.
    Steady,
    /// All but the answer to the create.
    Late,
    /// All. Each poll has another URL, which works too.
    Moving,
}

/// An event of the prediction's life, `at` milliseconds after its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    pub(crate) at: Ms,
    pub(crate) name: &'static str,
    pub(crate) data: String,
}

/// The life of a prediction, and how the server behaves.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) ends_at: Ms,
    pub(crate) end: Status,
    pub(crate) ids: Ids,
    pub(crate) replay: Replay,
    /// `output` is a list of tokens; else it is one string.
    pub(crate) listed: bool,
    /// The prediction has an event stream.
    pub(crate) streams: bool,
    /// It is a community model, so its model route answers 404.
    pub(crate) community: bool,
    /// How far polls lag behind the stream.
    pub(crate) lag: Ms,
    /// The lag of each poll is random, up to `lag`.
    pub(crate) uneven: bool,
    /// The chance, in percent, that a poll has an unknown or an earlier status.
    pub(crate) odd_status: usize,
    /// Which answers contain the URL of the stream.
    pub(crate) address: Address,
    /// The stream sends events after its `done`.
    pub(crate) chatty: bool,
    /// The client's time limits are short, so they may pass at any time.
    pub(crate) tight: bool,
    /// The output is removed when the prediction ends.
    pub(crate) removed: bool,
    /// The chance of a fault, in percent: of an answer, and of a body.
    pub(crate) faults: (usize, usize),
    /// The share of faults that a retry cannot mend, in percent.
    pub(crate) fatal: usize,
    /// The server may refuse the token, which the client can renew.
    pub(crate) renewable: bool,
    /// The longest time of an answer.
    pub(crate) latency: Ms,
    /// The time between two pieces of a body.
    pub(crate) dribble: Ms,
}

impl Plan {
    /// A text with one token every 100 ms, without faults.
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
