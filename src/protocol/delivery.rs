//! What a stream has delivered, and what of a repeated stream must therefore be left out.
//!
//! A stream keeps three things of what it delivered, however long it is: the last event id, how many
//! bytes of output there were, and the last 8 MiB of them. They are enough to go on after a break:
//! - a server that honours `Last-Event-ID` goes on by itself;
//! - one that begins again, or a little earlier, is recognised by its ids, which grow;
//! - one without ids must repeat the very text that was delivered, and is skipped up to there;
//! - and the prediction's output, fetched whole, must begin with that text; what follows is missing.

use super::sse::Event;

/// How much of the delivered text is kept at most.
pub const PARTIAL: usize = 8 << 20;

/// Parts of one batch are closed by CR, which cannot occur in the data of an event.
pub const SEPARATOR: u8 = b'\r';

/// What was delivered so far, and the batch that is about to be.
#[derive(Debug, Default)]
pub struct Delivery {
    /// The last event id; empty where there is none.
    pub last_id: Vec<u8>,
    /// Bytes of output text, in UTF-8.
    pub bytes: usize,
    /// Events that were not left out.
    pub(crate) taken: usize,
    /// Where a handle said that an earlier stream had stopped.
    resumed_at: usize,
    first_id: Vec<u8>,
    tail: Vec<u8>,
    filter: Filter,
    /// Only the text of output events is wanted.
    pub text_only: bool,
    batch: Vec<u8>,
    count: usize,
}

/// What to leave out of a stream that may repeat itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Filter {
    /// Nothing.
    #[default]
    Off,
    /// All up to the event of the last id; whether it was seen to begin anew.
    Id(bool),
    /// The delivered text, of which this many bytes and this many events were seen again.
    Text(usize, usize),
    /// The repeated text was another one: nothing of it can be trusted.
    Differs,
}

impl Delivery {
    /// A stream that goes on after what a handle says.
    #[must_use]
    pub fn after(last_id: Vec<u8>, bytes: usize) -> Self {
        let mut delivery = Self::default();
        (delivery.last_id, delivery.bytes, delivery.resumed_at) = (last_id, bytes, bytes);
        delivery
    }

    /// The last 8 MiB of the delivered text, in UTF-8.
    #[must_use]
    pub fn partial(&self) -> &[u8] {
        let mut tail = &self.tail[self.tail.len().saturating_sub(PARTIAL)..];
        // A cut may fall into a character.
        while let [0x80..0xC0, rest @ ..] = tail {
            tail = rest;
        }
        tail
    }

