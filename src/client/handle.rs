//! The place in a stream from which it can be resumed.

use serde::{Deserialize, Serialize};

/// Which prediction a stream follows and how much of it was delivered: what [`Replicate::resume`](crate::Replicate::resume)
/// takes. It serialises as `{"id", "lastEventId", "delivered"}`, as JavaScript's streams do, so a page can keep it over a
/// reload.
///
/// An id alone, as a `&str` or a `String`, is a handle too: all of the prediction's output is delivered again.
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
    /// Bytes of output text.
    #[serde(default)]
    pub(crate) delivered: usize,
}

impl Handle {
    /// The prediction's id; `None` where its create was not answered yet. Such a handle cannot be resumed.
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
