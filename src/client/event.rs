//! Server-sent events as Rust code gets them.

use super::results::{Item, parts};
use crate::protocol::run::Piece;

/// One server-sent event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name: `output`, `logs`, `done` or any other; `message` where the server gives none.
    pub event: String,
    /// Its data.
    pub data: String,
    /// The last event id seen.
    pub id: Option<String>,
}

impl Event {
    fn new(name: &str, id: &str, data: String) -> Self {
        let event = if name.is_empty() { "message" } else { name };
        Self { event: event.to_owned(), data, id: Some(id.to_owned()).filter(|id| !id.is_empty()) }
    }
}

impl Item for Event {
    fn of_batch(packed: &[u8]) -> Vec<Self> {
        let mut parts = parts(packed);
        let mut events = Vec::new();
        while let (Some(name), Some(id), Some(data)) = (parts.next(), parts.next(), parts.next()) {
            events.push(Self::new(&name, &id, data));
        }
        events
    }

    fn of_piece(piece: &Piece, last_id: &str) -> Option<Self> {
        Some(Self::new(&piece.name, last_id, piece.data.clone()))
    }
}
