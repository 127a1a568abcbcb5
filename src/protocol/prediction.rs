//! A prediction as the core sees it: what a server's answer says about it.

use crate::protocol::json::{Document, element, shown};

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
    #[inline(never)]
    pub fn read(name: &str) -> Self {
        let known = [Self::Starting, Self::Succeeded, Self::Failed, Self::Canceled, Self::Aborted];
        known.into_iter().find(|status| status.name() == name).unwrap_or(Self::Processing)
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

/// The status that an answer tells.
pub(crate) fn status<D: Document>(doc: &D) -> Option<Status> {
    let name = doc.text("json.status");
    (!name.is_empty()).then(|| Status::read(&name))
}

/// Why a prediction failed, in the server's words.
///
/// A Cog server begins its words with the sentence that the error has already, some of them twice.
pub(crate) fn error<D: Document>(doc: &D) -> String {
    let error = shown(doc, "json.error", "");
    let mut rest = error.as_str();
    while let Some(shorter) = rest.strip_prefix("Prediction failed: ") {
        rest = shorter;
    }
    rest.to_owned()
}

/// Where the output of a prediction stands.
pub(crate) const OUTPUT: &str = "json.output";

/// What a null in an output is shown as.
pub(crate) const NULL: &str = "null";

/// The elements of the output, from one on, as texts; `None` where there is no output.
///
/// A list is its elements, and everything else is one element.
pub(crate) fn elements<D: Document>(doc: &D, from: usize) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    if let Some(len) = doc.length(OUTPUT) {
        for at in from..len {
            texts.push(shown(doc, &element(OUTPUT, at), NULL));
        }
    } else {
        let whole = doc.show(OUTPUT)?;
        if from == 0 {
            texts.push(whole);
        }
    }
    Some(texts)
}
