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

use super::sse::Event;

/// How much of the delivered text is kept at most.
pub const PARTIAL: usize = 8 << 20;

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
    /// The id of the very first event; empty where it is not known.
    first_id: Vec<u8>,
    ids: Ids,
    tail: Vec<u8>,
    filter: Filter,
    seamless: bool,
    /// Only the text of output events is wanted.
    pub text_only: bool,
    batch: Vec<u8>,
    count: usize,
}

/// What the ids of the events are good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ids {
    /// They tell the place: each is another one than those before, and greater where it is a number. The highest number
    /// so far.
    Telling(Option<(u64, u64)>),
    /// An id came twice, or a smaller one than before: they do not tell the place.
    Useless,
}

/// What to skip of a stream that may repeat itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    /// Nothing.
    Off,
    /// All up to the event of the last id; whether repeated events came already.
    Id { repeats: bool },
    /// The delivered text, of which so many bytes and so many events came again. `restarted`: the stream is known to have
    /// begun anew.
    Text { at: usize, seen: usize, restarted: bool },
    /// The repeated text was another one: nothing of the stream can be trusted.
    Differs,
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
    /// It is a part of the delivered text: an older look.
    Behind,
    /// It is another text.
    Differs,
}

impl Default for Delivery {
    fn default() -> Self {
        Self {
            last_id: Vec::new(),
            bytes: 0,
            taken: 0,
            resumed_at: 0,
            first_id: Vec::new(),
            ids: Ids::Telling(None),
            tail: Vec::new(),
            filter: Filter::Off,
            seamless: true,
            text_only: false,
            batch: Vec::new(),
            count: 0,
        }
    }
}

impl Delivery {
    /// A stream that goes on after what a handle says.
    #[must_use]
    pub fn after(last_id: Vec<u8>, bytes: usize) -> Self {
        let ids = Ids::Telling(order(&last_id));
        Self { last_id, bytes, resumed_at: bytes, ids, ..Self::default() }
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

    /// A connection of the stream begins; `again` where it is not the first.
    pub fn connected(&mut self, again: bool) {
        self.seamless &= !again;
        self.filter = if !self.last_id.is_empty() {
            Filter::Id { repeats: false }
        } else if self.bytes > 0 || self.taken > 0 {
            self.count_ids_anew();
            Filter::Text { at: 0, seen: 0, restarted: false }
        } else {
            Filter::Off
        };
    }

    /// Whether the stream is surely past all that was delivered.
    #[must_use]
    pub fn in_step(&self) -> bool {
        matches!(self.filter, Filter::Off | Filter::Id { repeats: false })
    }

    /// Whether the stream is known to have left out nothing.
    #[must_use]
    pub fn is_seamless(&self) -> bool {
        self.seamless && self.filter == Filter::Off
    }

    /// Whether the repeated stream turned out to be another one.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.filter == Filter::Differs
    }

