//! JSON as the core sees it: a document that somebody else parsed.
//!
//! The page's own `JSON.parse` is faster and smaller than any parser compiled to WebAssembly, and the
//! object it makes is what the user gets in the end. So the core never owns JSON: it asks for the few
//! fields it reasons about, by their paths. Native tests implement the same trait over `serde_json`.

use crate::protocol::text::{decimal, join};

/// What came from outside: an answer, the data of an event, a call.
///
/// An answer has `kind` (see [`http`](crate::protocol::http)), `status`, `text`, `json`, `retry-after` in seconds; one that never
/// came has `detail` and `unsent`.
pub trait Document {
    /// Takes a text, decoded lossily, as `data`; parses one that is JSON from its first to its last character, as
    /// `json`, and says whether it was.
    fn parse(&self, text: &[u8]) -> bool;

    /// The string at a path such as `json.urls.stream`; `None` where there is anything else.
    fn str(&self, path: &str) -> Option<String>;

    /// What `String(value)` shows: a string as it is, all else as JSON. `None` for null and where nothing is.
    fn show(&self, path: &str) -> Option<String>;

    /// The number at a path; NaN where there is anything else.
    fn number(&self, path: &str) -> f64;

    /// How many elements the array at a path has; `None` for everything else.
    fn length(&self, path: &str) -> Option<usize>;

    /// `json` is the newest word on the prediction: the reader may see it.
    fn keep(&self);

    /// The string at a path; empty where there is anything else.
    #[inline(never)]
    fn text(&self, path: &str) -> String {
        self.str(path).unwrap_or_default()
    }

    /// The whole number at a path; 0 where there is anything else.
    #[inline(never)]
    fn count(&self, path: &str) -> u32 {
        self.number(path) as u32
    }
}

/// The path of an element of an array.
#[inline(never)]
pub(crate) fn element(list: &str, at: usize) -> String {
    join(&[list, ".", &decimal(at as u32)])
}

/// What is shown of a value that may be null.
#[inline(never)]
pub(crate) fn shown<D: Document>(doc: &D, path: &str, null: &str) -> String {
    doc.show(path).unwrap_or_else(|| null.into())
}

/// How many places of a text are tried before [`find`] gives up: it bounds the work on a hostile page.
const MAX_CANDIDATES: usize = 64;

/// Takes the first JSON object out of a text that is something else around it, such as an HTML page.
///
/// An empty object is passed over: it is what a script or a style sheet has, never an answer.
pub fn find(text: &[u8], parse: impl Fn(&[u8]) -> bool) -> bool {
    let mut rest = text;
    for _ in 0..MAX_CANDIDATES {
        while rest.first().is_some_and(|&byte| byte != b'{') {
            rest = &rest[1..];
        }
        let object = balanced(rest);
        if object.iter().filter(|byte| !byte.is_ascii_whitespace()).count() > 2 && parse(object) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// The bracketed text at the start, brackets inside strings not counted; empty where it never closes.
fn balanced(text: &[u8]) -> &[u8] {
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
            return &text[..=at];
        }
    }
    &[]
}
