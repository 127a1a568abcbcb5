//! Every rule, without I/O: what to send, what an answer means, and when to try again.
//!
//! This room decides; the room `web` does what was decided. There is no clock, no randomness, no socket and no
//! `JsValue` in here: effects come out of a state machine ([`run`]), results go in, and every rule is tested natively in
//! virtual time.
//!
//! No file uses one that stands below it:
//!
//! | files | what they are about |
//! |---|---|
//! | [`json`], [`sse`], [`date`], [`address`] | formats: what bytes and texts mean |
//! | [`option`], [`prediction`], [`error`], [`model`], [`prompt`] | the words of the field |
//! | [`http`], [`retry`], [`delivery`] | requests, answers, and what was delivered |
//! | [`backend`] | how each kind of server is asked |
//! | [`run`] | one prediction from its creation to its end |

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
