//! The browser shell: the loop around a run. It knows no rule of any protocol.
//!
//! What is plain bookkeeping with JavaScript objects — reading options, building a `fetch`, the queue of an
//! iterator — is JavaScript beside it (`*.js`): a field read from Rust costs more bytes than the line that reads
//! it there. So the iterator that a page holds is JavaScript too (`host.js`), and what stands behind it is a
//! [`Driver`].

mod driver;
mod host;
mod timer;

pub use driver::Driver;
pub use host::Host;
