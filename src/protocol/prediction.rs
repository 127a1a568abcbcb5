//! A prediction as the core sees it: what a server's answer says about it.

use super::json::Json;

/// Where a prediction is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted; the model does not run yet.
    Starting,
    /// The model runs.
    Processing,
    /// The model is done and has made an output.
    Succeeded,
    /// The model gave up.
    Failed,
    /// Stopped while it ran.
    Canceled,
    /// Stopped before it ran.
    Aborted,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Starting, Self::Processing, Self::Succeeded, Self::Failed, Self::Canceled, Self::Aborted];

    /// The status of a name. One that is not known counts as `processing`: a server that learns a new word must not end
    /// a prediction that still runs.
    #[must_use]
    pub fn read(name: &str) -> Self {
        Self::ALL.into_iter().find(|status| status.name() == name).unwrap_or(Self::Processing)
    }

    /// The status as servers write it.
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

    /// Whether the prediction is over.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Starting | Self::Processing)
    }
}

/// The status that an answer tells.
pub(crate) fn status(prediction: &impl Json) -> Option<Status> {
    prediction.str("status").filter(|name| !name.is_empty()).map(|name| Status::read(&name))
}

/// Why a prediction failed, in the server's words; empty where it said nothing.
///
/// Some Cog servers put "Prediction failed: " before their words, once or twice. Our own sentence begins with it too.
pub(crate) fn error(prediction: &impl Json) -> String {
    let error = prediction.show("error").unwrap_or_default();
    let mut words = error.as_str();
    while let Some(rest) = words.strip_prefix("Prediction failed: ") {
        words = rest;
    }
    words.to_owned()
}

/// The elements of the output as texts; `None` where there is no output.
///
/// A list is its elements, everything else is one element. A null is no text and is left out.
pub(crate) fn elements(prediction: &impl Json) -> Option<Vec<String>> {
    match prediction.length("output") {
        Some(length) => Some((0..length).filter_map(|at| prediction.show(&format!("output.{at}"))).collect()),
        None => prediction.show("output").map(|whole| vec![whole]),
    }
}
