//! The faults of the model server, and which of them excuse a failure of the client.

use super::model_server::ModelServer;
use super::reply::{Part, Reply};
use super::time::Ms;
use serde_json::json;

/// The client's `maxRetries`.
const RETRIES: u32 = 5;

/// The routes. Failures in a row are counted for each.
#[derive(Debug, Clone, Copy)]
pub(super) enum Route {
    Create,
    LookUp,
    Get,
    Open,
}

impl ModelServer {
    /// Ends a body, or cuts it at any byte.
    pub(super) fn finish_body(&mut self, mut body: Vec<(Ms, Part)>) -> Reply {
        if !self.random.percent(self.plan.faults.1) {
            let last = body.last().map_or(0, |(at, _)| *at);
            body.push((last, Part::End));
            return Reply::body(body);
        }
        let size = |(_, part): &(Ms, Part)| if let Part::Chunk(chunk) = part { chunk.len() } else { 0 };
        let mut left = self.random.below(body.iter().map(size).sum::<usize>() + 1);
        let mut at = 0;
        body.retain_mut(|(after, part)| {
            let Part::Chunk(chunk) = part else { return false };
            chunk.truncate(left);
            left -= chunk.len();
            at = if chunk.is_empty() { at } else { *after };
            !chunk.is_empty()
        });
        match self.random.below(100) {
            0..50 => body.push((at, Part::Broken)),
            50..95 => body.push((at + self.random.below(20_000) as Ms, Part::End)),
            // The body stays open and silent.
            _ => {
                self.excuses.insert("timeout");
            }
        }
        Reply::body(body)
    }

    /// A random fault of a request, if it gets one.
    pub(super) fn fault(&mut self, route: Route) -> Option<Reply> {
        let failures = &mut self.failures[route as usize];
        if !self.random.percent(self.plan.faults.0) {
            *failures = 0;
            return None;
        }
        *failures += 1;
        if self.plan.renewable && *failures == 1 && self.random.percent(30) {
            return Some(Reply::json(401, json!({"detail": "Invalid token"})));
        }
        let worn_out = *failures > RETRIES;
        let fatal = self.random.percent(self.plan.fatal);
        let (reply, code) = match (route, fatal) {
            (Route::Create, false) => self.random.pick(&[
                (Reply::json(429, json!({"detail": "Request was throttled.", "retry_after": 2})), "http"),
                (Reply::text(429, "slow down").retry_after(7.0), "http"),
                (Reply::unsent(), "network"),
            ]),
            (Route::Create, true) => self.lost_create(),
            (_, false) => self.random.pick(&[
                (Reply::text(429, "slow down").retry_after(3.0), "http"),
                (Reply::text(503, "<h1>Service Unavailable</h1>"), "http"),
                (Reply::json(500, json!({"detail": "Internal server error"})), "http"),
                (Reply::lost().after(700), "network"),
                (Reply::unsent(), "network"),
                (Reply::silence(), "timeout"),
                (Reply::text(200, "too late").after(31_000), "timeout"),
            ]),
            (_, true) => self.random.pick(&[
                (Reply::text(200, "<html>captive portal</html>"), "protocol"),
                (Reply::text(200, r#"{"id": "p1", "status": "succ"#), "protocol"),
                (Reply::json(404, json!({"detail": "Not found"})), "http"),
            ]),
        };
        // When the stream fails, the client can still poll. Only a server that never answers is an excuse.
        let excused = match route {
            Route::Open => worn_out && code == "timeout",
            _ => worn_out || fatal,
        };
        if excused {
            self.excuses.extend([code, "interrupted"]);
        }
        Some(reply)
    }

    /// A create that may have been accepted, with an answer that does not say so.
    fn lost_create(&mut self) -> (Reply, &'static str) {
        if self.random.percent(50) {
            self.accept(0);
        }
        self.random.pick(&[
            (Reply::lost(), "unknown_outcome"),
            (Reply::text(200, "<html>captive portal</html>"), "unknown_outcome"),
            (Reply::text(201, r#"{"id": "p1", "stat"#), "unknown_outcome"),
            (Reply::text(502, "<h1>Bad Gateway</h1>"), "unknown_outcome"),
            (Reply::text(504, "<h1>Gateway Timeout</h1>"), "unknown_outcome"),
            (Reply::silence(), "unknown_outcome"),
            (Reply::json(500, json!({"detail": "Internal server error"})), "http"),
            (Reply::json(422, json!({"title": "Invalid version", "status": 422})), "http"),
        ])
    }
}
