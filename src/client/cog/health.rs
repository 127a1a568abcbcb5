//! The state of a Cog server.

use serde::Deserialize;

/// The state of a Cog server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether it takes predictions.
    pub status: HealthStatus,
    /// The result of the model's setup.
    #[serde(default)]
    pub setup: Option<Setup>,
}

/// Whether a Cog server takes predictions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum HealthStatus {
    /// The setup of the model is still running.
    Starting,
    /// It can take a prediction.
    Ready,
    /// It runs as many predictions as it can.
    Busy,
    /// The setup of the model failed. No prediction will run.
    SetupFailed,
    /// The model's process has died.
    Defunct,
    /// The model's own health check failed.
    Unhealthy,
    /// A status of a newer server.
    #[serde(other)]
    Unknown,
}

/// The setup of a model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Setup {
    /// `starting`, `succeeded` or `failed`.
    #[serde(default)]
    pub status: Option<String>,
    /// Its logs.
    #[serde(default)]
    pub logs: Option<String>,
    /// When it began, in ISO 8601.
    #[serde(default)]
    pub started_at: Option<String>,
    /// When it ended.
    #[serde(default)]
    pub completed_at: Option<String>,
}
