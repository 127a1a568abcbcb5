//! Time in the tests: whole milliseconds, since tables of them are easier to read than of `Duration`s.

use std::time::Duration;

/// A time or a span of time in milliseconds.
pub(crate) type Ms = u32;

/// Milliseconds as the core has them.
pub(crate) fn ms(ms: Ms) -> Duration {
    Duration::from_millis(ms.into())
}

/// A duration as the tests have it, rounded up as a timer must be; what is too long for them is the longest.
pub(crate) fn to_ms(duration: Duration) -> Ms {
    Ms::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(Ms::MAX)
}
