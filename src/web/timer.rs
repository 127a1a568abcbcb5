//! The one timer of a call.

use crate::protocol::error::millis;
use gloo_timers::callback::Timeout;
use std::time::Duration;

/// A timer that is set. Dropping it clears the timer.
pub(super) struct Timer {
    /// When it fires, in time since the call began.
    pub(super) at: Duration,
    _timeout: Timeout,
}

impl Timer {
    /// Calls back at a time that is `wait` away, rounded up to whole milliseconds, since one that fires too early is set
    /// again at once. A longer wait than a browser's timer counts, 2^31 - 1 ms, fires early.
    pub(super) fn new(at: Duration, wait: Duration, callback: impl FnOnce() + 'static) -> Self {
        let ms = u32::try_from(millis(wait.saturating_add(Duration::from_nanos(999_999))))
            .unwrap_or(u32::MAX)
            .min(i32::MAX as u32);
        Self { at, _timeout: Timeout::new(ms, callback) }
    }
}
