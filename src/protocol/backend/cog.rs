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
    match step {
        Step::Health | Step::Check => return Request::new("GET", format!("{base}/health-check")),
        Step::Cancel => {
            let mut request = Request::new("POST", format!("{route}/cancel"));
            request.keepalive = true;
            return request;
        }
        _ => {}
    }
    let mut request = Request::new("PUT", route);
    // A create is answered when the model is done; a poll of a prediction that is gone is answered 422.
    let creates = step == Step::Create || (step == Step::Open && !known.begun);
    request.body = if creates { RequestBody::Create { model: None, version: None } } else { RequestBody::Join };
    if step == Step::Open {
        request.expects = Expects::Events;
        request.header(EVENTS.0, EVENTS.1);
    }
    request
}
