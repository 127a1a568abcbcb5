//! The end of a long text.

/// The most bytes of text that are kept.
pub const PARTIAL: usize = 8 << 20;
/// The error of `text()` when more than that was read before.
pub const LATE_TEXT: &str = "text() was called too late, after more than 8 MiB had been read: call it before the loop";

/// The last 8 to 16 MiB of a text.
#[derive(Debug, Default)]
pub(super) struct Tail {
    kept: Vec<u8>,
}

impl Tail {
    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) {
        self.kept.extend_from_slice(text);
        if self.kept.len() > 2 * PARTIAL {
            // Done once in 8 MiB, so that the cost of a byte does not grow with the text.
            let from = self.kept.len() - PARTIAL;
            self.kept.copy_within(from.., 0);
            self.kept.truncate(PARTIAL);
        }
    }

    /// The last 8 MiB in whole characters.
    pub(super) fn partial(&self) -> &[u8] {
        let mut tail = &self.kept[self.kept.len().saturating_sub(PARTIAL)..];
        // The cut may be inside a character.
        while let [0x80..0xC0, rest @ ..] = tail {
            tail = rest;
        }
        tail
    }

    /// Whether `text` is at position `at` of this text of `bytes` bytes. Bytes that are no longer kept count as equal.
    pub(super) fn has(&self, bytes: usize, at: usize, text: &[u8]) -> bool {
        let kept_from = bytes - self.kept.len();
        let skip = kept_from.saturating_sub(at).min(text.len());
        let from = (at + skip).saturating_sub(kept_from);
        let text = &text[skip..];
        text.is_empty() || self.kept.get(from..).is_some_and(|kept| kept.starts_with(text))
    }

    /// Whether one of the two kept texts ends with the other.
    pub(super) fn ends_with(&self, other: &Self) -> bool {
        let (longer, shorter) = if self.kept.len() > other.kept.len() { (self, other) } else { (other, self) };
        longer.kept.ends_with(&shorter.kept)
    }
}