    /// Takes an event of the stream; `output` says whether its data is output.
    #[inline]
    pub fn take(&mut self, event: &Event<'_>, output: bool) {
        let mut data = event.data;
        if self.filter != Filter::Off {
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
    #[inline]
    pub fn see(&mut self, event: &Event<'_>) {
        if event.own_id && self.ids != Ids::Useless {
            self.see_id(event.id);
        }
    }

    #[inline]
    fn see_id(&mut self, id: &[u8]) {
        // Most ids are as long as the one before and greater, or longer: these need not be read.
        let grows = id.len() == self.last_id.len() && id > &*self.last_id;
        if !grows && !self.tells(id) {
            self.ids = Ids::Useless;
            return self.forget_id();
        }
        if self.taken <= 1 && self.bytes == 0 && self.last_id.is_empty() {
            self.first_id.extend_from_slice(id);
        }
        // An empty id takes the last one back.
        if id.is_empty() {
            self.ids = Ids::Telling(order(&self.last_id).max(self.highest()));
        }
        self.last_id.clear();
        self.last_id.extend_from_slice(id);
    }

    /// Whether an id tells the place still, after those before.
    #[cold]
    fn tells(&self, id: &[u8]) -> bool {
        let highest = order(&self.last_id).max(self.highest());
        match (order(id), highest) {
            _ if id.is_empty() => true,
            (Some(own), Some(highest)) => own > highest,
            _ => id != self.last_id && id != self.first_id,
        }
    }

    fn highest(&self) -> Option<(u64, u64)> {
        match self.ids {
            Ids::Telling(highest) => highest,
            Ids::Useless => None,
        }
    }

    /// The stream begins anew, and with it the ids.
    fn count_ids_anew(&mut self) {
        if let Ids::Telling(highest) = &mut self.ids {
            *highest = None;
        }
    }

    /// Looks at the id of an event that is skipped, without taking it for the place.
    fn pass_id(&mut self, event: &Event<'_>) {
        if let (Ids::Telling(highest), Some(own)) = (self.ids, order(event.id).filter(|_| event.own_id)) {
            self.ids = if highest < Some(own) { Ids::Telling(Some(own)) } else { Ids::Useless };
        }
    }

    /// The last id does not tell the place any more: text was delivered past its event.
    pub fn forget_id(&mut self) {
        self.ids = match self.ids {
            Ids::Telling(highest) => Ids::Telling(order(&self.last_id).max(highest)),
            Ids::Useless => Ids::Useless,
        };
        self.last_id.clear();
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
        match self.filter {
            Filter::Off => Some(0),
            Filter::Differs => None,
            Filter::Id { repeats } => self.skip_by_id(event, output, repeats),
            Filter::Text { at, seen, restarted } => self.skip_by_text(event, output, at, seen, restarted),
        }
    }

    fn skip_by_id(&mut self, event: &Event<'_>, output: bool, repeats: bool) -> Option<usize> {
        let own = if event.own_id { event.id } else { &[] };
        if own.is_empty() {
            if repeats || !output {
                return None;
            }
            // Among events with ids one without: whether it was delivered, nothing can tell.
            self.filter = Filter::Differs;
            return None;
        }
        if own == self.last_id {
            self.seamless = true;
            self.filter = Filter::Off;
            // This one was delivered, the next one was not.
            return None;
        }
        if own == self.first_id && !repeats {
            // From the very first on the text tells the place, even if ids come twice.
            self.count_ids_anew();
            return self.skip_by_text(event, output, 0, 0, true);
        }
        // Ids that are names have no order.
        if let (Some(own), Some(last)) = (order(own), order(&self.last_id)) {
            if own < last {
                self.filter = Filter::Id { repeats: true };
                return None;
            }
            self.seamless |= own.0 == last.0 && last.1.checked_add(1) == Some(own.1);
        }
        self.filter = Filter::Off;
        Some(0)
    }

    fn skip_by_text(
        &mut self,
        event: &Event<'_>,
        output: bool,
        at: usize,
        seen: usize,
        restarted: bool,
    ) -> Option<usize> {
        if seen == 0 && event.own_id {
            // The very first event, which an earlier connection may not have brought.
            self.first_id = event.id.to_vec();
        }
        // What carries no text is told apart by its number alone.
        let is_text = output && !event.data.is_empty();
        if (at < self.bytes && !output) || (at >= self.bytes && !is_text && seen < self.taken) {
            self.filter = Filter::Text { at, seen: seen + 1, restarted };
            self.pass_id(event);
            return None;
        }
        let overlap = event.data.len().min(self.bytes.saturating_sub(at));
        let splits = event.data.get(overlap).is_some_and(|byte| byte & 0xC0 == 0x80);
        if splits || !is_at(&self.tail, self.bytes, at, &event.data[..overlap]) {
            self.filter = Filter::Differs;
            return None;
        }
        if at < self.bytes && overlap == event.data.len() {
            self.filter = Filter::Text { at: at + overlap, seen: seen + 1, restarted };
            self.pass_id(event);
            return None;
        }
        self.seamless |= restarted;
        self.filter = Filter::Off;
        Some(overlap)
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

    /// Compares a whole output with the delivered text. Its elements stay apart, since each was an event.
    #[must_use]
    pub fn compare(&self, output: &[String]) -> Comparison {
        let mut at = 0;
        for (index, element) in output.iter().enumerate() {
            if at == self.bytes {
                return Comparison::Continues { index, offset: 0 };
            }
            let overlap = element.len().min(self.bytes - at);
            if !element.is_char_boundary(overlap) || !is_at(&self.tail, self.bytes, at, &element.as_bytes()[..overlap])
            {
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

/// Whether a text stands at a place of the delivered text, as far as that was kept.
fn is_at(tail: &[u8], bytes: usize, at: usize, text: &[u8]) -> bool {
    let kept_from = bytes - tail.len();
    let skip = kept_from.saturating_sub(at).min(text.len());
    let from = (at + skip).saturating_sub(kept_from);
    text[skip..].is_empty() || tail.get(from..).is_some_and(|tail| tail.starts_with(&text[skip..]))
}

/// The numbers of an id such as `1690212292:0`, `1690212292-0` or `17`, which servers count up. A number alone counts as
/// the second of the two.
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
    (digits > 0).then_some((high.unwrap_or(0), low))
}
