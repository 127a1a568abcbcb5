//! Chat messages → one prompt, as the provider writes it.

use crate::json::{Document, element};
use crate::text::{fill, join};

/// Changes the case of a text. The page's engine has the Unicode tables; the module carries none.
pub trait Case {
    /// All of it in lower case, the final sigma rule included.
    fn lower(&self, text: &str) -> String;
    /// All of it in upper case.
    fn upper(&self, text: &str) -> String;
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
        let field = |name| doc.str(&element("messages", at, name)).unwrap_or_default();
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
    let Some(first) = text.chars().next() else { return String::new() };
    let first_text = text.get(..first.len_utf8()).unwrap_or_default();
    // The rest is lowered with its first character before it, since a final sigma looks at what precedes.
    let lower = case.lower(text);
    let rest = lower.get(case.lower(first_text).len()..).unwrap_or_default();
    join(&[&title(first, first_text, case), rest])
}

/// Title case of one character, after Unicode's `SpecialCasing.txt` and `UnicodeData.txt`.
///
/// It is upper case with all but the first letter lowered (`ß` → `Ss`), but for the letters below, whose
/// title case is a form of their own. Checked against Python for the whole of Unicode in
/// `tests/prompt.rs`.
fn title(first: char, text: &str, case: &impl Case) -> String {
    let code = first as u32;
    let own = match code {
        // Four letters that are two each: Ǆ, Ǉ, Ǌ, Ǳ with their titles behind them.
        0x1C4..=0x1CC => code - (code - 0x1C4) % 3 + 1,
        0x1F1..=0x1F3 => 0x1F2,
        // Georgian has an upper case that title case does not use.
        0x10D0..=0x10FA | 0x10FD..=0x10FF => code,
        // Greek with iota subscript: one letter each, eight or nine places after the small one.
        0x1F80..=0x1FAF => code | 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => code + 9,
        0x1FBC | 0x1FCC | 0x1FFC => code,
        _ => 0,
    };
    if own != 0 {
        return char::from_u32(own).map(String::from).unwrap_or_default();
    }
    let upper = case.upper(text);
    let mut chars = upper.chars();
    let head = chars.next().map(String::from).unwrap_or_default();
    let tail = chars.as_str();
    match code {
        // ŉ is an apostrophe and a capital.
        0x149 => upper,
        // The iota that upper case writes out stays a subscript.
        0x1F80..=0x1FFF => {
            let subscript = |char| if char == 'Ι' { '\u{345}' } else { char };
            join(&[&head, &tail.chars().map(subscript).collect::<String>()])
        }
        _ => join(&[&head, &case.lower(tail)]),
    }
}
