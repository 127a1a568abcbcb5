//! Time limits and retries, and what else a call may say for itself.

use crate::protocol::backend::CancelAfter;
use crate::protocol::run::Options;
use crate::web::Observer;
use std::time::Duration;
use web_sys::AbortSignal;

/// The time limits of a client or of a call, and its retries. A limit that is `None` is none.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// Time to the first byte of an answer.
    pub(crate) connect: Option<Duration>,
    /// Silence before the first event of a stream; a fifth of it between events.
    pub(crate) idle: Option<Duration>,
    /// Time for the whole prediction.
    pub(crate) total: Option<Duration>,
    /// How often one request is sent again.
    pub(crate) max_retries: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(30)),
            idle: Some(Duration::from_secs(300)),
            total: Some(Duration::from_secs(1800)),
            max_retries: 5,
        }
    }
}

/// What one call may say for itself; a client's settings are where they begin.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    /// A reader who goes away stops the prediction.
    pub(crate) cancel_on_leave: bool,
    /// How long the server lets a prediction live.
    pub(crate) cancel_after: Option<CancelAfter>,
    pub(crate) signal: Option<AbortSignal>,
    pub(crate) observer: Option<Observer>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: Limits::default(), cancel_on_leave: true, cancel_after: None, signal: None, observer: None }
    }
}

impl Settings {
    /// As the core takes them.
    pub(crate) fn options(&self, renewable: bool) -> Options {
        Options {
            connect: self.limits.connect,
            idle: self.limits.idle,
            total: self.limits.total,
            max_retries: self.limits.max_retries,
            renewable,
            cancel_on_leave: self.cancel_on_leave,
        }
    }
}
