//! Letter case by the engine's Unicode tables.

use super::js::{changed, replaced};
use crate::protocol::prompt::Case;

/// [`Case`] by the engine's strings.
pub(crate) struct EngineCase;

impl Case for EngineCase {
    fn lower(&self, text: &str) -> String {
        changed(text, "toLowerCase", &[])
    }

    /// Title case by Unicode's SpecialCasing.txt and UnicodeData.txt: upper case with all but the first letter in lower case
    /// (ß becomes Ss), except for letters with a title case of their own.
    fn title(&self, first: &str) -> String {
        let Some(letter) = first.chars().next() else { return String::new() };
        let code = letter as u32;
        match letter {
            // Digraphs such as Ǆ ǅ ǆ: the second of three is the title case. Its code is a multiple of 3.
            '\u{1c4}'..='\u{1cc}' | '\u{1f1}'..='\u{1f3}' => {
                return char::from_u32(code + 1 - (code + 1) % 3).map(String::from).unwrap_or_default();
            }
            // The title case of Georgian letters is the letter itself, not its upper case.
            '\u{10d0}'..='\u{10ff}' => return first.to_owned(),
            _ => {}
        }
        let upper = changed(first, "toUpperCase", &[]);
        // ŉ becomes an apostrophe and a capital.
        if letter == '\u{149}' {
            return upper;
        }
        let head = upper.chars().next().map_or(0, char::len_utf8);
        let (head, tail) = upper.split_at_checked(head).unwrap_or_default();
        // A Greek iota subscript, which upper case turns into a letter, stays a subscript and joins the first letter.
        let lower = changed(tail, "toLowerCase", &[]);
        let title = head.to_owned() + &replaced(&lower, "\u{3b9}", "\u{345}");
        if tail == "\u{399}" { changed(&title, "normalize", &[]) } else { title }
    }
}
