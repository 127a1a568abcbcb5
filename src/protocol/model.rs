//! Names of models: the provider's fixed list, and references to any model of Replicate.

use crate::protocol::error::{Code, Error};
use crate::protocol::text::fill;

/// The provider's models, a line each: name, alias, the version that the homepage ran, and `image` for a model of
/// images; the others are of text. The first of each sort is its default.
pub const MODELS: &str = "\
google-deepmind/gemma-2b-it gemma-2b dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626
stability-ai/stable-diffusion-3 sd-3 527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f image
bytedance/sdxl-lightning-4step sdxl 5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f image
playgroundai/playground-v2.5-1024px-aesthetic playground-v2.5 a45f82a1382bed5c7aeb861dac7c7d191b0fdf74d8d57c4a0e6ed7d4d0bf7d24 image
";

/// One model of the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Model {
    /// The provider's model of a name or alias.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Self::all().find(|model| model.name == name || model.alias == name)
    }

    /// The provider's models.
    pub fn all() -> impl Iterator<Item = Self> {
        MODELS.lines().filter_map(|line| {
            let mut words = line.split(' ');
            let (name, alias, version) = (words.next()?, words.next()?, words.next()?);
            Some(Self { name, alias, version, image: words.next().is_some() })
        })
    }
}

/// What a prediction is asked of: a model by name, its version left to the server, or a version by its id.
/// The other is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reference {
    /// `owner/name`.
    pub model: String,
    /// The version's id.
    pub version: String,
}

impl Reference {
    /// Reads `owner/name`, `owner/name:version` or a bare version of 64 hexadecimal digits. Their characters
    /// mean nothing in a path, and no name is made of dots alone.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn read(text: &str) -> Result<Self, Box<Error>> {
        let (mut slash, mut version, mut named, mut hex) = (false, 0, false, true);
        for (at, byte) in text.bytes().enumerate() {
            hex &= byte.is_ascii_hexdigit();
            match byte {
                b'.' => continue,
                b'/' if named && !slash => slash = true,
                b':' if named && slash && version == 0 => version = at + 1,
                b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                    named = true;
                    continue;
                }
                _ => return Err(Self::invalid(text)),
            }
            named = false;
        }
        if !(named && slash || hex && text.len() == 64) {
            return Err(Self::invalid(text));
        }
        let mut reference = Self::default();
        let named = if slash && version == 0 { &mut reference.model } else { &mut reference.version };
        named.push_str(&text[version..]);
        Ok(reference)
    }

    #[cold]
    fn invalid(text: &str) -> Box<Error> {
        let template =
            "A model reference is owner/name, owner/name:version or a version of 64 hexadecimal digits, not \"{}\"";
        Error::new(Code::InvalidArgument, fill(template, &[text]))
    }
}
