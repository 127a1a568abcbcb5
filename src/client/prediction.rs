//! Predictions and pages of lists, as servers send them.

use crate::protocol::prediction::Status;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// A prediction with an output of type `T`, for [`Results::prediction`](crate::Results::prediction),
/// [`Replicate::wait`](crate::Replicate::wait) and requests to `/predictions`. It has the fields that all servers send.
/// Your own type works too, if it implements `Deserialize`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Prediction<T> {
    /// Its id.
    pub id: String,
    /// Its status.
    pub status: Status,
    /// The model, `owner/name`.
    #[serde(default)]
    pub model: Option<String>,
    /// The version's id.
    #[serde(default)]
    pub version: Option<String>,
    /// The output so far.
    #[serde(default = "Option::default")]
    pub output: Option<T>,
    /// The server's reason for a failure.
    #[serde(default, deserialize_with = "shown")]
    pub error: Option<String>,
    /// The logs of the model.
    #[serde(default)]
    pub logs: Option<String>,
    /// Metrics such as `predict_time`, in seconds.
    #[serde(default, deserialize_with = "numbers")]
    pub metrics: BTreeMap<String, f64>,
    /// When it was created, in ISO 8601.
    #[serde(default)]
    pub created_at: Option<String>,
    /// When the model started.
    #[serde(default)]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(default)]
    pub completed_at: Option<String>,
}

impl<'de> Deserialize<'de> for Status {
    /// An unknown status is read as `processing`, as everywhere in this crate.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|name| Self::read(&name))
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A page of a list, for `GET` requests to `/predictions`, `/models` and other lists. `next` is the route of the next page,
/// for [`Replicate::request`](crate::Replicate::request).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// The elements.
    pub results: Vec<T>,
    /// The URL of the next page.
    #[serde(default)]
    pub next: Option<String>,
    /// The URL of the previous page.
    #[serde(default)]
    pub previous: Option<String>,
}

/// Reads a string. Any other value is `None`.
fn shown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Shown {
        Text(String),
        Other(serde::de::IgnoredAny),
    }
    match Option::<Shown>::deserialize(deserializer).map_err(D::Error::custom)? {
        Some(Shown::Text(text)) => Ok(Some(text)),
        Some(Shown::Other(_)) | None => Ok(None),
    }
}

/// Reads the numbers of a map, and skips other values that servers add.
fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, f64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Measure {
        Number(f64),
        Other(serde::de::IgnoredAny),
    }
    let all = Option::<BTreeMap<String, Measure>>::deserialize(deserializer)?.unwrap_or_default();
    let number = |(name, measure)| match measure {
        Measure::Number(number) => Some((name, number)),
        Measure::Other(_) => None,
    };
    Ok(all.into_iter().filter_map(number).collect())
}
