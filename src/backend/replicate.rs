//! Replicate's HTTP API (<https://replicate.com/docs/reference/http>).

use super::{Backend, EVENTS, Known, Wait};
use crate::http::{Request, flag, segment};
use crate::run::{Ms, Step};
use crate::text::{decimal, join};

/// How long the server holds a create with `Prefer: wait` at most, in seconds.
const SYNC_MODE: u32 = 60;

/// Milliseconds that a create waits.
pub(super) fn block(seconds: u32) -> Ms {
    1000 * if seconds == 0 { SYNC_MODE } else { seconds }
}

impl Backend {
    pub(super) fn of_replicate(&self, step: Step, known: Known<'_>) -> Request {
        let mut request = match step {
            Step::Open => return open(known),
            // A model has a route of its own; a community model answers 404 there.
            Step::Create if self.version.is_empty() => self.below("POST", &["/models/", &self.model, "/predictions"]),
            Step::Create => self.below("POST", &["/predictions"]),
            Step::LookUp => self.below("GET", &["/models/", &self.model]),
            Step::Cancel => self.below("POST", &["/predictions/", &segment(known.id), "/cancel"]),
            // Made from the id and not taken from `urls.get`: behind a relay that names another host.
            _ => self.below("GET", &["/predictions/", &segment(known.id)]),
        };
        request.headers = "accept\napplication/json\n".to_owned();
        match step {
            Step::Create => {
                request.flags = flag::CREATE;
                request.version.clone_from(&self.version);
                if let Wait::Block(seconds) = self.wait {
                    let at_most = if seconds == 0 { String::new() } else { join(&["=", &decimal(seconds)]) };
                    request.headers = join(&[&request.headers, "prefer\nwait", &at_most, "\n"]);
                }
            }
            Step::Cancel => request.flags = flag::KEEPALIVE,
            _ => {}
        }
        request
    }
}

/// The request for the events of a prediction, after the last one that was seen.
fn open(known: Known<'_>) -> Request {
    let mut headers = EVENTS.to_owned();
    // A header carries bytes, each of them a character; a line end would begin another header.
    if !known.last_id.is_empty() && !known.last_id.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
        headers.push_str("last-event-id\n");
        headers.extend(known.last_id.iter().map(|&byte| char::from(byte)));
        headers.push('\n');
    }
    // Whoever has the address can read the stream.
    let flags = flag::STREAM | flag::SECRET;
    Request { method: "GET", url: known.stream.to_owned(), headers, flags, ..Request::default() }
}
