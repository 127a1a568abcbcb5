//! A request of the user to any route below the base URL.

use crate::protocol::address::rebase;
use crate::protocol::http::{Expects, Request};
use std::time::Duration;

#[derive(Debug, Clone)]
pub(super) struct Plain {
    method: String,
    url: String,
    expects: Expects,
    /// How long the server may wait for the model before it answers.
    pub(super) waits: Duration,
}

impl Plain {
    pub(super) fn new(base: &str, method: String, route: &str, expects: Expects) -> Self {
        Self { method, url: rebase(route, base), expects, waits: Duration::ZERO }
    }

    /// Whether it creates a prediction.
    pub(super) fn creates(&self) -> bool {
        self.method == "POST" && self.url.ends_with("/predictions")
    }

    pub(super) fn request(&self) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        request.expects = self.expects;
        request
    }
}
