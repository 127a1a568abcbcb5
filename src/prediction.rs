//! A prediction as the core sees it: what a server's answer says about it.

use crate::json::Json;

/// Where a prediction is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Accepted, the model not yet running.
    Starting,
    /// The model runs.
    Processing,
    /// Done, with an output.
    Succeeded,
    /// The model gave up.
    Failed,
    /// Stopped while it ran.
    Canceled,
    /// Stopped before it ran.
    Aborted,
}

impl Status {
    /// Reads a status. One that is not known is taken for `processing`: a server that learns a new
    /// word must not end a prediction that still runs.
    #[must_use]
    pub fn read(name: &str) -> Self {
        [Self::Starting, Self::Succeeded, Self::Failed, Self::Canceled, Self::Aborted]
            .into_iter()
            .find(|status| status.name() == name)
            .unwrap_or(Self::Processing)
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

    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        !matches!(self, Self::Starting | Self::Processing)
    }
}

/// The fields of a prediction that the core reasons about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prediction {
    /// The server's name for it.
    pub id: Option<String>,
    /// Its status, when the answer has one.
    pub status: Option<Status>,
    /// Why it failed, in the server's words.
    pub error: Option<String>,
    /// Where its events can be read.
    pub stream: Option<String>,
}

impl Prediction {
    /// Reads the fields out of an answer.
    pub fn read<J: Json>(json: &J) -> Self {
        Self {
            id: json.str("id").filter(|id| !id.is_empty()),
            status: json.str("status").map(|name| Status::read(&name)),
            error: json.get("error").map(|error| without_prefix(&error.text()).to_owned()),
            stream: json.get("urls").and_then(|urls| urls.str("stream")),
        }
    }
}

/// A Cog server begins its words with the sentence that the error has already, some of them twice.
fn without_prefix(error: &str) -> &str {
    let mut rest = error;
    while let Some(shorter) = rest.strip_prefix("Prediction failed: ") {
        rest = shorter;
    }
    rest
}

/// The elements of an output, from one on, as texts.
///
/// A list is its elements, and everything else is one element.
pub fn elements<J: Json>(output: &J, from: usize) -> Vec<String> {
    match output.length() {
        Some(len) => (from..len).map(|at| output.at(at).map_or_else(|| "null".into(), |item| item.text())).collect(),
        None if from == 0 => vec![output.text()],
        None => Vec::new(),
    }
}
