//! Every rule, without I/O: what to send, what an answer means, and when to try again.
//!
//! What belongs here decides; what it decides is done in [`web`](crate::web). There is no clock, no randomness, no socket
//! and no `JsValue`: effects come out of a state machine ([`run`]), results go in, and every rule is tested natively in
//! virtual time.

pub mod backend;
pub mod delivery;
pub mod error;
pub mod http;
pub mod json;
pub mod model;
pub mod prediction;
pub mod prompt;
pub mod retry;
pub mod run;
pub mod sse;
pub(crate) mod text;