    /// Whether [`partial`](Self::partial) lacks the beginning of what this stream delivered.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.bytes - self.resumed_at > PARTIAL
    }

    /// A new connection of the same stream begins.
    pub fn reconnected(&mut self) {
        self.filter = match self.last_id.is_empty() {
            false => Filter::Id(false),
            true if self.bytes > 0 => Filter::Text(0, 0),
            true => Filter::Off,
        };
    }

    /// Whether the repeated stream is at the place where delivery stopped, or past it.
    #[must_use]
    pub fn in_step(&self) -> bool {
        matches!(self.filter, Filter::Off | Filter::Id(false))
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
        self.taken += 1;
        self.see(event);
        if output {
            self.count_text(data);
        }
        if output || !self.text_only {
            self.pack(event, data);
        }
    }

    /// Remembers the id of an event.
    pub fn see(&mut self, event: &Event<'_>) {
        if event.own_id {
            // An empty id takes the last one back.
            self.last_id.clear();
            self.last_id.extend_from_slice(event.id);
            if self.first_id.is_empty() {
                self.first_id.extend_from_slice(event.id);
            }
        }
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

    /// Counts text that is delivered, and keeps its last 8 MiB.
    pub fn count_text(&mut self, text: &[u8]) {
        self.bytes += text.len();
        self.tail.extend_from_slice(text);
        if self.tail.len() > 2 * PARTIAL {
            // Seldom, so that the cost of a byte stays the same however long the stream is.
            let from = self.tail.len() - PARTIAL;
            self.tail.copy_within(from.., 0);
            self.tail.truncate(PARTIAL);
        }
    }

    /// How many bytes at the start of an event were delivered before; `None` when all of it was.
    fn skip(&mut self, event: &Event<'_>, output: bool) -> Option<usize> {
        match &mut self.filter {
            Filter::Off => return Some(0),
            Filter::Differs => return None,
            Filter::Id(restarted) => {
                let own = if event.own_id { event.id } else { &[] };
                let again = match (order(own), order(&self.last_id)) {
                    (Some(own), Some(last)) => own <= last,
                    _ if own == self.last_id => {
                        // This one was delivered, the next one was not.
                        self.filter = Filter::Off;
                        return None;
                    }
                    _ => *restarted || (!own.is_empty() && own == self.first_id),
                };
                if again {
                    *restarted = true;
                    return None;
                }
            }
            Filter::Text(at, seen) if *at < self.bytes => {
                *seen += 1;
                if !output {
                    return None;
                }
                let (start, data) = (*at, event.data);
                let overlap = data.len().min(self.bytes - start);
                let splits = data.get(overlap).is_some_and(|byte| byte & 0xC0 == 0x80);
                if splits || !is_at(&self.tail, self.bytes, start, &data[..overlap]) {
                    self.filter = Filter::Differs;
                    return None;
                }
                *at += overlap;
                if overlap == data.len() {
                    return None;
                }
                self.filter = Filter::Off;
                return Some(overlap);
            }
            // What carries no text is told apart by its number alone.
            Filter::Text(_, seen) if *seen < self.taken && (!output || event.data.is_empty()) => {
                *seen += 1;
                return None;
            }
            Filter::Text(..) => {}
        }
        self.filter = Filter::Off;
        Some(0)
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

    /// The batch was handed on.
    pub fn clear(&mut self) {
        self.batch.clear();
        self.count = 0;
    }

    /// The stream is over: what its chunks needed is given back. A page may hold on to what is left.
    pub fn release(&mut self) {
        self.clear();
        self.batch = Vec::new();
    }

    /// How many elements of a whole output were delivered; `None` where it does not begin with what was.
    ///
    /// The elements stay apart, since each was an event; of the first that is left only the rest may be missing, which
    /// takes its place.
    pub fn cut(&self, output: &mut [String]) -> Option<usize> {
        let (mut at, mut index) = (0, 0);
        while at < self.bytes {
            let element = output.get_mut(index)?;
            let overlap = element.len().min(self.bytes - at);
            let rest = element.get(overlap..)?;
            if !is_at(&self.tail, self.bytes, at, &element.as_bytes()[..overlap]) {
                return None;
            }
            at += overlap;
            if rest.is_empty() {
                index += 1;
            } else {
                *element = rest.to_owned();
            }
        }
        Some(index)
    }
}

/// Whether a text stands at a place of the delivered text, as far as that was kept.
fn is_at(tail: &[u8], bytes: usize, at: usize, text: &[u8]) -> bool {
    let kept_from = bytes - tail.len();
    let skip = kept_from.saturating_sub(at).min(text.len());
    let from = (at + skip).saturating_sub(kept_from);
    text[skip..].is_empty() || tail.get(from..).is_some_and(|tail| tail.starts_with(&text[skip..]))
}

/// The numbers of an id such as `1690212292:0`, `17` or `1690212292-0`, which servers count up.
fn order(id: &[u8]) -> Option<(u64, u64)> {
    let (mut high, mut low, mut digits) = (None, 0, 0);
    for &byte in id {
        match byte {
            // Nineteen digits always fit.
            b'0'..=b'9' if digits < 19 => low = low * 10 + u64::from(byte - b'0'),
            b':' | b'-' if digits > 0 && high.is_none() => {
                high = Some(low);
                (low, digits) = (0, 0);
                continue;
            }
            _ => return None,
        }
        digits += 1;
    }
    (digits > 0).then(|| high.map_or((low, 0), |high| (high, low)))
}
