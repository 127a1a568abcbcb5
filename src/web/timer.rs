//! The one timer of a stream: when it fires, the host hears of it.
//!
//! It is gloo's. Only the npm package sets it in JavaScript: a Rust closure that JavaScript calls comes with
//! machinery on both sides of the boundary, and there the timer would be all that needs it
//! (`tests/bench/README.md` has the figure).

use super::host::Host;
use crate::run::Ms;

/// The timer, set or not.
#[derive(Debug, Default)]
pub(super) struct Timer {
    #[cfg(not(feature = "npm"))]
    timeout: Option<gloo_timers::callback::Timeout>,
    /// When it fires; 0 when it is not set.
    pub(super) fires: Ms,
}

impl Timer {
    /// Sets it to a time, which is so many milliseconds away.
    pub(super) fn set(&mut self, host: &Host, until: Ms, wait: Ms) {
        self.fires = until;
        // No browser's timer counts further.
        let wait = wait.min(i32::MAX as u32);
        #[cfg(feature = "npm")]
        host.arm(wait as i32);
        #[cfg(not(feature = "npm"))]
        {
            let host = host.clone();
            self.timeout = Some(gloo_timers::callback::Timeout::new(wait, move || host.timeout()));
        }
    }

    /// Clears it.
    pub(super) fn clear(&mut self, host: &Host) {
        #[cfg(feature = "npm")]
        if self.fires != 0 {
            host.arm(-1);
        }
        *self = Self::default();
        let _ = host;
    }
}
