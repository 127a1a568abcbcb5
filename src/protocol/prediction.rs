//! Predictions: the fields that this room reads from answers.

use super::json::Json;

/// The status of a prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted, but the model does not run yet.
    Starting,
    /// The model runs.
    Processing,
    /// The model has finished.
    Succeeded,
    /// The model has failed.
    Failed,
    /// Cancelled while it ran.
    Canceled,
    /// Cancelled before it ran.
    Aborted,
}

impl Status {
    /// All statuses.
    pub const ALL: [Self; 6] =
        [Self::Starting, Self::Processing, Self::Succeeded, Self::Failed, Self::Canceled, Self::Aborted];

    /// Reads a status. An unknown one is read as `processing`, so that a new status of a server does not end a prediction that
    /// still runs.
    #[must_use]
    pub fn read(name: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.name() == name).unwrap_or(Self::Processing)
    }

    /// The status in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Aborted => "aborted",
        }
    }

    /// Whether the prediction has ended.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Starting | Self::Processing)
    }
}

/// The status in an answer.
pub(crate) fn status(prediction: &impl Json) -> Option<Status> {
    prediction.str("status").filter(|name| !name.is_empty()).map(|name| Status::read(&name))
}

/// The server's reason for a failure; empty if there is none.
///
/// Some Cog servers begin it with "Prediction failed: ", once or twice, and so does our own message. It is removed.
pub(crate) fn error(prediction: &impl Json) -> String {
    let error = prediction.show("error").unwrap_or_default();
    let mut words = error.as_str();
    while let Some(rest) = words.strip_prefix("Prediction failed: ") {
        words = rest;
    }
    words.to_owned()
}

/// The elements of the output as texts; `None` without output.
///
/// A value that is no list is one element. Nulls are skipped.
pub(crate) fn elements(prediction: &impl Json) -> Option<Vec<String>> {
    match prediction.length("output") {
        Some(length) => Some((0..length).filter_map(|at| prediction.show(&format!("output.{at}"))).collect()),
        None => prediction.show("output").map(|whole| vec![whole]),
    }
}
