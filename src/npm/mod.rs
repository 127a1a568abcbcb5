//! What JavaScript sees, with the feature `npm`: the package's classes, options read from objects, and the JavaScript files
//! that are about JavaScript's own values. They are thin: how a call is sent is the `client`'s.
//!
//! `index.js` adds around the classes what generated glue lacks, see `classes.js`.

#![allow(unreachable_pub, missing_debug_implementations)] // Reached from JavaScript alone.

mod cog;
mod error;
mod files;
mod home;
mod options;
mod queue;
mod replicate;
mod request;
mod results;
mod state;
mod stream;

pub use cog::Cog;
pub use home::ReplicateHome;
pub use replicate::Replicate;
pub use stream::PredictionStream;
