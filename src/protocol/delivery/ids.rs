//! What event ids tell of the place in a stream.

/// The ids of the events of a stream, and whether they tell the place: each must be another one than those before, and
/// greater where it is a number.
#[derive(Debug, Default)]
pub(super) struct Ids {
    /// The id of the very first event; empty where it is not known.
    pub(super) first: Vec<u8>,
    /// The highest number so far, but for the last id.
    highest: Option<Number>,
    /// An id came twice, or a smaller one than before.
    useless: bool,
}

/// The numbers of an id such as `1690212292:0`, `1690212292-0` or `17`, which servers count up. A number alone counts as
/// the second of the two.
type Number = (u64, u64);

impl Ids {
    /// The ids of a stream that goes on after a handle.
    pub(super) fn after(last: &[u8]) -> Self {
        Self { highest: number(last), ..Self::default() }
    }

    /// The event with this id is the last one now. An empty id takes the last one back.
    #[inline]
    pub(super) fn advance(&mut self, last: &mut Vec<u8>, id: &[u8]) {
        if self.useless {
            return;
        }
        // An id that is as long as the one before and greater need not be read: most are.
        let grows = id.len() == last.len() && id > &**last;
        if !grows && !self.tells(last, id) {
            self.useless = true;
        }
        if self.useless || id.is_empty() {
            return self.forget(last);
        }
        last.clear();
        last.extend_from_slice(id);
    }

    /// Whether an id tells the place still, after those before.
    #[cold]
    fn tells(&self, last: &[u8], id: &[u8]) -> bool {
        match (number(id), number(last).max(self.highest)) {
            _ if id.is_empty() => true,
            (Some(own), Some(highest)) => own > highest,
            _ => id != last && id != self.first,
        }
    }

    /// Looks at the id of an event that is skipped, without taking it for the place.
    pub(super) fn pass(&mut self, id: &[u8]) {
        if let Some(own) = number(id) {
            self.useless |= self.highest >= Some(own);
            self.highest = Some(own);
        }
    }

    /// The stream begins anew, and with it the ids.
    pub(super) fn restart(&mut self) {
        self.highest = None;
    }

    /// The last id does not tell the place any more.
    pub(super) fn forget(&mut self, last: &mut Vec<u8>) {
        self.highest = number(last).max(self.highest);
        last.clear();
    }
}

/// How an id lies to the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// It comes before.
    Before,
    /// It is the next number.
    Next,
    /// It comes after, and others may lie between.
    After,
    /// They are names.
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
