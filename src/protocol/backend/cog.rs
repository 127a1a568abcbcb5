//! The protocol of Cog, the model server inside Replicate's models.
//!
//! Its behaviour was measured on Cog 0.23.1, since its documentation leaves these out:
//! - A prediction that was started by an event stream is cancelled when its last reader leaves. A finished prediction is
//!   forgotten at once: the same PUT would run the model *again*.
//! - A PUT joins a running prediction before the server validates the input. So a PUT whose input is no object
//!   (`{"input": 0}`) can join a running prediction, but never start one: [`RequestBody::Join`].
//! - During the setup of the model, a request for events gets 406, like from a model that does not stream, and a plain one
//!   gets 503. After a failed setup it is 503 for ever. `GET /health-check` distinguishes these cases.

use super::{EVENTS, Known, Step};
use crate::protocol::address::segment;
use crate::protocol::http::{Expects, Request, RequestBody};

pub(super) fn request(base: &str, step: Step, known: Known<'_>) -> Request {
    let route = format!("{base}/predictions/{}", segment(known.id));
    let create = RequestBody::Create { model: None, version: None };
    match step {
        Step::Health | Step::Check => Request::new("GET", format!("{base}/health-check")),
        Step::Cancel => Request { keepalive: true, ..Request::new("POST", format!("{route}/cancel")) },
        Step::Open => {
            let body = if known.begun { RequestBody::Join } else { create };
            let request = Request::new("PUT", route).header(EVENTS.0, EVENTS.1);
            Request { expects: Expects::Events, body, ..request }
        }
        // Answered when the model is done.
        Step::Create => Request { body: create, ..Request::new("PUT", route) },
        // Answered 422 when the prediction is gone.
        _ => Request { body: RequestBody::Join, ..Request::new("PUT", route) },
    }
}
