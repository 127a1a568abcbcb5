//! Messages of a chat, from which the prompt is made.

use crate::client::error::invalid;
use crate::protocol::error::Error;
use crate::protocol::prompt::{self, Chat};

/// A message of a chat.
///
/// ```no_run
/// use replicate_wasm::{HomeOptions, Message};
///
/// let messages = [Message::system("You are a poet."), Message::user("Write a poem about spring.")];
/// let options = HomeOptions::new().proxy("/relay").messages(messages);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The role of its author: `system`, `user`, `assistant` or any other.
    pub role: String,
    /// Its text.
    pub content: String,
    /// The URLs of its images, which become the model's input `image`.
    pub images: Vec<String>,
}

impl Message {
    /// A message with any role.
    #[must_use]
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into(), images: Vec::new() }
    }

    /// A system message.
    #[must_use]
    pub fn system(content: impl Into<String>) -> Self {
        Self::new("system", content)
    }

    /// A message of the user.
    #[must_use]
    pub fn user(content: impl Into<String>) -> Self {
        Self::new("user", content)
    }

    /// An earlier answer of the model.
    #[must_use]
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new("assistant", content)
    }

    /// Adds an image.
    #[must_use]
    pub fn image(mut self, url: impl Into<String>) -> Self {
        self.images.push(url.into());
        self
    }
}

/// Converts the messages.
pub(super) fn chat(messages: Vec<Message>) -> Result<Chat, Error> {
    if messages.is_empty() {
        return Err(invalid("The option messages is empty: it needs at least one message"));
    }
    let mut chat = Chat::default();
    for Message { role, content, images } in messages {
        chat.messages.push(prompt::Message { role, content });
        chat.images.extend(images);
    }
    Ok(chat)
}
