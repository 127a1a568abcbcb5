//! The end of a run that read an event stream: what the stream told, and the look at the prediction after it.

use super::Run;
use crate::protocol::backend::Step;
use crate::protocol::delivery::{Comparison, rest};
use crate::protocol::error::{Error, shorten};
use crate::protocol::http::problem;
use crate::protocol::json::Json;
use crate::protocol::prediction::{self, Status, elements};
use std::time::Duration;

/// The output does not continue the delivered text.
pub(super) fn mismatch() -> Error {
    Error::interrupted("stream", "the prediction's output differs from what was delivered")
}

impl<J: Json> Run<J> {
    /// Takes the end that the stream told: `done`, perhaps with a reason, or `error`.
    pub(super) fn told_end(&mut self, json: Option<&J>, failed: bool, data: &[u8]) {
        let reason = json.and_then(|json| json.str("reason")).unwrap_or_default();
        let status = match reason.as_str() {
            "" | "success" => Status::Succeeded,
            reason => Status::read(reason),
        };
        let well = status == Status::Succeeded && !failed;
        let status = if well || matches!(status, Status::Canceled | Status::Aborted) { status } else { Status::Failed };
        if status != Status::Succeeded {
            let said = || shorten(&String::from_utf8_lossy(data));
            let detail = if failed { json.and_then(problem).unwrap_or_else(said) } else { String::new() };
            self.stream.failure = Some(Error::ended(status, detail));
        } else if self.stream.opens <= 1 && self.stream.broken.is_none() && self.delivery.in_step() {
            return self.finish(Vec::new());
        }
        // After a break the output itself has the last word on whether all of it was delivered.
        self.next(Step::Settle);
    }

    /// Ends a stream in success, and delivers what was missing.
    fn finish(&mut self, missing: Vec<String>) {
        self.status = Some(Status::Succeeded);
        self.hand_out(missing);
        self.done();
    }

    /// Takes the look at the prediction after the stream told its end.
    pub(super) fn settle(&mut self, now: Duration, prediction: &J, status: Option<Status>, jitter: f64) {
        let status = status.unwrap_or(Status::Processing);
        if self.stream.failure.is_some() {
            if status.is_terminal() && status != Status::Succeeded {
                return self.fail(Error::ended(status, prediction::error(prediction)));
            }
            return self.settle_refused();
        }
        if !status.is_terminal() {
            // The stream was quicker than the API.
            let pause = self.backend.pause(self.looks, jitter);
            self.looks += 1;
            return self.pause(now, pause, Step::Settle);
        }
        match elements(prediction) {
            // A stream may carry a file as a data URI and the output its address: they do not compare.
            Some(output) if output.is_empty() || !output.iter().all(|element| is_file(element)) => {
                match self.delivery.compare(&output) {
                    Comparison::Continues { index, offset } => self.finish(rest(output, index, offset)),
                    Comparison::Behind | Comparison::Differs => self.fail(mismatch()),
                }
            }
            // Nor is there anything to compare once the output was removed, after an hour.
            _ => self.settle_refused(),
        }
    }

    /// Ends without a last look. The word of the stream must do, if it surely left out nothing.
    pub(super) fn settle_refused(&mut self) {
        match self.stream.failure.take() {
            Some(error) => self.fail(error),
            None if self.delivery.is_seamless() => self.finish(Vec::new()),
            None => self.fail(Error::interrupted("stream", "the server no longer tells whether all of the text came")),
        }
    }
}

fn is_file(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("data:")) && !text.bytes().any(|byte| byte.is_ascii_whitespace())
}
