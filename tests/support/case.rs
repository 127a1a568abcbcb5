//! Lower and title case by the tables of Rust's standard library. It has no title case, so this makes one.

use replicate_wasm::protocol::prompt::Case;

#[derive(Debug)]
pub(crate) struct StdCase;

impl Case for StdCase {
    fn lower(&self, text: &str) -> String {
        text.to_lowercase()
    }

    fn title(&self, first: &str) -> String {
        let mut upper = first.chars().flat_map(char::to_uppercase);
        upper.next().into_iter().chain(upper.flat_map(char::to_lowercase)).collect()
    }
}
