//! Silences of an event stream: their limits, and the polls beside the stream.

use super::{Phase, Run, after};
use crate::protocol::backend::Step;
use crate::protocol::error::{Code, Error, millis};
use crate::protocol::json::Json;
use crate::protocol::option::IDLE_TIMEOUT;
use crate::protocol::prediction::{Status, elements};
use std::time::Duration;

/// The longest silence of a stream when the prediction is known to have ended.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A timer this late means that the machine slept or the page was frozen, not that the server was silent.
pub(super) const SLEPT: Duration = Duration::from_secs(10);

impl<J: Json> Run<J> {
    /// The limit for silence. It is longer before the first event, because of cold starts.
    pub(super) fn idle(&self) -> Option<Duration> {
        self.options.idle.map(|idle| if self.stream.begun { idle / 5 } else { idle })
    }

    /// The reader asks for a result. The time before does not count as silence of the server, since nothing was read.
    pub fn handle_demand(&mut self, now: Duration) {
        self.now = now;
        if !self.stream.over {
            self.stream.until = self.stream.until.max(after(now, self.idle()));
        }
    }

    /// Handles a silence past its limit: polls.
    pub(super) fn silent(&mut self) {
        let Some(until) = self.stream.until.filter(|until| self.now >= *until) else { return };
        if self.stream.over {
            self.lost("it fell silent before its last event");
        } else if self.now >= until.saturating_add(SLEPT) {
            self.stream.until = after(self.now, self.idle());
            self.handle_wake(self.now);
        } else {
            self.stream.is_silent = true;
            self.next(Step::Check);
        }
    }

    /// Takes the poll beside the open stream. If the prediction has ended, its last events must come soon. If it runs, the
    /// stream is kept, unless it was silent while the prediction made more output.
    pub(super) fn checked(&mut self, prediction: &J, status: Option<Status>) {
        let was_silent = std::mem::take(&mut self.stream.is_silent);
        self.stream.over = status.is_some_and(Status::is_terminal);
        self.stream.until = after(self.now, if self.stream.over { Some(LAST_WORDS) } else { self.idle() });
        self.phase = Phase::Reading;
        if was_silent && !self.stream.over && self.lags_behind(prediction) {
            self.lost("it was silent while the prediction went on");
        }
    }

    fn lags_behind(&self, prediction: &J) -> bool {
        let made: usize = elements(prediction).unwrap_or_default().iter().map(String::len).sum();
        made > self.delivery.bytes
    }

    /// Handles a failed poll beside the open stream.
    pub(super) fn check_refused(&mut self, error: &Error) {
        self.phase = Phase::Reading;
        let was_silent = std::mem::take(&mut self.stream.is_silent);
        let is_unanswered = matches!(error.code(), Code::Network | Code::Timeout);
        if was_silent && is_unanswered {
            let (limit, detail) = (millis(self.idle().unwrap_or_default()), error.message());
            self.fail(Error::timeout(format!("The stream was silent for {limit} ms ({IDLE_TIMEOUT}): {detail}")));
        } else if was_silent {
            self.lost(&format!("it was silent: {}", error.message()));
        }
    }
}
