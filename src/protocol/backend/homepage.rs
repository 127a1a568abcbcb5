//! The protocol of Replicate's homepage: one POST, then GETs of a poll address until it is done.

use super::{Backend, Protocol, Route, Wait};
use crate::protocol::http::flag;
use crate::protocol::model::Model;
use crate::protocol::run::{Ms, Step};

/// Where the provider's site is.
pub const URL: &str = "https://replicate.com";
/// The base of the protocol's two routes; the option `proxy` takes its place.
pub const BASE: &str = "https://homepage.replicate.com";
/// The route of the POST.
pub const CREATE: &str = "/api/prediction";
/// The pause between two looks, unless told otherwise.
pub const INTERVAL: Ms = 5_000;
/// How often it is looked, unless told otherwise.
pub const ATTEMPTS: u32 = 30;

/// The headers of the original. Origin, referer and user agent are the browser's own there; the shell
/// adds them where there is no browser.
const HEADERS: &str = "accept\n*/*\naccept-language\nen-US,en;q=0.9\n";

impl Backend {
    /// A prediction of one of the provider's models.
    #[must_use]
    pub fn homepage(model: &Model, base: String, interval: Ms, attempts: u32) -> Self {
        let mut backend = Self::new(Protocol::Homepage, base, Wait::Poll(interval));
        backend.target = model.name.to_owned();
        backend.version = model.version.to_owned();
        backend.attempts = attempts;
        backend
    }
}

pub(super) fn route(step: Step) -> Route<'static> {
    let (method, path, flags) = match step {
        Step::Create => ("POST", CREATE, flag::CREATE),
        _ => ("GET", "/api/poll?id={}", 0),
    };
    Route { method, path, flags, headers: HEADERS }
}
