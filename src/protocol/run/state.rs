//! The state of a call, for people, and how a run reports it.

use super::{Run, Step};
use crate::protocol::error::Error;
use crate::protocol::json::Json;
use crate::protocol::prediction::Status;
use std::rc::Rc;
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

impl<J: Json> Run<J> {
    /// Takes the oldest state that was not reported yet.
    pub(super) fn next_state(&mut self) -> Option<Rc<CallState>> {
        self.unreported.pop_front()
    }

    /// Sets the state, to be reported.
    pub(super) fn tell(&mut self, state: CallState) {
        self.report(Rc::new(state));
    }

    pub(super) fn report(&mut self, state: Rc<CallState>) {
        // After the reader has left only the end is reported.
        let is_wanted = !self.left || matches!(*state, CallState::Ended { .. });
        if is_wanted && self.state != state {
            self.state = Rc::clone(&state);
            self.unreported.push_back(state);
        }
    }

    /// Reports the pause before a request is sent again.
    pub(super) fn tell_retry(&mut self, pause: Duration, error: Error) {
        let attempt = self.retries.used();
        if self.step == Step::Open && self.cog.begun {
            return self.tell(CallState::Reconnecting { attempt, error });
        }
        let reason = if error.status() == Some(429) { WaitReason::RateLimited } else { WaitReason::Retry };
        self.wait_for(reason, pause, attempt, error);
    }

    /// Reports a pause. After it, the state returns to the one before.
    pub(super) fn wait_for(&mut self, reason: WaitReason, pause: Duration, attempt: u32, error: Error) {
        if !matches!(*self.state, CallState::Waiting { .. }) {
            self.before_waiting = Some(self.state.clone());
        }
        self.tell(CallState::Waiting { reason, retry_after: pause, attempt, error });
    }
}
