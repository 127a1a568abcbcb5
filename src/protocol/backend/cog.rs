//! A Cog server of one's own: the model server of which Replicate's models are made.
//!
//! The wire was measured on Cog 0.23.1, since its documents do not say all of it:
//! - A prediction that an event stream began is cancelled when its last reader goes. A finished one is forgotten at once:
//!   the same PUT would run the model *again*.
//! - A running prediction is joined before the input is looked at. So a PUT whose input is no object (`{"input": 0}`)
//!   joins a running prediction and can never start one: [`RequestBody::Join`].
//! - While the model is set up, a request for events is answered 406, as by a model that does not stream, and a plain one
//!   503; a failed set-up is 503 for ever. `GET /health-check` tells them apart.

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
    // A create is answered at the model's end; a look, with 422 when the prediction is gone.
    let creates = step == Step::Create || (step == Step::Open && !known.begun);
    request.body = if creates { RequestBody::Create { model: None, version: None } } else { RequestBody::Join };
    if step == Step::Open {
        request.expects = Expects::Events;
        request.header(EVENTS.0, EVENTS.1);
    }
    request
}
