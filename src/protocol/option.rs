//! The names of options for messages: their JavaScript names in the npm package, their Rust names in an app.

/// Only the npm package has the feature `npm`.
const fn spelled(javascript: &'static str, rust: &'static str) -> &'static str {
    if cfg!(feature = "npm") { javascript } else { rust }
}

/// The longest time until an answer begins.
pub const CONNECT_TIMEOUT: &str = spelled("connectTimeoutMs", "connect_timeout");
/// The longest silence of a stream.
pub const IDLE_TIMEOUT: &str = spelled("idleTimeoutMs", "idle_timeout");
/// The longest time of the whole call.
pub const TIMEOUT: &str = spelled("timeoutMs", "timeout");
/// The time after which the server cancels a prediction.
pub const CANCEL_AFTER: &str = spelled("cancelAfter", "cancel_after");
/// The number of polls of the provider.
pub const MAX_ATTEMPTS: &str = spelled("maxAttempts", "max_attempts");
/// The pause between two polls of the provider.
pub const POLL_INTERVAL: &str = spelled("pollIntervalMs", "poll_interval");
/// The token.
pub const TOKEN: &str = spelled("auth", "token");
/// Allows a token in a page.
pub const ALLOW_BROWSER: &str = spelled("dangerouslyAllowBrowser", "dangerously_allow_browser");
/// The list of the provider's models.
pub const MODELS: &str = spelled("ReplicateHome.models", "ReplicateHome::MODELS");
