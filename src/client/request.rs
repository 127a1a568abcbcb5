//! One request of the caller's own, beside those that make and follow a prediction.

use super::call::{Carries, Client, Plan};
use super::limits::Settings;
use super::results::{Results, Snapshots};
use super::sender::Content;
use crate::protocol::backend::{Backend, Expects};
use crate::protocol::delivery::Delivery;
use crate::protocol::run::Goal;
use crate::web::JsJson;
use std::rc::Rc;

impl Client {
    /// Sends one request of the caller's own; its results are over when it was answered.
    pub(crate) fn request(
        self: &Rc<Self>,
        method: &str,
        route: &str,
        expects: Expects,
        content: Content,
        settings: Settings,
    ) -> Results<JsJson> {
        let Content { headers, body, signal } = content;
        let prefer = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("prefer"));
        let backend = Backend::plain(self.sender.base.clone(), method.to_owned(), route, expects);
        let plan = Plan {
            backend: backend.with_prefer(prefer.map_or("", |(_, value)| value)),
            goal: Goal::Snapshots,
            id: None,
            delivery: Delivery::default(),
            carries: Carries::Own { headers, body },
        };
        Results::open(self, plan, Settings { signal, ..settings }, Snapshots)
    }
}
