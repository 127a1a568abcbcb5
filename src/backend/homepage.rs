//! The protocol of Replicate's homepage: one POST, then GETs of a poll address until it is done.

use crate::error::join;
use crate::http::{Create, Request, segment};
use crate::model::Model;
use crate::run::Ms;

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

/// A prediction of one of the provider's models.
#[derive(Debug, Clone)]
pub struct Homepage {
    /// The base address, without a slash at its end.
    pub base: String,
    /// The model.
    pub model: &'static Model,
    /// The pause between two looks.
    pub interval: Ms,
    /// How often it is looked.
    pub attempts: u32,
}

impl Homepage {
    /// A prediction of a model, as the provider makes it.
    #[must_use]
    pub fn new(model: &'static Model) -> Self {
        Self { base: BASE.to_owned(), model, interval: INTERVAL, attempts: ATTEMPTS }
    }

    pub(super) fn create(&self) -> Request {
        let (model, version) = (self.model.name.to_owned(), self.model.version.to_owned());
        let mut request = browser_like(Request::new("POST", join(&[&self.base, CREATE])));
        request.create = Some(Create { model: Some(model), version: Some(version) });
        request
    }

    pub(super) fn get(&self, id: &str) -> Request {
        browser_like(Request::new("GET", join(&[&self.base, "/api/poll?id=", &segment(id)])))
    }
}

/// The headers of the original. Origin, referer and user agent are the browser's own there; the shell
/// adds them where there is no browser.
fn browser_like(request: Request) -> Request {
    request.header("accept", "*/*").header("accept-language", "en-US,en;q=0.9")
}
