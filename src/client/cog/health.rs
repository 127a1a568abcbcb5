//! The status of a Cog server.

use serde::Deserialize;

/// The status of a Cog server, and how its set-up went.
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
    /// The model is still being set up.
    Starting,
    /// It takes a prediction.
    Ready,
    /// It runs as many predictions as it can.
    Busy,
    /// The model's set-up failed, and no prediction will run.
    SetupFailed,
    /// The model's process has died.
    Defunct,
    /// The model's own health check failed.
    Unhealthy,
    /// A status that this version of the crate does not know.
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
