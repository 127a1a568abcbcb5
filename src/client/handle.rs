//! The place in a stream from which it can be resumed.

use serde::{Deserialize, Serialize};

/// A prediction and the place in its stream, for [`Replicate::resume`](crate::Replicate::resume). It serialises as
/// `{"id", "lastEventId", "delivered"}`, like JavaScript's streams, so a page can store it across a reload.
///
/// An id, as a `&str` or a `String`, converts into a handle at the start of the output.
///
/// # Example
///
/// ```no_run
/// # use replicate_wasm::{Error, Event, Handle, Replicate, Results};
/// # fn keep(_: &str) {}
/// # fn kept() -> String { String::new() }
/// # async fn example(replicate: Replicate, poem: Results<Event>) -> Result<(), Box<dyn std::error::Error>> {
/// keep(&serde_json::to_string(&poem.handle())?);
/// // After the reload:
/// let handle: Handle = serde_json::from_str(&kept())?;
/// let mut rest = replicate.resume(handle);
/// while let Some(event) = rest.next().await {
///     println!("{}", event?);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handle {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_event_id: Option<String>,
    /// Bytes of text that were delivered.
    #[serde(default)]
    pub(crate) delivered: usize,
}

impl Handle {
    /// The prediction's id. `None` before the create is answered; such a handle cannot be resumed.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl From<String> for Handle {
    fn from(id: String) -> Self {
        Self { id: Some(id), ..Self::default() }
    }
}

impl From<&str> for Handle {
    fn from(id: &str) -> Self {
        id.to_owned().into()
    }
}

impl From<&Self> for Handle {
    fn from(handle: &Self) -> Self {
        handle.clone()
    }
}
