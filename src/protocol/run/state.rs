//! What a call is doing, for people.

use crate::protocol::error::Error;
use crate::protocol::prediction::Status;
use std::time::Duration;

/// What a call is doing: the newest thing that has happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// Files of the input are sent.
    Uploading,
    /// The prediction is asked for.
    Sending,
    /// A request is sent again after a pause.
    Waiting {
        /// Why it is sent again.
        reason: WaitReason,
        /// How long the pause is.
        retry_after: Duration,
        /// Which further try it will be, from 1 on.
        attempt: u32,
        /// What came of the last try.
        error: Error,
    },
    /// The server told this status: starting or processing.
    Running {
        /// The status.
        status: Status,
    },
    /// The event stream is open.
    Streaming,
    /// The event stream broke, or could not be opened, and is opened again after a pause.
    Reconnecting {
        /// Which further try it will be, from 1 on.
        attempt: u32,
        /// Why the last connection ended.
        error: Error,
    },
    /// The prediction is looked at from time to time.
    Polling {
        /// Why there is no streaming; `None` where polling was asked for.
        reason: Option<Error>,
    },
    /// The call is over.
    Ended {
        /// The prediction's last known status.
        status: Option<Status>,
        /// Whether the server confirmed the cancel; `None` where none was sent.
        canceled: Option<bool>,
    },
}

/// Why a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The server answered 429.
    RateLimited,
    /// Anything else.
    Retry,
}
