//! The end of a text that may be long.

/// How much of the text is kept at most.
pub const PARTIAL: usize = 8 << 20;

/// The last 8 MiB of a text, or a little more.
#[derive(Debug, Default)]
pub(super) struct Tail {
    kept: Vec<u8>,
}

impl Tail {
    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        self.kept.extend_from_slice(text);
        if self.kept.len() > 2 * PARTIAL {
            // Seldom, so that the cost of a byte stays the same however long the text is.
            let from = self.kept.len() - PARTIAL;
            self.kept.copy_within(from.., 0);
            self.kept.truncate(PARTIAL);
        }
    }

    /// The last 8 MiB in whole characters.
    pub(super) fn partial(&self) -> &[u8] {
        let mut tail = &self.kept[self.kept.len().saturating_sub(PARTIAL)..];
        // A cut may fall into a character.
        while let [0x80..0xC0, rest @ ..] = tail {
            tail = rest;
        }
        tail
    }

    /// Whether another text stands at a place of this one, which has so many bytes; as far as it was kept.
    pub(super) fn has(&self, bytes: usize, at: usize, text: &[u8]) -> bool {
        let kept_from = bytes - self.kept.len();
        let skip = kept_from.saturating_sub(at).min(text.len());
        let from = (at + skip).saturating_sub(kept_from);
        let text = &text[skip..];
        text.is_empty() || self.kept.get(from..).is_some_and(|kept| kept.starts_with(text))
    }

    /// Whether this text ends with another one, as far as both were kept.
    pub(super) fn ends_with(&self, other: &Self) -> bool {
        let (longer, shorter) = if self.kept.len() > other.kept.len() { (self, other) } else { (other, self) };
        longer.kept.ends_with(&shorter.kept)
    }
}
