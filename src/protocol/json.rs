//! JSON values of the platform.
//!
//! The platform's `JSON.parse` is faster and smaller than a parser compiled to WebAssembly, and the user gets its object in
//! the end. So this room keeps such values as they are and reads the few fields that it needs by their paths. Native tests
//! implement the same trait with `serde_json`.

/// A JSON value.
///
/// A path is keys and indexes separated by dots, such as `urls.stream` or `output.0`. The empty path is the value itself.
pub trait Json: Clone {
    /// Decodes UTF-8; what is invalid becomes U+FFFD.
    fn decode(text: &[u8]) -> String;

    /// Parses a whole text as JSON, decoded in the same way.
    fn parse(text: &[u8]) -> Option<Self>;

    /// The string at a path; `None` for anything else.
    fn str(&self, path: &str) -> Option<String>;

    /// The value at a path as text: a string itself, any other value as JSON. `None` for null and a missing value.
    fn show(&self, path: &str) -> Option<String>;

    /// The number at a path; `None` for anything else.
    fn number(&self, path: &str) -> Option<f64>;

    /// The length of the array at a path; `None` for anything else.
    fn length(&self, path: &str) -> Option<usize>;
}

/// How many positions [`find`] tries. The limit bounds the work on a hostile page.
const MAX_CANDIDATES: usize = 64;

/// Finds the first JSON object inside another text, such as an HTML page.
///
/// An empty object is skipped: scripts and style sheets contain those, answers never are one.
pub fn find<J: Json>(text: &str) -> Option<J> {
    let text = text.as_bytes();
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'{').map(|(at, _)| at);
    starts.take(MAX_CANDIDATES).find_map(|start| {
        let object = balanced(&text[start..])?;
        let is_empty = object.iter().filter(|byte| !byte.is_ascii_whitespace()).count() <= 2;
        if is_empty { None } else { J::parse(object) }
    })
}

/// The text up to the bracket that closes the first one, without counting brackets in strings. `None` if it never closes.
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
