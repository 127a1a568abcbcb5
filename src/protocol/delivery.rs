//! The record of what a stream has delivered, and which repeated events to skip.
//!
//! However long a stream is, the record has three parts: the last event id, the number of bytes of text, and the last 8 MiB
//! of the text. They are enough to resume after a break:
//! - A server that honours `Last-Event-ID` resumes by itself.
//! - A server that restarts the stream, or begins a little earlier, is recognised by its increasing ids.
//! - A server without ids, or with ids that do not give the position, must repeat the delivered text, which is skipped.
//! - The output of the prediction, fetched whole, must begin with the delivered text; the rest is missing.
//!
//! Only an overlap with the delivered events, or an id that is the successor of the last one, proves that a resumed stream
//! has left out nothing: see [`Delivery::is_seamless`].

mod ids;
mod repeat;
mod tail;

use super::sse::Event;
use ids::Ids;
use repeat::Filter;
use tail::Tail;

pub use tail::{LATE_TEXT, PARTIAL};

/// Ends each part of a batch: CR, which cannot occur in an event.
pub const SEPARATOR: u8 = b'\r';

/// The record of delivered events, and the batch of the next ones.
#[derive(Debug)]
pub struct Delivery {
    /// The id of the last event, for a resume; empty when there is none, or ids do not give the position.
    pub last_id: Vec<u8>,
    /// Bytes of delivered text, in UTF-8.
    pub bytes: usize,
    /// Events that were not skipped.
    pub(crate) taken: usize,
    /// The bytes that were delivered before the handle was made.
    resumed_at: usize,
    ids: Ids,
    tail: Tail,
    filter: Filter,
    /// The earlier connections delivered every event, without a gap.
    unbroken: bool,
    /// This connection continues exactly where they stopped.
    joined: bool,
    /// The reader wants only the text of output events.
    pub text_only: bool,
    batch: Vec<u8>,
    count: usize,
}

/// How a whole output compares with the delivered text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It begins with the delivered text. This is where the rest begins.
    Continues {
        /// The first element that was not delivered completely.
        index: usize,
        /// How many bytes of it were delivered.
        offset: usize,
    },
    /// It is only a part of the delivered text, from an outdated poll.
    Behind,
    /// It is a different text.
    Differs,
}

impl Default for Delivery {
    fn default() -> Self {
        Self::after(Vec::new(), 0)
    }
}

impl Delivery {
    /// The record of a stream that resumes after a handle.
    #[must_use]
    pub fn after(last_id: Vec<u8>, bytes: usize) -> Self {
        Self {
            ids: Ids::after(&last_id),
            last_id,
            bytes,
            taken: 0,
            resumed_at: bytes,
            tail: Tail::default(),
            filter: Filter::Off,
            unbroken: true,
            joined: true,
            text_only: false,
            batch: Vec::new(),
            count: 0,
        }
    }

    /// The last 8 MiB of the delivered text, in UTF-8.
    #[must_use]
    pub fn partial(&self) -> &[u8] {
        self.tail.partial()
    }

    /// Whether [`partial`](Self::partial) lacks the beginning of what this stream delivered.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.bytes - self.resumed_at > PARTIAL
    }

    /// A connection of the stream begins; `again` when it is not the first.
    pub fn connected(&mut self, again: bool) {
        self.unbroken &= self.joined;
        self.joined = !again;
        self.filter = if !self.last_id.is_empty() {
            Filter::Id
        } else if self.bytes > 0 || self.taken > 0 {
            self.ids.restart();
            Filter::Text { at: 0, seen: 0, restarted: false }
        } else {
            Filter::Off
        };
    }

    /// Whether the stream has passed the delivered events.
    #[must_use]
    pub fn in_step(&self) -> bool {
        matches!(self.filter, Filter::Off | Filter::Id)
    }

    /// Whether the stream provably left out nothing.
    #[must_use]
    pub fn is_seamless(&self) -> bool {
        self.unbroken && self.joined && matches!(self.filter, Filter::Off)
    }

    /// Whether the repeated stream has a different text.
    #[must_use]
    pub fn differs(&self) -> bool {
        matches!(self.filter, Filter::Differs)
    }

    /// Takes an event of the stream. `output` says whether its data is text of the output.
    #[inline]
    pub fn take(&mut self, event: &Event<'_>, output: bool) {
        let mut data = event.data;
        if !matches!(self.filter, Filter::Off) {
            match self.skip(event, output) {
                Some(seen) => data = &data[seen..],
                None => return,
            }
        }
        let is_first = self.taken == 0 && self.bytes == 0 && self.last_id.is_empty();
        self.taken += 1;
        self.see(event);
        if is_first && event.own_id {
            self.ids.first = event.id.to_vec();
        }
        if output {
            self.count_text(data);
        }
        if output || !self.text_only {
            self.pack(event, data);
        }
    }

    /// Records the id of an event.
    #[inline]
    pub fn see(&mut self, event: &Event<'_>) {
        if event.own_id {
            self.ids.advance(&mut self.last_id, event.id);
        }
    }

    /// Drops the last id, since text was delivered past its event.
    pub fn forget_id(&mut self) {
        self.ids.forget(&mut self.last_id);
    }

    /// Records delivered text.
    pub fn count_text(&mut self, text: &[u8]) {
        self.bytes += text.len();
        self.tail.push(text);
    }

    fn pack(&mut self, event: &Event<'_>, data: &[u8]) {
        self.count += 1;
        if !self.text_only {
            self.part(event.name);
            self.part(event.id);
        }
        self.part(data);
    }

    fn part(&mut self, part: &[u8]) {
        self.batch.extend_from_slice(part);
        self.batch.push(SEPARATOR);
    }

    /// The events since the last [`clear`](Self::clear), with a [`SEPARATOR`] between their parts: the data of each event, or
    /// its name, id and data.
    pub fn batch(&self) -> Option<&[u8]> {
        self.batch.split_last().map(|(_, batch)| batch)
    }

    /// The number of events in the batch.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Empties the batch.
    pub fn clear(&mut self) {
        self.batch.clear();
        self.count = 0;
    }

    /// Frees the memory of the batch after the end, since a page may hold the rest for long.
    pub fn release(&mut self) {
        self.clear();
        self.batch = Vec::new();
    }

    /// Compares a whole output, in elements, with the delivered text.
    #[must_use]
    pub fn compare(&self, output: &[String]) -> Comparison {
        let mut at = 0;
        for (index, element) in output.iter().enumerate() {
            if at == self.bytes {
                return Comparison::Continues { index, offset: 0 };
            }
            let overlap = element.len().min(self.bytes - at);
            if !element.is_char_boundary(overlap) || !self.tail.has(self.bytes, at, &element.as_bytes()[..overlap]) {
                return Comparison::Differs;
            }
            at += overlap;
            if overlap < element.len() {
                return Comparison::Continues { index, offset: overlap };
            }
        }
        if at == self.bytes { Comparison::Continues { index: output.len(), offset: 0 } } else { Comparison::Behind }
    }
}

/// The elements of an output from a position on.
pub(crate) fn rest(texts: &[String], index: usize, offset: usize) -> Vec<String> {
    let mut rest = texts.get(index..).unwrap_or_default().to_vec();
    if let Some(first) = rest.first_mut() {
        *first = first.get(offset..).unwrap_or_default().to_owned();
    }
    rest
}
