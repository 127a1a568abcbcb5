//! Chat messages → one prompt, as the provider writes it.

use crate::protocol::json::{Document, element};
use crate::protocol::text::{fill, join};

/// Changes the case of a text. The page's engine has the Unicode tables; the module carries none.
pub trait Case {
    /// All of it in lower case, the final sigma rule included.
    fn lower(&self, text: &str) -> String;
    /// One character in title case.
    fn title(&self, first: &str) -> String;
}

/// The prompt of the `messages` in a document, each a `role` and a `content` that are strings; `None` where there
/// are none.
///
/// For an image model (`last`) it is the content of the last message; for a text model a single message as it is,
/// else a line each and an open line for the assistant.
pub fn read<D: Document>(doc: &D, last: bool, case: &impl Case) -> Option<String> {
    let len = doc.length("messages")?;
    let mut prompt = String::new();
    for at in 0..len {
        let field = |name| doc.text(&join(&[&element("messages", at), name]));
        let content = field(".content");
        if last || len == 1 {
            prompt = content;
        } else {
            prompt.push_str(&fill("{}: {}\n", &[&capitalize(&field(".role"), case), &content]));
        }
    }
    if !last && len > 1 {
        prompt.push_str("Assistant:");
    }
    Some(prompt)
}

/// Python's `str.capitalize`: the first character in title case, the rest in lower case.
#[must_use]
pub fn capitalize(text: &str, case: &impl Case) -> String {
    let mut end = text.len().min(1);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    let first = &text[..end];
    // The rest is lowered with its first character before it, since a final sigma looks at what precedes.
    let lower = case.lower(text);
    let rest = lower.get(case.lower(first).len()..).unwrap_or_default();
    join(&[&case.title(first), rest])
}
