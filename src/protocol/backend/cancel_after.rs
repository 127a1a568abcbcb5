//! The header `Cancel-After`: how long Replicate lets a prediction live.

use crate::protocol::error::{Code, Error};

/// A duration as Replicate reads it: `90s`, `5m`, `1h30m`, or a number of seconds without a unit.
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
        let message = format!("The option cancelAfter must be a duration like 90s, 5m or 1h30m, not \"{text}\"");
        Err(Error::new(Code::InvalidArgument, message))
    }

    /// The text as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hours, minutes and seconds, each a number with its unit, in this order and at most once; or digits alone.
fn is_duration(text: &str) -> bool {
    let mut units = ['h', 'm', 's'].into_iter();
    let mut digits = 0;
    for letter in text.chars() {
        match letter {
            '0'..='9' => digits += 1,
            _ if digits > 0 && units.any(|unit| unit == letter) => digits = 0,
            _ => return false,
        }
    }
    // A number at the end without a unit stands alone.
    !text.is_empty() && (digits == 0 || digits == text.len())
}
