//! How each server speaks: the requests it wants, and what its events mean. All decisions are the
//! [run](crate::run)'s.

mod cog;
pub mod homepage;
mod replicate;

pub use cog::Cog;
pub use homepage::Homepage;
pub use replicate::{Replicate, Target, Wait};

use crate::http::Request;
use crate::run::Ms;

/// What an event of a stream is to the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Its data is a piece of the output.
    Output,
    /// The stream is complete.
    Done,
    /// The prediction failed.
    Error,
    /// Anything else; it is handed on as it is.
    Other,
}

/// A server, and what is asked of it.
#[derive(Debug, Clone)]
pub enum Backend {
    /// The provider's homepage protocol.
    Homepage(Homepage),
    /// Replicate's API.
    Replicate(Replicate),
    /// A Cog server of one's own.
    Cog(Cog),
    /// One request of the user's own.
    Plain {
        /// The base URL.
        base: String,
        /// The request.
        request: Request,
    },
}

impl Default for Backend {
    fn default() -> Self {
        Self::Homepage(Homepage::new(&crate::model::MODELS[0]))
    }
}

impl Backend {
    /// The base URL.
    #[must_use]
    pub fn base(&self) -> &str {
        match self {
            Self::Homepage(homepage) => &homepage.base,
            Self::Replicate(replicate) => &replicate.base,
            Self::Cog(cog) => &cog.base,
            Self::Plain { base, .. } => base,
        }
    }

    /// The request that creates the prediction; `None` when it was created before.
    #[must_use]
    pub fn create(&self) -> Option<Request> {
        match self {
            Self::Homepage(homepage) => Some(homepage.create()),
            Self::Replicate(replicate) => replicate.create(),
            Self::Cog(cog) => Some(cog.create()),
            Self::Plain { request, .. } => Some(request.clone()),
        }
    }

    /// The request that looks at a prediction.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Request> {
        match self {
            Self::Homepage(homepage) => Some(homepage.get(id)),
            Self::Replicate(replicate) => Some(replicate.get(id)),
            Self::Cog(cog) => Some(cog.look()),
            Self::Plain { .. } => None,
        }
    }

    /// The request that stops a prediction, where the protocol has one.
    #[must_use]
    pub fn cancel(&self, id: &str) -> Option<Request> {
        match self {
            Self::Replicate(replicate) => Some(replicate.cancel(id)),
            Self::Cog(cog) => Some(cog.cancel()),
            Self::Homepage(_) | Self::Plain { .. } => None,
        }
    }

    /// What an event of that name is.
    #[must_use]
    pub fn kind(&self, name: &[u8]) -> Kind {
        match name {
            b"output" => Kind::Output,
            b"done" => Kind::Done,
            b"error" => Kind::Error,
            _ => Kind::Other,
        }
    }

    /// How much longer the create may take because the server waits for the model before it answers.
    #[must_use]
    pub fn create_waits(&self) -> Ms {
        match self {
            Self::Replicate(replicate) => replicate.create_waits(),
            // It answers when the model is done: only the time for the whole of it counts.
            Self::Cog(_) => Ms::MAX,
            Self::Homepage(_) | Self::Plain { .. } => 0,
        }
    }

    /// The pause after an unfinished look, the `looks`-th. `jitter` is a random number from 0 to 1.
    #[must_use]
    pub fn pause(&self, looks: u32, jitter: f64) -> Ms {
        match self {
            Self::Homepage(homepage) => homepage.interval,
            Self::Replicate(replicate) => replicate.pause(looks, jitter),
            Self::Cog(_) | Self::Plain { .. } => replicate::growing(looks, jitter),
        }
    }
}
