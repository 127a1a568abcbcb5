//! The output of the provider's models: text or images.

use crate::client::feed::{Decode, parts};
use crate::protocol::run::Piece;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use web_sys::Url;

/// A piece of the output of one of the provider's models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// A piece of text.
    Text(String),
    /// An image.
    Image(Image),
}

/// The text, or the image as Markdown.
impl fmt::Display for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Image(image) => image.fmt(f),
        }
    }
}

/// An image and its alternative text, the prompt. Its `Display` is Markdown, `[![alt](url)](url)`, with both escaped. A URL
/// that is no file's (such as `javascript:`) is left out: then it is the alternative text alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Its URL as the server gave it: an `https:` URL or a `data:` URI.
    pub url: String,
    /// Its alternative text.
    pub alt: String,
}

impl fmt::Display for Image {
    /// The same as `ImageResponse` in `files.js`, which works without the module.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut alt = String::new();
        for char in self.alt.replace("\r\n", "\n").chars() {
            match char {
                '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => alt.push(' '),
                '"' => {}
                '\\' | '[' | ']' | '`' | '<' => alt.extend(['\\', char]),
                _ => alt.push(char),
            }
        }
        let mut url = String::new();
        for char in self.url.chars() {
            if char.is_whitespace() || char.is_control() || "\"<>[]\\`()".contains(char) {
                char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| url += &format!("%{byte:02X}"));
            } else {
                url.push(char);
            }
        }
        if is_file(&url) { write!(f, "[![{alt}]({url})]({url})") } else { f.write_str(&alt) }
    }
}

/// Whether a URL may be one of a file: a `data:` URI, an `https:` URL, or an `http:` URL on loopback.
fn is_file(url: &str) -> bool {
    let starts = |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if starts("data:") {
        return url.contains(',');
    }
    let Some(url) = Url::new(url).ok().filter(|_| starts("http")) else { return false };
    let host = url.hostname();
    let is_loopback =
        host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
    url.protocol() == "https:" || (url.protocol() == "http:" && is_loopback)
}

/// Decodes the output of a text model or an image model.
pub(super) enum Chunks {
    Text,
    Images { alt: String },
}

impl Decode<Chunk> for Chunks {
    fn batch(&self, packed: &[u8]) -> Vec<Chunk> {
        parts(packed).map(Chunk::Text).collect()
    }

    fn piece(&self, piece: &Piece, _last_id: &str) -> Option<Chunk> {
        let data = piece.data.clone();
        Some(match self {
            Self::Text => Chunk::Text(data),
            Self::Images { alt } => Chunk::Image(Image { url: data, alt: alt.clone() }),
        })
    }

    fn text<'a>(&self, item: &'a Chunk) -> Cow<'a, str> {
        match item {
            Chunk::Text(text) => text.into(),
            Chunk::Image(image) => image.to_string().into(),
        }
    }

    fn keeps_text(&self) -> bool {
        matches!(self, Self::Text)
    }
}
