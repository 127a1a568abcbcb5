//! A Cog server of one's own: the model server of which Replicate's models are made.
//!
//! The wire was measured on Cog 0.23.1, since its documents do not say all of it:
//! - a prediction that an event stream began is cancelled when its last reader goes, and a finished one is
//!   forgotten at once, so that the same PUT would run the model *again*;
//! - but a running prediction is joined before the input is looked at. A PUT whose input is no object
//!   (`{"input": 0}`) therefore joins a running prediction and can never start one: [`flag::JOINS`];
//! - while the model is set up, a request for events is answered 406 like one that does not stream, and
//!   a plain one 503; a failed set-up is 503 for ever. `GET /health-check` tells them apart.

use super::{EVENTS, Route};
use crate::protocol::http::flag;
use crate::protocol::run::Step;

pub(super) fn route(step: Step, begun: bool) -> Route<'static> {
    let (method, path, flags) = match step {
        Step::Health => ("GET", "/health-check", 0),
        Step::Cancel => ("POST", "/predictions/{}/cancel", flag::KEEPALIVE),
        Step::Open if begun => ("PUT", "/predictions/{}", flag::STREAM | flag::JOINS),
        Step::Open => ("PUT", "/predictions/{}", flag::STREAM | flag::CREATE),
        // The answer comes at the model's end.
        Step::Create => ("PUT", "/predictions/{}", flag::CREATE),
        // Answered 422 when the prediction is gone.
        _ => ("PUT", "/predictions/{}", flag::JOINS),
    };
    Route { method, path, flags, headers: if step == Step::Open { EVENTS } else { "" } }
}
