//! Makes the provider's prompt from chat messages.

use super::error::{Code, Error};
use super::json::Json;

/// A message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The role of its author: `system`, `user`, `assistant` or any other.
    pub role: String,
    /// Its text.
    pub content: String,
}

/// A chat: messages of text, and the images of all messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chat {
    /// The messages. The text parts of a message are joined with line feeds.
    pub messages: Vec<Message>,
    /// The URLs of the image parts, in order. They become the model's input `image`.
    pub images: Vec<String>,
}

/// Changes the case of a text with the engine's Unicode tables, so that the module needs none.
pub trait Case {
    /// The text in lower case, with the rule of the final sigma.
    fn lower(&self, text: &str) -> String;
    /// One character in title case.
    fn title(&self, first: &str) -> String;
}

/// The prompt for a text model: the content of a single message, or a line for each message and an open line for the assistant.
#[must_use]
pub fn text_prompt(messages: &[Message], case: &impl Case) -> String {
    if let [only] = messages {
        return only.content.clone();
    }
    let mut prompt = String::new();
    for Message { role, content } in messages {
        prompt += &format!("{}: {content}\n", capitalize(role, case));
    }
    prompt + "Assistant:"
}

/// The prompt for an image model: the content of the last message.
#[must_use]
pub fn image_prompt(messages: &[Message]) -> String {
    messages.last().map(|message| message.content.clone()).unwrap_or_default()
}

/// Python's `str.capitalize`: the first character in title case, the rest in lower case.
#[must_use]
pub fn capitalize(text: &str, case: &impl Case) -> String {
    let first = text.chars().next().and_then(|first| text.get(..first.len_utf8())).unwrap_or_default();
    // The whole text is lowered, since the rule of the final sigma depends on the letter before it.
    let lower = case.lower(text);
    let rest = lower.get(case.lower(first).len()..).unwrap_or_default();
    case.title(first) + rest
}

/// Reads messages: an array of objects with a `role` and a `content`, which is a string or an array of parts (`text`,
/// `image_url`).
///
/// # Errors
/// `invalid_argument` that names the invalid message.
pub fn read_messages(messages: &impl Json) -> Result<Chat, Error> {
    let length = messages.length("").unwrap_or(0);
    if length == 0 {
        return Err(invalid("The option messages is empty: it needs at least one message"));
    }
    let mut chat = Chat::default();
    for at in 0..length {
        let has = |what: &str| invalid(&format!("The message messages[{at}] has {what}"));
        let role = messages.str(&format!("{at}.role")).ok_or_else(|| has("no role (a string)"))?;
        let path = format!("{at}.content");
        let content = match messages.str(&path) {
            Some(content) => content,
            None if messages.show(&path).is_none() => {
                return Err(has("no content (a string or an array of parts)"));
            }
            None => read_parts(messages, &path, &mut chat.images).map_err(|what| has(&what))?,
        };
        chat.messages.push(Message { role, content });
    }
    Ok(chat)
}

/// Reads the parts at a path: returns their text and adds their images to `images`. The error completes "The message has".
fn read_parts(messages: &impl Json, path: &str, images: &mut Vec<String>) -> Result<String, String> {
    let Some(length) = messages.length(path) else {
        return Err("a content that is neither a string nor an array of parts".to_owned());
    };
    let mut content = None;
    for at in 0..length {
        let part = |field: &str| format!("{path}.{at}.{field}");
        match messages.show(&part("type")).unwrap_or_default().as_str() {
            "text" => {
                let text = messages.str(&part("text")).ok_or("a text part without text")?;
                content = Some(content.map_or_else(String::new, |before| before + "\n") + &text);
            }
            "image_url" => {
                images.push(messages.str(&part("image_url.url")).ok_or("an image_url part without image_url.url")?);
            }
            other => {
                return Err(format!("a part of type \"{other}\": only text and image_url parts are supported"));
            }
        }
    }
    Ok(content.unwrap_or_default())
}

fn invalid(message: &str) -> Error {
    Error::new(Code::InvalidArgument, message)
}
