//! What a stream has delivered, and what to skip of a stream that repeats itself.
//!
//! A stream keeps three things of what it delivered, however long it is: the last event id, the number of bytes of output,
//! and the last 8 MiB of them. They are enough to go on after a break:
//! - A server that honours `Last-Event-ID` goes on by itself.
//! - One that begins again, or a little earlier, is recognised by its ids, which grow.
//! - One without ids, or with ids that do not tell the place, must repeat the very text that was delivered, and is skipped
//!   up to there.
//! - The prediction's output, fetched whole, must begin with that text; what follows is missing.
//!
//! Whether a stream that goes on really went on where it had stopped, it proves only by overlapping with what was
//! delivered, or by an id that is the successor of the last one: see [`Delivery::is_seamless`].

mod ids;
mod repeat;
mod tail;

use super::sse::Event;
use ids::Ids;
use repeat::Filter;
use tail::Tail;

pub use tail::PARTIAL;

/// Parts of one batch are closed by CR, which cannot occur in the data of an event.
pub const SEPARATOR: u8 = b'\r';

/// What was delivered so far, and the batch that is about to be.
#[derive(Debug)]
pub struct Delivery {
    /// The id of the last event, after which delivery goes on; empty where there is none, or none that tells the place.
    pub last_id: Vec<u8>,
    /// Bytes of output text, in UTF-8.
    pub bytes: usize,
    /// Events that were not skipped.
    pub(crate) taken: usize,
    /// The bytes that an earlier stream had delivered, as its handle says.
    resumed_at: usize,
    ids: Ids,
    tail: Tail,
    filter: Filter,
    /// All earlier connections together left out nothing, as far as can be proved.
    unbroken: bool,
    /// This connection went on exactly where the earlier ones had stopped, which was proved.
    joined: bool,
    /// Only the text of output events is wanted.
    pub text_only: bool,
    batch: Vec<u8>,
    count: usize,
}

/// How a whole output compares with the text that was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It begins with the delivered text. The rest begins in this element, after so many bytes.
    Continues {
        /// The first element that was not delivered, or not wholly.
        index: usize,
        /// How many bytes of it were delivered.
        offset: usize,
    },
    /// It is only a part of the delivered text, from an older look.
    Behind,
    /// It is another text.
    Differs,
}

impl Default for Delivery {
    fn default() -> Self {
        Self::after(Vec::new(), 0)
    }
}

impl Delivery {
    /// A stream that goes on after what a handle says.
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

    /// A connection of the stream begins; `again` where it is not the first.
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

    /// Whether the stream is past everything that was delivered.
    #[must_use]
    pub fn in_step(&self) -> bool {
        matches!(self.filter, Filter::Off | Filter::Id)
    }

    /// Whether the stream is known to have left out nothing.
    #[must_use]
    pub fn is_seamless(&self) -> bool {
        self.unbroken && self.joined && matches!(self.filter, Filter::Off)
    }

    /// Whether the repeated stream turned out to be another one.
    #[must_use]
    pub fn differs(&self) -> bool {
        matches!(self.filter, Filter::Differs)
    }

    /// Takes an event of the stream; `output` says whether its data is output.
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

    /// Remembers the id of an event.
    #[inline]
    pub fn see(&mut self, event: &Event<'_>) {
        if event.own_id {
            self.ids.advance(&mut self.last_id, event.id);
        }
    }

    /// The last id does not tell the place any more: text was delivered past its event.
    pub fn forget_id(&mut self) {
        self.ids.forget(&mut self.last_id);
    }

    /// Counts text that is delivered, and keeps its last 8 MiB.
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

    /// The events taken since the last call, packed as [`SEPARATOR`] closes them: the data of each, or
    /// name, id and data of each.
    pub fn batch(&self) -> Option<&[u8]> {
        self.batch.split_last().map(|(_, batch)| batch)
    }

    /// How many events the batch has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Empties the batch, once it was handed out.
    pub fn clear(&mut self) {
        self.batch.clear();
        self.count = 0;
    }

    /// Frees the memory of the batch: the stream is over, and a page may hold the rest for long.
    pub fn release(&mut self) {
        self.clear();
        self.batch = Vec::new();
    }

    /// Compares a whole output with the delivered text. Its elements stay apart, since each was an event.
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

/// The elements of an output from a place on.
pub(crate) fn rest(mut texts: Vec<String>, index: usize, offset: usize) -> Vec<String> {
    let mut rest = texts.split_off(index);
    if let Some(first) = rest.first_mut() {
        *first = first.split_off(offset);
    }
    rest
}
