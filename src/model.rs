//! Names of models: the provider's fixed list, and references to any model of Replicate.

use crate::error::{Error, join};

/// The text model of the provider.
pub const DEFAULT_MODEL: &str = "google-deepmind/gemma-2b-it";
/// The image model it takes when none is named.
pub const DEFAULT_IMAGE_MODEL: &str = "stability-ai/stable-diffusion-3";

/// One model of the provider.
#[derive(Debug, PartialEq, Eq)]
pub struct Model {
    /// `owner/name`.
    pub name: &'static str,
    /// The short name it can also be asked by.
    pub alias: &'static str,
    /// The version that the homepage ran.
    pub version: &'static str,
    /// Whether it makes images; else it makes text.
    pub image: bool,
}

/// The provider's models: text first, then images.
pub const MODELS: [Model; 4] = [
    Model {
        name: DEFAULT_MODEL,
        alias: "gemma-2b",
        version: "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626",
        image: false,
    },
    Model {
        name: DEFAULT_IMAGE_MODEL,
        alias: "sd-3",
        version: "527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f",
        image: true,
    },
    Model {
        name: "bytedance/sdxl-lightning-4step",
        alias: "sdxl",
        version: "5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f",
        image: true,
    },
    Model {
        name: "playgroundai/playground-v2.5-1024px-aesthetic",
        alias: "playground-v2.5",
        version: "a45f82a1382bed5c7aeb861dac7c7d191b0fdf74d8d57c4a0e6ed7d4d0bf7d24",
        image: true,
    },
];

/// The provider's model of a name or alias; an empty name is the default model.
///
/// # Errors
/// [`Error::ModelNotSupported`] for every other name.
pub fn find(name: &str) -> Result<&'static Model, Error> {
    let name = if name.is_empty() { DEFAULT_MODEL } else { name };
    MODELS
        .iter()
        .find(|model| model.name == name || model.alias == name)
        .ok_or_else(|| Error::ModelNotSupported(name.to_owned()))
}

/// What a prediction is asked of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A model by name, its version left to the server.
    Model(String),
    /// One version, by its id.
    Version(String),
}

impl Reference {
    /// Reads `owner/name`, `owner/name:version` or a bare version of 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for anything else.
    pub fn read(text: &str) -> Result<Self, Error> {
        let bare = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if bare {
            return Ok(Self::Version(text.to_owned()));
        }
        let (model, version) = match text.split_once(':') {
            Some((model, version)) => (model, Some(version)),
            None => (text, None),
        };
        let named = model.split_once('/').is_some_and(|(owner, name)| is_name(owner) && is_name(name));
        match version {
            None if named => Ok(Self::Model(model.to_owned())),
            Some(version) if named && is_name(version) => Ok(Self::Version(version.to_owned())),
            _ => Err(Error::InvalidArgument(join(&[
                "A model reference is owner/name, owner/name:version or a version of 64 hexadecimal digits, not \"",
                text,
                "\"",
            ]))),
        }
    }
}

/// The characters of owners, names and versions: none of them means anything in a path.
fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().all(plain) && text.bytes().any(|byte| byte != b'.')
}
