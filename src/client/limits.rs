//! The settings of a call: time limits, retries and what it does when it is left.

use crate::protocol::backend::CancelAfter;
use crate::protocol::run::Options;
use crate::web::Observer;
use std::time::Duration;
use web_sys::AbortSignal;

/// Time limits and the number of retries. `None` is no limit.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    /// The time until an answer begins.
    pub(crate) connect: Option<Duration>,
    /// The silence before the first event of a stream; between events a fifth of it.
    pub(crate) idle: Option<Duration>,
    /// The time of the whole call.
    pub(crate) total: Option<Duration>,
    /// The number of retries of a request.
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

/// The settings of a call. Their defaults are the client's.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    /// Cancels the prediction when the reader leaves or the total limit passes.
    pub(crate) cancel_on_leave: bool,
    /// The server cancels the prediction after this time.
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
    /// The options of the run.
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
