//! The timer of a call.

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
    /// Calls back after `wait`, rounded up to whole milliseconds: a timer that fires too early would be set again at once. A
    /// wait of more than 2^31 - 1 ms, the most of a browser's timer, fires early.
    pub(super) fn new(at: Duration, wait: Duration, callback: impl FnOnce() + 'static) -> Self {
        let ms = u32::try_from(millis(wait.saturating_add(Duration::from_nanos(999_999))))
            .unwrap_or(u32::MAX)
            .min(i32::MAX as u32);
        Self { at, _timeout: Timeout::new(ms, callback) }
    }
}
