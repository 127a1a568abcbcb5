//! Requests that the caller makes, other than those that create and follow a prediction.

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
    /// Sends a request of the caller. Its results end when it is answered.
    pub(crate) fn request(
        self: &Rc<Self>,
        method: &str,
        route: &str,
        expects: Expects,
        content: Content,
        settings: Settings,
    ) -> Results<JsJson> {
        let Content { headers, body, signal } = content;
        let plan = Plan {
            backend: Backend::plain(self.sender.base.clone(), method.to_owned(), route, expects),
            goal: Goal::Snapshots,
            id: None,
            delivery: Delivery::default(),
            carries: Carries::Own { headers, body },
        };
        Results::open(self, plan, Settings { signal, ..settings }, Snapshots)
    }
}
