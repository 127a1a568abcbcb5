//! The numbers in headers and event streams.

/// Parses a number of digits only. One that is too large becomes `u64::MAX`.
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
