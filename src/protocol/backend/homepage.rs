//! The protocol of Replicate's homepage: one POST, then polls until the prediction has ended.

use super::{Known, Step};
use crate::protocol::address::segment;
use crate::protocol::http::{Request, RequestBody};
use crate::protocol::model::Model;
use std::time::Duration;

/// The homepage.
pub const URL: &str = "https://replicate.com";
/// The base URL of the protocol's two routes. The option `proxy` replaces it.
pub const BASE: &str = "https://homepage.replicate.com";
/// The route of the POST.
pub const CREATE: &str = "/api/prediction";
/// The URL of the POST.
pub const API_ENDPOINT: &str = "https://homepage.replicate.com/api/prediction";
/// The default pause between two polls.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// The default number of polls.
pub const ATTEMPTS: u32 = 30;

#[derive(Debug, Clone)]
pub(super) struct Homepage {
    pub(super) model: Model,
    pub(super) interval: Duration,
    pub(super) attempts: u32,
}

impl Homepage {
    pub(super) fn request(&self, base: &str, step: Step, known: Known<'_>) -> Request {
        let mut request = if step == Step::Create {
            Request::new("POST", format!("{base}{CREATE}"))
        } else {
            Request::new("GET", format!("{base}/api/poll?id={}", segment(known.id)))
        };
        if step == Step::Create {
            let Model { name, version, .. } = self.model;
            request.body = RequestBody::Create { model: Some(name.to_owned()), version: Some(version.to_owned()) };
        }
        // The headers of the original provider. A browser sets origin, referer and user agent itself; outside of a browser
        // the client adds them.
        request.header("accept", "*/*");
        request.header("accept-language", "en-US,en;q=0.9");
        request
    }
}
