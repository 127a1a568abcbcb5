//! The header `Cancel-After`: Replicate cancels the prediction after this time.

use crate::protocol::error::{Code, Error};
use crate::protocol::option::CANCEL_AFTER;

/// The longest number of hours, minutes or seconds, in digits. The relay has the same limit.
const LONGEST_NUMBER: u32 = 5;

/// A duration in the form of Replicate and the relay: `90s`, `1m`, `1h30m`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelAfter(String);

impl CancelAfter {
    /// Validates a duration.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn read(text: &str) -> Result<Self, Error> {
        if is_duration(text) {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("The option {CANCEL_AFTER} must be a duration like 90s, 1m or 1h30m, not \"{text}\"");
        Err(Error::new(Code::InvalidArgument, message))
    }

    /// The value of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is hours, minutes and seconds in this order, each at most once, and not zero.
fn is_duration(text: &str) -> bool {
    let mut units = ['h', 'm', 's'].into_iter();
    let (mut digits, mut is_some) = (0, false);
    for letter in text.chars() {
        match letter {
            '0'..='9' if digits < LONGEST_NUMBER => {
                digits += 1;
                is_some |= letter != '0';
            }
            _ if digits > 0 && units.any(|unit| unit == letter) => digits = 0,
            _ => return false,
        }
    }
    is_some && digits == 0
}
