//! The end of a streamed run: the last event, and the poll after it.

use super::Run;
use crate::protocol::backend::Step;
use crate::protocol::delivery::{Comparison, rest};
use crate::protocol::error::{Error, shorten};
use crate::protocol::http::problem;
use crate::protocol::json::Json;
use crate::protocol::prediction::{self, Status, elements};

/// The error of an output that does not begin with the delivered text.
pub(super) fn mismatch() -> Error {
    Error::interrupted("stream", "the prediction's output differs from what was delivered")
}

impl<J: Json> Run<J> {
    /// Takes the last event: `done`, which may have a reason, or `error`.
    pub(super) fn stream_ended(&mut self, json: Option<&J>, failed: bool, data: &[u8]) {
        let reason = json.and_then(|json| json.str("reason")).unwrap_or_default();
        let status = match reason.as_str() {
            "" | "success" => Status::Succeeded,
            reason => Status::read(reason),
        };
        let well = status == Status::Succeeded && !failed;
        let status = if well || matches!(status, Status::Canceled | Status::Aborted) { status } else { Status::Failed };
        if status != Status::Succeeded {
            let said = || shorten(&J::decode(data));
            let detail = if failed { json.and_then(problem).unwrap_or_else(said) } else { String::new() };
            self.stream.failure = Some(Error::ended(status, detail));
        } else if self.stream.opens <= 1 && self.stream.broken.is_none() && self.delivery.in_step() {
            return self.finish(Vec::new());
        }
        // After a break the output shows whether all of it was delivered.
        self.next(Step::Settle);
    }

    /// Ends a stream in success, and delivers the missing text.
    fn finish(&mut self, missing: Vec<String>) {
        self.status = Some(Status::Succeeded);
        self.hand_out(missing);
        self.done();
    }

    /// Takes the poll after the end of the stream.
    pub(super) fn settle(&mut self, prediction: &J, status: Option<Status>) {
        let status = status.unwrap_or(Status::Processing);
        if self.stream.failure.is_some() {
            if status.is_terminal() && status != Status::Succeeded {
                return self.fail(Error::ended(status, prediction::error(prediction)));
            }
            return self.settle_refused();
        }
        if !status.is_terminal() {
            // The API lags behind the stream.
            let pause = self.backend.pause(self.polls, self.jitter);
            self.polls += 1;
            return self.pause(pause, Step::Settle);
        }
        match elements(prediction) {
            // Files do not compare: a stream may have a data URI where the output has a URL.
            Some(output) if output.is_empty() || !output.iter().all(|element| is_file(element)) => {
                match self.delivery.compare(&output) {
                    Comparison::Continues { index, offset } => self.finish(rest(&output, index, offset)),
                    Comparison::Behind | Comparison::Differs => self.fail(mismatch()),
                }
            }
            // Without an output, which is removed after an hour, there is nothing to compare.
            _ => self.settle_refused(),
        }
    }

    /// Ends without an output to compare: in success only if the stream provably left out nothing.
    pub(super) fn settle_refused(&mut self) {
        match self.stream.failure.take() {
            Some(error) => self.fail(error),
            None if self.delivery.is_seamless() => self.finish(Vec::new()),
            None => self.fail(Error::interrupted(
                "stream",
                "it is not known whether the text is complete, since the server no longer has the output",
            )),
        }
    }
}

fn is_file(text: &str) -> bool {
    (text.starts_with("https://") || text.starts_with("data:")) && !text.bytes().any(|byte| byte.is_ascii_whitespace())
}
