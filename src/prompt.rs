//! Chat messages → one prompt, as the provider writes it.

use crate::error::{Error, join};
use crate::json::Json;

/// A message, its parts already put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `user`, `assistant`, `system` or any other.
    pub role: String,
    /// Its text.
    pub content: String,
    /// URLs of its images.
    pub images: Vec<String>,
}

/// Changes the case of a text. The page's engine has the Unicode tables; the module carries none.
pub trait Case {
    /// All of it in lower case, the final sigma rule included.
    fn lower(&self, text: &str) -> String;
    /// All of it in upper case.
    fn upper(&self, text: &str) -> String;
}

/// Reads the `messages` option.
///
/// # Errors
/// [`Error::InvalidArgument`] that says which message is not as it should be.
pub fn read<J: Json>(messages: &J) -> Result<Vec<Message>, Error> {
    let Some(len) = messages.length() else {
        return Err(Error::InvalidArgument("The option messages must be an array of {role, content}".into()));
    };
    if len == 0 {
        return Err(Error::InvalidArgument("The option messages is empty: it needs at least one message".into()));
    }
    (0..len).map(|at| read_message(messages.at(at).as_ref(), at)).collect()
}

fn read_message<J: Json>(message: Option<&J>, at: usize) -> Result<Message, Error> {
    let wrong = |what: &str| Error::InvalidArgument(join(&["The message messages[", &at.to_string(), "] ", what]));
    let role = message.and_then(|message| message.str("role")).ok_or_else(|| wrong("has no role (a string)"))?;
    let content = message.and_then(|message| message.get("content"));
    let content = content.ok_or_else(|| wrong("has no content (a string or an array of parts)"))?;
    if let Some(content) = content.as_str() {
        return Ok(Message { role, content, images: Vec::new() });
    }
    let len = content.length().ok_or_else(|| wrong("has a content that is neither a string nor an array of parts"))?;
    let (mut texts, mut images) = (Vec::new(), Vec::new());
    for index in 0..len {
        let part = content.at(index);
        let kind = part.as_ref().and_then(|part| part.str("type")).unwrap_or_default();
        let text = part.as_ref().and_then(|part| part.str("text"));
        let url = part.and_then(|part| part.get("image_url")).and_then(|image| image.str("url"));
        match (kind.as_str(), text, url) {
            ("text", Some(text), _) => texts.push(text),
            ("image_url", _, Some(url)) => images.push(url),
            ("text", ..) => return Err(wrong("has a text part without text")),
            ("image_url", ..) => return Err(wrong("has an image_url part without image_url.url")),
            _ => {
                return Err(wrong(&join(&[
                    "has a part of type \"",
                    &kind,
                    "\": only text and image_url parts are supported",
                ])));
            }
        }
    }
    Ok(Message { role, content: texts.join("\n"), images })
}

/// The prompt of an image model: the content of the last message.
#[must_use]
pub fn last(messages: &[Message]) -> String {
    messages.last().map(|message| message.content.clone()).unwrap_or_default()
}

/// The prompt of a text model: a single message as it is, else a line each and an open line for the
/// assistant.
#[must_use]
pub fn format(messages: &[Message], case: &impl Case) -> String {
    if messages.len() <= 1 {
        return last(messages);
    }
    let mut prompt = String::new();
    for Message { role, content, .. } in messages {
        prompt.push_str(&join(&[&capitalize(role, case), ": ", content, "\n"]));
    }
    prompt.push_str("Assistant:");
    prompt
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
