//! What a model server is to do: the life of a prediction, and how it is told.

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
    /// Counted, taken back by an empty id after some events, and counted anew.
    Anew,
}

/// What a reconnecting reader gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Replay {
    /// All after the `Last-Event-ID`; all from the beginning where there is none.
    Honours,
    /// All from the beginning, whatever was asked.
    Restarts,
    /// From so many events before the first that was not sent yet.
    Earlier(usize),
    /// What happens from now on: what was missed is lost.
    Live,
    /// 404: a stream can be read once.
    Gone,
}

/// How the address of the stream is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    Steady,
    /// The answer to the create has none.
    Late,
    /// Each answer has another one.
    Moving,
}

/// An event of the model's life, so long after its creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerEvent {
    pub(crate) at: Ms,
    pub(crate) name: &'static str,
    pub(crate) data: String,
}

/// The life of a prediction, and how it is told.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) events: Vec<ServerEvent>,
    pub(crate) ends_at: Ms,
    pub(crate) end: Status,
    pub(crate) ids: Ids,
    pub(crate) replay: Replay,
    /// `output` is a list of the tokens; else one string.
    pub(crate) listed: bool,
    /// There is an event stream.
    pub(crate) streams: bool,
    /// The model's own route answers 404.
    pub(crate) community: bool,
    /// So far is the API behind the stream, or up to so far where the looks are `uneven`.
    pub(crate) lag: Ms,
    /// Each look is of another age.
    pub(crate) uneven: bool,
    /// How likely a look tells a status that nobody knows, or `starting` again, in percent.
    pub(crate) odd_status: usize,
    /// When the address of the stream is told, and how many addresses there are, each valid.
    pub(crate) address: Address,
    /// More events come after the last.
    pub(crate) chatty: bool,
    /// Limits of the client are so short that they pass at any time.
    pub(crate) tight: bool,
    /// The output is removed as soon as the prediction is over.
    pub(crate) removed: bool,
    /// Chance of a fault, in percent: of an answer, and of a body.
    pub(crate) faults: (usize, usize),
    /// How many of a request's faults are beyond repair, in percent.
    pub(crate) fatal: usize,
    /// The token may be refused: it can be renewed.
    pub(crate) renewable: bool,
    /// No answer takes longer.
    pub(crate) latency: Ms,
    /// A body comes in small pieces, each so much later.
    pub(crate) dribble: Ms,
}

impl Plan {
    /// A text that comes token by token, one each 100 ms, and nothing goes wrong.
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
