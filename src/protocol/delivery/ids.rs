//! Event ids as positions in a stream.

/// Whether the ids of events give the position in a stream: numbers must grow, and other ids must not repeat.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// The id of the very first event; empty when it is not known.
    pub(super) first: Vec<u8>,
    /// The highest number before the last id.
    highest: Option<Number>,
    /// An id came twice, or a smaller one than before.
    useless: bool,
}

/// The numbers of an id such as `1690212292:0`, `1690212292-0` or `17`. A single number is the second of the two.
type Number = (u64, u64);

impl Ids {
    /// The ids of a stream that resumes after a handle.
    pub(super) fn after(last: &[u8]) -> Self {
        Self { highest: number(last), ..Self::default() }
    }

    /// Records the id of the last event. An empty id resets it.
    #[inline]
    pub(super) fn advance(&mut self, last: &mut Vec<u8>, id: &[u8]) {
        if self.useless {
            return;
        }
        // Most ids are as long as the one before and greater, and need not be parsed.
        let grows = id.len() == last.len() && id > &**last;
        if !grows && !self.gives_position(last, id) {
            self.useless = true;
        }
        if self.useless || id.is_empty() {
            return self.forget(last);
        }
        last.clear();
        last.extend_from_slice(id);
    }

    /// Whether an id still gives the position after those before.
    #[cold]
    fn gives_position(&self, last: &[u8], id: &[u8]) -> bool {
        match (number(id), number(last).max(self.highest)) {
            _ if id.is_empty() => true,
            (Some(own), Some(highest)) => own > highest,
            _ => id != last && id != self.first,
        }
    }

    /// Checks the id of a skipped event, without recording it as the last one.
    pub(super) fn pass(&mut self, id: &[u8]) {
        if let Some(own) = number(id) {
            self.useless |= self.highest >= Some(own);
            self.highest = Some(own);
        }
    }

    /// The stream restarts, and its ids too.
    pub(super) fn restart(&mut self) {
        self.highest = None;
    }

    /// Drops the last id.
    pub(super) fn forget(&mut self, last: &mut Vec<u8>) {
        self.highest = number(last).max(self.highest);
        last.clear();
    }
}

/// The order of an id and the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// It is before the last one.
    Before,
    /// It is the successor of the last one.
    Next,
    /// It is after the last one, and others may be between them.
    After,
    /// They are not numbers.
    None,
}

/// Compares an id with the last one.
pub(super) fn order(own: &[u8], last: &[u8]) -> Order {
    match (number(own), number(last)) {
        (Some(own), Some(last)) if own < last => Order::Before,
        (Some(own), Some(last)) if own.0 == last.0 && last.1.checked_add(1) == Some(own.1) => Order::Next,
        (Some(_), Some(_)) => Order::After,
        _ => Order::None,
    }
}

fn number(id: &[u8]) -> Option<Number> {
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
