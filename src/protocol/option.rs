//! The names of options in messages: as JavaScript spells them in the npm package, and as Rust does in an app.

/// Only the npm package has the feature `npm`.
const fn spelled(javascript: &'static str, rust: &'static str) -> &'static str {
    if cfg!(feature = "npm") { javascript } else { rust }
}

/// Time to the first byte of an answer.
pub const CONNECT_TIMEOUT: &str = spelled("connectTimeoutMs", "connect_timeout");
/// How long a stream may be silent.
pub const IDLE_TIMEOUT: &str = spelled("idleTimeoutMs", "idle_timeout");
/// Time for the whole call.
pub const TIMEOUT: &str = spelled("timeoutMs", "timeout");
/// How long the server lets a prediction live.
pub const CANCEL_AFTER: &str = spelled("cancelAfter", "cancel_after");
/// How often the provider is asked for news.
pub const MAX_ATTEMPTS: &str = spelled("maxAttempts", "max_attempts");
/// The pause in between.
pub const POLL_INTERVAL: &str = spelled("pollIntervalMs", "poll_interval");
/// The token.
pub const TOKEN: &str = spelled("auth", "token");
/// Lets a page have the token.
pub const ALLOW_BROWSER: &str = spelled("dangerouslyAllowBrowser", "dangerously_allow_browser");
/// Where the provider's models are listed.
pub const MODELS: &str = spelled("ReplicateHome.models", "ReplicateHome::MODELS");
