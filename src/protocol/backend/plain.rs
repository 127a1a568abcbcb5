//! A request of the user to any route below the base URL.

use crate::protocol::address::rebase;
use crate::protocol::http::{Expects, Request};

#[derive(Debug, Clone)]
pub(super) struct Plain {
    method: String,
    url: String,
    expects: Expects,
}

impl Plain {
    pub(super) fn new(base: &str, method: String, route: &str, expects: Expects) -> Self {
        Self { method, url: rebase(route, base), expects }
    }

    /// Whether it creates a prediction.
    pub(super) fn creates(&self) -> bool {
        self.method == "POST" && self.url.ends_with("/predictions")
    }

    pub(super) fn request(&self) -> Request {
        Request { expects: self.expects, ..Request::new(self.method.clone(), self.url.clone()) }
    }
}
