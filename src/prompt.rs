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
    let own = match first {
        'Ǆ'..='ǆ' => Some('ǅ'),
        'Ǉ'..='ǉ' => Some('ǈ'),
        'Ǌ'..='ǌ' => Some('ǋ'),
        'Ǳ'..='ǳ' => Some('ǲ'),
        // Georgian has an upper case that title case does not use.
        'ა'..='ჺ' | 'ჽ'..='ჿ' => Some(first),
        // Greek with iota subscript: one letter each, eight places after the small one.
        '\u{1F80}'..='\u{1F87}' | '\u{1F90}'..='\u{1F97}' | '\u{1FA0}'..='\u{1FA7}' => char::from_u32(first as u32 + 8),
        '\u{1FB3}' | '\u{1FC3}' | '\u{1FF3}' => char::from_u32(first as u32 + 9),
        '\u{1F88}'..='\u{1F8F}' | '\u{1F98}'..='\u{1F9F}' | '\u{1FA8}'..='\u{1FAF}' => Some(first),
        '\u{1FBC}' | '\u{1FCC}' | '\u{1FFC}' => Some(first),
        _ => None,
    };
    if let Some(own) = own {
        return own.into();
    }
    let upper = case.upper(text);
    let head = upper.chars().next().map_or(0, char::len_utf8);
    let (head, tail) = upper.split_at_checked(head).unwrap_or_default();
    match first {
        'ŉ' => upper,
        // The iota that upper case writes out stays a subscript.
        '\u{1F80}'..='\u{1FFF}' => {
            let subscript = |char| if char == 'Ι' { '\u{345}' } else { char };
            join(&[head, &tail.chars().map(subscript).collect::<String>()])
        }
        _ => join(&[head, &case.lower(tail)]),
    }
}
