//! The state of a call, for people.

use crate::protocol::error::Error;
use crate::protocol::prediction::Status;
use std::time::Duration;

/// The state of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// Files of the input are being uploaded.
    Uploading,
    /// The create is being sent.
    Sending,
    /// A request is sent again after a pause.
    Waiting {
        /// Why the request is sent again.
        reason: WaitReason,
        /// The length of the pause.
        retry_after: Duration,
        /// The number of the retry, from 1 on.
        attempt: u32,
        /// The error of the last try.
        error: Error,
    },
    /// The prediction is starting or processing.
    Running {
        /// The status.
        status: Status,
    },
    /// The event stream is open.
    Streaming,
    /// The event stream broke, or could not be opened, and is opened again after a pause.
    Reconnecting {
        /// The number of the retry, from 1 on.
        attempt: u32,
        /// Why the last connection ended.
        error: Error,
    },
    /// The prediction is polled.
    Polling {
        /// Why it is not streamed; `None` when an option asks for polling.
        reason: Option<Error>,
    },
    /// The call has ended.
    Ended {
        /// The prediction's last known status.
        status: Option<Status>,
        /// Whether the server confirmed the cancel; `None` when none was sent.
        canceled: Option<bool>,
    },
}

/// Why a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitReason {
    /// The server answered 429.
    RateLimited,
    /// Any other failure.
    Retry,
}
