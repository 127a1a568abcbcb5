//! A Cog server of one's own: the model server of which Replicate's models are made.
//!
//! The wire was measured on Cog 0.23.1, since its documents do not say all of it:
//! - a prediction that an event stream began is cancelled when its last reader goes, and a finished one is
//!   forgotten at once, so that the same PUT would run the model *again*;
//! - but a running prediction is joined before the input is looked at. A PUT whose input is no object
//!   (`{"input": 0}`) therefore joins a running prediction and can never start one: [`flag::JOINS`];
//! - while the model is set up, a request for events is answered 406 like one that does not stream, and
//!   a plain one 503; a failed set-up is 503 for ever. `GET /health-check` tells them apart.

use super::{Backend, EVENTS, Known};
use crate::http::{Request, flag, segment};
use crate::run::Step;

impl Backend {
    pub(super) fn of_cog(&self, step: Step, known: Known<'_>) -> Request {
        let id = segment(known.id);
        let mut request = match step {
            Step::Health => return self.below("GET", &["/health-check"]),
            Step::Cancel => self.below("POST", &["/predictions/", &id, "/cancel"]),
            _ => self.below("PUT", &["/predictions/", &id]),
        };
        request.flags = match step {
            Step::Cancel => flag::KEEPALIVE,
            Step::Open if known.begun => flag::STREAM | flag::JOINS,
            Step::Open => flag::STREAM | flag::CREATE,
            // The answer comes at the model's end.
            Step::Create => flag::CREATE,
            // Answered 422 when the prediction is gone.
            _ => flag::JOINS,
        };
        if step == Step::Open {
            request.headers = EVENTS.to_owned();
        }
        request
    }
}
