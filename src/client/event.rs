//! Server-sent events for Rust code.

use super::feed::{Decode, parts};
use crate::protocol::run::Piece;
use std::borrow::Cow;

/// A server-sent event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name: `output`, `logs`, `done` or any other; `message` when the server gives none.
    pub event: String,
    /// Its data.
    pub data: String,
    /// The last event id of the stream.
    pub id: Option<String>,
}

impl Event {
    /// Its part of the output's text: the data of an `output` event, else empty.
    #[must_use]
    pub fn text(&self) -> &str {
        if self.event == "output" { &self.data } else { "" }
    }

    fn new(name: &str, id: &str, data: String) -> Self {
        let event = if name.is_empty() { "message" } else { name };
        Self { event: event.to_owned(), data, id: Some(id.to_owned()).filter(|id| !id.is_empty()) }
    }
}

/// The text of an `output` event; empty for other events.
impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text())
    }
}

/// Decodes every event of a stream.
pub(crate) struct Events;

impl Decode<Event> for Events {
    fn batch(&self, packed: &[u8]) -> Vec<Event> {
        let mut parts = parts(packed);
        let mut events = Vec::new();
        while let (Some(name), Some(id), Some(data)) = (parts.next(), parts.next(), parts.next()) {
            events.push(Event::new(&name, &id, data));
        }
        events
    }

    fn piece(&self, piece: &Piece, last_id: &str) -> Option<Event> {
        Some(Event::new(&piece.name, last_id, piece.data.clone()))
    }

    fn text<'a>(&self, item: &'a Event) -> Cow<'a, str> {
        item.text().into()
    }

    fn id(&self, item: &Event) -> Option<String> {
        item.id.clone()
    }
}
