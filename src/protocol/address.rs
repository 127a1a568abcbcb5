//! Addresses: where a request goes, and which of them may see the token.

use std::fmt::Write;

/// Replicate's API.
pub const API: &str = "https://api.replicate.com/v1";
/// The host of Replicate's event streams: the only other origin that may see the token.
const STREAM_ORIGIN: &str = "https://stream.replicate.com";

/// The origin of an absolute address: all before its path.
///
/// It is compared byte by byte with the origin of the base URL, which the host's `URL` has put into its normal form. An
/// address that is written in any other way has another origin and is not trusted.
#[must_use]
pub fn origin(url: &str) -> &str {
    let host = url.find(':').map_or(0, |colon| colon + "://".len());
    let Some(rest) = url.get(host..) else { return "" };
    let path = rest.find(['/', '?', '#', '\\']);
    path.map_or(url, |path| &url[..host + path])
}

/// Whether the token may go to an address: to the origin of the base URL, and from Replicate's own API to Replicate's own
/// stream host.
#[must_use]
pub fn may_see_token(url: &str, base: &str) -> bool {
    let origin = self::origin(url);
    origin == self::origin(base) || (origin == STREAM_ORIGIN && self::origin(base) == self::origin(API))
}

/// The address to ask for a route, or for an address that an answer names.
///
/// An absolute address of Replicate's API (its examples have some with `http:`) is asked under the base URL, so that a
/// page never leaves its relay.
#[must_use]
pub fn rebase(route: &str, base: &str) -> String {
    let Some(address) = route.strip_prefix("https://").or_else(|| route.strip_prefix("http://")) else {
        let slash = if route.starts_with('/') { "" } else { "/" };
        return format!("{base}{slash}{route}");
    };
    match address.strip_prefix("api.replicate.com/v1") {
        Some(path) if path.is_empty() || path.starts_with(['/', '?']) => format!("{base}{path}"),
        _ => route.to_owned(),
    }
}

/// A text as one segment of a path.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut segment = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            segment.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(segment, "%{byte:02X}");
        }
    }
    segment
}
