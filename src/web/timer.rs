//! The one timer of a stream: when it fires, the host hears of it.

use super::host::Host;
use crate::protocol::run::Ms;
use gloo_timers::callback::Timeout;

/// The timer, set or not. Dropped, it is cleared.
#[derive(Debug, Default)]
pub(super) struct Timer {
    timeout: Option<Timeout>,
    /// When it fires; 0 when it is not set.
    pub(super) fires: Ms,
}

impl Timer {
    /// Sets it to a time, which is so many milliseconds away.
    pub(super) fn set(&mut self, host: &Host, until: Ms, wait: Ms) {
        self.fires = until;
        let host = host.clone();
        // No browser's timer counts further.
        self.timeout = Some(Timeout::new(wait.min(i32::MAX as u32), move || host.timeout()));
    }
}
