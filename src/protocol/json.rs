//! JSON as the core sees it: a value that the host has parsed.
//!
//! The page's own `JSON.parse` is faster and smaller than any parser compiled to WebAssembly, and the object that it
//! makes is what the user gets in the end. So the core holds such values without looking inside, and asks for the few
//! fields that it reasons about by their paths. Native tests implement the same trait over `serde_json`.

/// A JSON value of the host.
///
/// A path is made of keys and indexes with dots between them, such as `urls.stream` or `output.0`. The empty path is the
/// value itself.
pub trait Json: Clone {
    /// Parses a text, decoded lossily, which must be JSON from its first to its last character.
    fn parse(text: &[u8]) -> Option<Self>;

    /// The string at a path; `None` where there is anything else.
    fn str(&self, path: &str) -> Option<String>;

    /// The value at a path as a text: a string as it is, all else as JSON. `None` for null and where nothing is.
    fn show(&self, path: &str) -> Option<String>;

    /// The number at a path; `None` where there is anything else.
    fn number(&self, path: &str) -> Option<f64>;

    /// The number of elements of the array at a path; `None` where there is anything else.
    fn length(&self, path: &str) -> Option<usize>;
}

/// How many places of a text [`find`] tries before it gives up. It bounds the work on a hostile page.
const MAX_CANDIDATES: usize = 64;

/// The first JSON object within a text that is something else around it, such as an HTML page.
///
/// An empty object is passed over: scripts and style sheets have those, answers never.
pub fn find<J: Json>(text: &str) -> Option<J> {
    let text = text.as_bytes();
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'{').map(|(at, _)| at);
    starts.take(MAX_CANDIDATES).find_map(|start| {
        let object = balanced(&text[start..])?;
        let is_empty = object.iter().filter(|byte| !byte.is_ascii_whitespace()).count() <= 2;
        if is_empty { None } else { J::parse(object) }
    })
}

/// The bracketed text at the start; brackets inside strings do not count. `None` where it never closes.
fn balanced(text: &[u8]) -> Option<&[u8]> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&text[..=at]);
        }
    }
    None
}
