//! Replicate's HTTP API (<https://replicate.com/docs/reference/http>).

use super::{EVENTS, Route};
use crate::protocol::http::flag;
use crate::protocol::run::{Ms, Step};
use crate::protocol::text::{decimal, fill};

/// How long the server holds a create with `Prefer: wait` at most, in seconds.
const SYNC_MODE: u32 = 60;

/// Milliseconds that a create waits.
pub(super) fn block(seconds: u32) -> Ms {
    1000 * if seconds == 0 { SYNC_MODE } else { seconds }
}

/// The header of a create that waits.
pub(super) fn prefer(seconds: u32) -> String {
    fill(if seconds == 0 { "prefer\nwait\n" } else { "prefer\nwait={}\n" }, &[&decimal(seconds)])
}

/// The header of a stream that goes on after an event.
pub(super) fn last_event_id(id: &[u8]) -> String {
    // A header carries bytes, each of them a character; a line end would begin another header.
    if id.is_empty() || id.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
        return String::new();
    }
    let id: String = id.iter().map(|&byte| char::from(byte)).collect();
    fill("last-event-id\n{}\n", &[&id])
}

pub(super) fn route(step: Step, by_name: bool) -> Route<'static> {
    let (method, path, flags) = match step {
        Step::Open => return Route { method: "GET", path: "", flags: flag::STREAM | flag::SECRET, headers: EVENTS },
        // A model has a route of its own; a community model answers 404 there.
        Step::Create if by_name => ("POST", "/models/{}/predictions", flag::CREATE | flag::NAMED),
        Step::Create => ("POST", "/predictions", flag::CREATE),
        Step::LookUp => ("GET", "/models/{}", flag::NAMED),
        Step::Cancel => ("POST", "/predictions/{}/cancel", flag::KEEPALIVE),
        // Made from the id and not taken from `urls.get`: behind a relay that names another host.
        _ => ("GET", "/predictions/{}", 0),
    };
    Route { method, path, flags, headers: "accept\napplication/json\n" }
}
