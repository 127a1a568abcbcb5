//! A Cog server of one's own: the model server of which Replicate's models are made.
//!
//! The wire was measured on Cog 0.23.1, since its documents do not say all of it:
//! - a prediction that an event stream began is cancelled when its last reader goes, and a finished one is
//!   forgotten at once, so that the same PUT would run the model *again*;
//! - but a running prediction is joined before the input is looked at. A PUT whose input is no object
//!   (`{"input": 0}`) therefore joins a running prediction and can never start one: see [`Cog::join`];
//! - while the model is set up, a request for events is answered 406 like one that does not stream, and
//!   a plain one 503; a failed set-up is 503 for ever. `GET /health-check` tells them apart.

use crate::error::join;
use crate::http::{Create, Request, segment};

/// A prediction on a Cog server.
#[derive(Debug, Clone)]
pub struct Cog {
    /// The server's address, without a slash at its end.
    pub base: String,
    /// The prediction's id, which the client makes.
    pub id: String,
}

impl Cog {
    /// Runs the model, its events streamed.
    #[must_use]
    pub fn open(&self) -> Request {
        let mut request = self.create().header("accept", "text/event-stream");
        request.stream = true;
        request
    }

    /// Runs the model, the answer coming at its end.
    #[must_use]
    pub fn create(&self) -> Request {
        let mut request = self.put();
        request.create = Some(Create::default());
        request
    }

    /// Joins the running prediction; answered 422 when it is gone.
    #[must_use]
    pub fn join(&self) -> Request {
        let mut request = self.look().header("accept", "text/event-stream");
        request.stream = true;
        request
    }

    /// Looks at the running prediction; answered 422 when it is gone.
    #[must_use]
    pub fn look(&self) -> Request {
        let mut request = self.put();
        request.joins = true;
        request
    }

    /// Asks how the server is.
    #[must_use]
    pub fn health(&self) -> Request {
        Request::new("GET", join(&[&self.base, "/health-check"]))
    }

    pub(super) fn cancel(&self) -> Request {
        let mut request = Request::new("POST", join(&[&self.base, "/predictions/", &segment(&self.id), "/cancel"]));
        request.keepalive = true;
        request
    }

    fn put(&self) -> Request {
        Request::new("PUT", join(&[&self.base, "/predictions/", &segment(&self.id)]))
    }
}
