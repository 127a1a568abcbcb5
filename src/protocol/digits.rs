//! Numbers as headers and event streams write them.

/// A number that is written in digits alone; one that is too large is the largest.
pub(super) fn digits(text: &[u8]) -> Option<u64> {
    let mut number: u64 = 0;
    for digit in text {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    }
    (!text.is_empty()).then_some(number)
}
