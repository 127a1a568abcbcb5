//! Requests that the caller makes, other than those that create and follow a prediction.

use super::answers::Answers;
use super::call::{Carries, Client, Plan};
use super::limits::Settings;
use super::sender::Content;
use crate::protocol::backend::{Backend, Expects};
use crate::protocol::run::Goal;
use crate::web::headers::get;
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
    ) -> Answers {
        let Content { headers, body, is_json, signal } = content;
        let prefer = headers.as_ref().and_then(|headers| get(headers, "prefer").ok().flatten()).unwrap_or_default();
        let backend = Backend::plain(self.sender.base.clone(), method.to_owned(), route, expects).with_prefer(&prefer);
        let settings = Settings { signal, ..settings };
        let carries = Carries::Own { headers, body, is_json };
        Answers::open(Plan::new(self, settings, backend, Goal::Snapshots, carries))
    }
}
