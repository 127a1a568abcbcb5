//! Models: the provider's fixed list, and references to any model on Replicate.

use super::error::{Code, Error};
use super::option;

/// A model of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Model {
    /// `owner/name`.
    pub name: &'static str,
    /// A short name that works too.
    pub alias: &'static str,
    /// The version that the homepage runs.
    pub version: &'static str,
    /// The kind of its output.
    pub makes: Makes,
}

/// The kind of output of a provider's model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// Text.
    Text,
    /// Images.
    Images,
}

/// The provider's models. The first of each kind is its default.
pub const MODELS: [Model; 4] = [
    Model {
        name: "google-deepmind/gemma-2b-it",
        alias: "gemma-2b",
        version: "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626",
        makes: Makes::Text,
    },
    Model {
        name: "stability-ai/stable-diffusion-3",
        alias: "sd-3",
        version: "527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f",
        makes: Makes::Images,
    },
    Model {
        name: "bytedance/sdxl-lightning-4step",
        alias: "sdxl",
        version: "5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f",
        makes: Makes::Images,
    },
    Model {
        name: "playgroundai/playground-v2.5-1024px-aesthetic",
        alias: "playground-v2.5",
        version: "a45f82a1382bed5c7aeb861dac7c7d191b0fdf74d8d57c4a0e6ed7d4d0bf7d24",
        makes: Makes::Images,
    },
];

impl Model {
    /// Finds the provider's model with a name or an alias.
    ///
    /// # Errors
    /// `model_not_supported` if there is none.
    pub fn find(name: &str) -> Result<Self, Error> {
        let model = MODELS.iter().find(|model| model.name == name || model.alias == name);
        let error = || {
            let advice = "or run any other with Replicate";
            format!("Model not supported: \"{name}\". Choose one of {}, {advice}", option::MODELS)
        };
        model.copied().ok_or_else(|| Error::new(Code::ModelNotSupported, error()))
    }
}

/// A reference to a model or a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A model, `owner/name`. The server chooses the version.
    Model(String),
    /// A version, by its id.
    Version(String),
}

impl Reference {
    /// Reads `owner/name`, `owner/name:version` or a bare version of 64 hexadecimal digits.
    ///
    /// Owner, name and version consist of letters, digits, `.`, `-` and `_`, and not of dots only, since they become path
    /// segments.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn read(text: &str) -> Result<Self, Error> {
        let is_version = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_version {
            return Ok(Self::Version(text.to_owned()));
        }
        let (model, version) = match text.split_once([':']) {
            Some((model, version)) => (model, Some(version)),
            None => (text, None),
        };
        let is_model = model.split_once(['/']).is_some_and(|(owner, name)| is_name(owner) && is_name(name));
        match version {
            None if is_model => Ok(Self::Model(model.to_owned())),
            Some(version) if is_model && is_name(version) => Ok(Self::Version(version.to_owned())),
            _ => Err(Error::new(
                Code::InvalidArgument,
                format!(
                    "A model reference is owner/name, owner/name:version or a version of 64 hexadecimal digits, not \"{text}\""
                ),
            )),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    text.bytes().all(is_plain) && text.bytes().any(|byte| byte != b'.')
}
