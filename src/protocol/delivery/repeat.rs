//! Skips events that a repeated stream has already delivered.

use super::ids::{Order, order};
use super::tail::Tail;
use super::{Delivery, Event};

/// Which events of a connection to skip.
#[derive(Debug, Default)]
pub(super) enum Filter {
    /// None.
    #[default]
    Off,
    /// Skips all events up to the one with the last id; none if the server resumes after it.
    Id,
    /// As `Id`, with the text of events that were repeated already. It must end the delivered text.
    Repeats(Tail),
    /// The delivered text. `at` bytes of it and `seen` events were repeated so far. `restarted` when the stream is known to
    /// have restarted.
    Text { at: usize, seen: usize, restarted: bool },
    /// All: the repeated text was different, so the stream is not trusted.
    Differs,
}

impl Delivery {
    /// How many bytes at the start of an event to skip; `None` to skip the whole event.
    pub(super) fn skip(&mut self, event: &Event<'_>, output: bool) -> Option<usize> {
        match std::mem::replace(&mut self.filter, Filter::Differs) {
            Filter::Off => {
                self.filter = Filter::Off;
                Some(0)
            }
            Filter::Id => self.skip_by_id(event, output, None),
            Filter::Repeats(skipped) => self.skip_by_id(event, output, Some(skipped)),
            Filter::Text { at, seen, restarted } => self.skip_by_text(event, output, at, seen, restarted),
            Filter::Differs => None,
        }
    }

    /// Skips by the order of ids. The filter is `Differs` unless this sets another one.
    fn skip_by_id(&mut self, event: &Event<'_>, output: bool, skipped: Option<Tail>) -> Option<usize> {
        let own = if event.own_id { event.id } else { &[] };
        let repeats = skipped.is_some();
        let mut skipped = skipped.unwrap_or_default();
        if own.is_empty() {
            // An event without an id has no position. It is skipped, by which a log line may be lost.
            if !output {
                self.filter = if repeats { Filter::Repeats(skipped) } else { Filter::Id };
            } else if repeats {
                skipped.push(event.data);
                self.filter = Filter::Repeats(skipped);
            }
            return None;
        }
        if own == self.last_id {
            // This event was delivered, the next one was not.
            skipped.push(if output { event.data } else { &[] });
            if self.tail.ends_with(&skipped) {
                self.joined = true;
                self.filter = Filter::Off;
            }
            return None;
        }
        if own == self.ids.first && !repeats {
            // The stream restarts at its first event. From there the text gives the position, even if ids are reused.
            self.ids.restart();
            return self.skip_by_text(event, output, 0, 0, true);
        }
        match order(own, &self.last_id) {
            Order::Before => {
                skipped.push(if output { event.data } else { &[] });
                self.filter = Filter::Repeats(skipped);
                return None;
            }
            _ if !self.tail.ends_with(&skipped) => return None,
            Order::Next => self.joined = true,
            Order::After | Order::None => {}
        }
        self.filter = Filter::Off;
        Some(0)
    }

    /// Skips by the text, which must be the delivered one. The filter is `Differs` unless this sets another one.
    fn skip_by_text(
        &mut self,
        event: &Event<'_>,
        output: bool,
        at: usize,
        seen: usize,
        restarted: bool,
    ) -> Option<usize> {
        let begins = seen == 0 && event.own_id;
        let restarted = restarted || (begins && !event.id.is_empty() && event.id == self.ids.first);
        if begins {
            // Earlier connections may have missed the first event.
            self.ids.first = event.id.to_vec();
        }
        let data = if output { event.data } else { &[] };
        let overlap = data.len().min(self.bytes.saturating_sub(at));
        let splits = data.get(overlap).is_some_and(|byte| byte & 0xC0 == 0x80);
        if splits || !self.tail.has(self.bytes, at, &data[..overlap]) {
            return None;
        }
        // Events without text are only counted.
        let is_repeated = if at < self.bytes { overlap == data.len() } else { data.is_empty() && seen < self.taken };
        if is_repeated {
            if event.own_id {
                self.ids.pass(event.id);
            }
            self.filter = Filter::Text { at: at + overlap, seen: seen + 1, restarted };
            return None;
        }
        if restarted {
            // The whole delivered text was repeated.
            (self.unbroken, self.joined) = (true, true);
        }
        self.filter = Filter::Off;
        Some(overlap)
    }
}
