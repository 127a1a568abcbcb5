//! Every rule, without I/O: what to send, what an answer means, and when to try again.
//!
//! This room decides, and the room `web` acts. It has no clock, no randomness, no sockets and no `JsValue`: a state machine
//! ([`run`]) returns effects and takes their results, and every rule is tested natively in virtual time.
//!
//! No file uses a file of a later row:
//!
//! | files | content |
//! |---|---|
//! | [`json`], [`sse`], `digits`, [`date`], [`address`] | formats |
//! | [`prediction`], [`option`], [`error`], [`model`], [`prompt`] | the terms of the API |
//! | [`http`], [`retry`], [`delivery`] | requests, answers, and the record of delivered text |
//! | [`backend`] | the protocol of each kind of server |
//! | [`run`] | a prediction from its create to its end |

pub mod address;
pub mod backend;
pub mod date;
pub mod delivery;
mod digits;
pub mod error;
pub mod http;
pub mod json;
pub mod model;
pub mod option;
pub mod prediction;
pub mod prompt;
pub mod retry;
pub mod run;
pub mod sse;
