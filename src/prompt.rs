//! Chat messages → one prompt, as the provider writes it.

use crate::error::{Code, Error};
use crate::json::{Document, element};
use crate::text::{decimal, fill, join};

/// Changes the case of a text. The page's engine has the Unicode tables; the module carries none.
pub trait Case {
    /// All of it in lower case, the final sigma rule included.
    fn lower(&self, text: &str) -> String;
    /// All of it in upper case.
    fn upper(&self, text: &str) -> String;
}

/// What messages say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The prompt.
    pub prompt: String,
    /// URLs of the images among the parts.
    pub images: Vec<String>,
}

/// Reads the `messages` of a document. The prompt of an image model (`last`) is the content of the last
/// message; of a text model a single message as it is, else a line each and an open line for the assistant.
///
/// # Errors
/// `invalid_argument` that says which message is not as it should be.
pub fn read<D: Document>(doc: &D, last: bool, case: &impl Case) -> Result<Said, Box<Error>> {
    let invalid = |message: &str| Err(Error::new(Code::InvalidArgument, message.to_owned()));
    let Some(len) = doc.length("messages") else {
        return invalid("The option messages must be an array of {role, content}");
    };
    if len == 0 {
        return invalid("The option messages is empty: it needs at least one message");
    }
    let mut said = Said::default();
    for at in 0..len {
        let (role, content) = match message(doc, at, &mut said.images) {
            Ok(message) => message,
            Err(what) => return invalid(&fill("The message messages[{}] {}", &[&decimal(at as u32), &what])),
        };
        if last || len == 1 {
            said.prompt = content;
        } else {
            said.prompt.push_str(&join(&[&capitalize(&role, case), ": ", &content, "\n"]));
        }
    }
    if !last && len > 1 {
        said.prompt.push_str("Assistant:");
    }
    Ok(said)
}

/// Role and content of a message; text parts joined with a line feed, image parts among the images.
fn message<D: Document>(doc: &D, at: usize, images: &mut Vec<String>) -> Result<(String, String), String> {
    let field = |field| element("messages", at, field);
    let role = doc.str(&field(".role")).ok_or("has no role (a string)")?;
    let path = field(".content");
    if let Some(content) = doc.str(&path) {
        return Ok((role, content));
    }
    doc.show(&path).ok_or("has no content (a string or an array of parts)")?;
    let len = doc.length(&path).ok_or("has a content that is neither a string nor an array of parts")?;
    let mut content = String::new();
    let mut line = "";
    for index in 0..len {
        let part = |field| doc.str(&element(&path, index, field));
        match part(".type").unwrap_or_default().as_str() {
            "text" => {
                content.push_str(&join(&[line, &part(".text").ok_or("has a text part without text")?]));
                line = "\n";
            }
            "image_url" => {
                images.push(part(".image_url.url").ok_or("has an image_url part without image_url.url")?);
            }
            other => {
                let template = "has a part of type \"{}\": only text and image_url parts are supported";
                return Err(fill(template, &[other]));
            }
        }
    }
    Ok((role, content))
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
