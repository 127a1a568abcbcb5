//! JSON as the core sees it: a value somebody else parsed.
//!
//! The page's own `JSON.parse` is faster and smaller than any parser compiled to WebAssembly, and the
//! object it makes is what the user gets in the end. So the core never owns JSON: it asks a value for
//! the few fields it reasons about. Native tests implement the same trait for `serde_json::Value`.

/// A parsed JSON value.
pub trait Json: Clone {
    /// Parses a text that is JSON from its first to its last character.
    fn parse(text: &str) -> Option<Self>;

    /// A field of an object; `None` where there is none, or where it is null.
    fn get(&self, key: &str) -> Option<Self>;

    /// The value as a string, if it is one.
    fn as_str(&self) -> Option<String>;

    /// The value as a number, if it is one.
    fn as_f64(&self) -> Option<f64>;

    /// How many elements an array has; `None` for everything else.
    fn length(&self) -> Option<usize>;

    /// An element of an array.
    fn at(&self, index: usize) -> Option<Self>;

    /// The value written as JSON.
    fn to_json(&self) -> String;

    /// A string field of an object.
    #[inline(never)]
    fn str(&self, key: &str) -> Option<String> {
        self.get(key)?.as_str()
    }

    /// What `String(value)` shows of an element of an output: a string as it is, all else as JSON.
    #[inline(never)]
    fn text(&self) -> String {
        self.as_str().unwrap_or_else(|| self.to_json())
    }
}

/// How many places of a text are tried before [`find`] gives up: it bounds the work on a hostile page.
const MAX_CANDIDATES: usize = 64;

/// Takes the first JSON object out of a text that is something else around it, such as an HTML page.
///
/// An empty object is passed over: it is what a script or a style sheet has, never an answer.
pub fn find<J: Json>(text: &str) -> Option<J> {
    let mut rest = text;
    for _ in 0..MAX_CANDIDATES {
        rest = rest.get(rest.bytes().position(|byte| byte == b'{')?..)?;
        let object = rest.get(..balanced(rest).unwrap_or(0)).unwrap_or_default();
        let is_empty = object.bytes().filter(|byte| !byte.is_ascii_whitespace()).count() <= 2;
        if let Some(value) = J::parse(object).filter(|_| !is_empty) {
            return Some(value);
        }
        rest = rest.get(1..)?;
    }
    None
}

/// The length of the bracketed text at the start, brackets inside strings not counted.
fn balanced(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}
