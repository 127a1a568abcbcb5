//! How a Cog server says that it is.

use serde::Deserialize;

/// How a Cog server is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether it takes predictions.
    pub status: HealthStatus,
    /// What came of the model's set-up.
    #[serde(default)]
    pub setup: Option<Setup>,
}

/// Whether a Cog server takes predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum HealthStatus {
    /// The model is set up still.
    Starting,
    /// It takes a prediction.
    Ready,
    /// All that it can do at once is under way.
    Busy,
    /// The model's set-up failed, and no prediction will run.
    SetupFailed,
    /// The model's process has died.
    Defunct,
    /// The model's own check says so.
    Unhealthy,
    /// A word of a newer server.
    #[serde(other)]
    Unknown,
}

/// What came of a model's set-up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Setup {
    /// `starting`, `succeeded` or `failed`.
    #[serde(default)]
    pub status: Option<String>,
    /// What it has logged.
    #[serde(default)]
    pub logs: Option<String>,
    /// When it began, in ISO 8601.
    #[serde(default)]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(default)]
    pub completed_at: Option<String>,
}
