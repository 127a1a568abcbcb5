//! Time in the tests: whole milliseconds, which are easier to read in tables than `Duration`s.

use std::time::Duration;

/// A time or a span of time in milliseconds.
pub(crate) type Ms = u32;

/// Milliseconds as a `Duration`.
pub(crate) fn ms(ms: Ms) -> Duration {
    Duration::from_millis(ms.into())
}

/// A duration in milliseconds, rounded up like a timer. Saturates.
pub(crate) fn to_ms(duration: Duration) -> Ms {
    Ms::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(Ms::MAX)
}
