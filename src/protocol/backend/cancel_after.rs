//! The header `Cancel-After`: how long Replicate lets a prediction live.

use crate::protocol::error::{Code, Error};
use crate::protocol::option::CANCEL_AFTER;

/// A duration as Replicate and the relay read it: `90s`, `5m`, `1h30m`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelAfter(String);

impl CancelAfter {
    /// Checks a duration that a caller wrote.
    ///
    /// # Errors
    /// `invalid_argument` for anything that is no duration.
    pub fn read(text: &str) -> Result<Self, Error> {
        if is_duration(text) {
            return Ok(Self(text.to_owned()));
        }
        let message = format!("The option {CANCEL_AFTER} must be a duration like 90s, 5m or 1h30m, not \"{text}\"");
        Err(Error::new(Code::InvalidArgument, message))
    }

    /// The text as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hours, minutes and seconds, each a number with its unit, in this order and at most once; not nothing.
fn is_duration(text: &str) -> bool {
    let mut units = ['h', 'm', 's'].into_iter();
    let (mut has_digits, mut is_some) = (false, false);
    for letter in text.chars() {
        match letter {
            '0'..='9' => {
                has_digits = true;
                is_some |= letter != '0';
            }
            _ if has_digits && units.any(|unit| unit == letter) => has_digits = false,
            _ => return false,
        }
    }
    is_some && !has_digits
}
