//! Upper and lower case by the tables of Rust's standard library.

use replicate_wasm::prompt::Case;

#[derive(Debug)]
pub(crate) struct StdCase;

impl Case for StdCase {
    fn lower(&self, text: &str) -> String {
        text.to_lowercase()
    }

    fn upper(&self, text: &str) -> String {
        text.to_uppercase()
    }
}
