//! URLs: where requests go, and which hosts may get the token.

use std::collections::VecDeque;
use std::fmt::Write;

/// Replicate's API.
pub const API: &str = "https://api.replicate.com/v1";
/// The origin of Replicate's event streams: the only other one that may get the token.
const STREAM_ORIGIN: &str = "https://stream.replicate.com";

/// The origin of an absolute URL: everything before its path.
///
/// Origins are compared byte by byte with that of the base URL, which the platform's `URL` has normalised. A URL in any other
/// spelling has another origin and is not trusted.
#[must_use]
pub fn origin(url: &str) -> &str {
    let host = url.find([':']).map_or(0, |colon| colon + "://".len());
    let Some(rest) = url.get(host..) else { return "" };
    let path = rest.find(['/', '?', '#', '\\']);
    path.and_then(|path| url.get(..host + path)).unwrap_or(url)
}

/// Whether the token may go to a URL: to the origin of the base URL, and for Replicate's API also to Replicate's stream host.
#[must_use]
pub fn may_see_token(url: &str, base: &str) -> bool {
    let origin = self::origin(url);
    origin == self::origin(base) || (origin == STREAM_ORIGIN && self::origin(base) == self::origin(API))
}

/// The first segments of the API's routes.
const ROUTES: [&str; 9] =
    ["predictions", "models", "deployments", "trainings", "files", "collections", "hardware", "account", "webhooks"];

/// The URL of a route, or of a URL in an answer.
///
/// A URL of the API in an answer is moved under the base URL. For Replicate's own URLs (its examples have some with `http:`)
/// this keeps a page at its relay. For a relay's URLs it mends those of a relay that does not know the host or the path
/// prefix at which the page sees it.
#[must_use]
pub fn rebase(route: &str, base: &str) -> String {
    if !is_absolute(route) {
        let slash = if route.starts_with('/') { "" } else { "/" };
        return format!("{base}{slash}{route}");
    }
    match api_path(route) {
        Some(path) if !is_below(route, base) => format!("{base}{path}"),
        _ => route.to_owned(),
    }
}

/// The candidate URLs of an event stream, in order of likelihood, for the URL in an answer.
///
/// A relay that does not know its own host or path prefix gives out a URL that cannot be reached. So the route under the base
/// URL is a candidate too: the first one when the URL has another origin than the base, else the second one.
#[must_use]
pub fn stream_addresses(named: &str, base: &str) -> VecDeque<String> {
    let is_absolute = is_absolute(named);
    let is_known = is_absolute && (is_below(named, base) || origin(named) == STREAM_ORIGIN);
    let mut addresses = VecDeque::new();
    if !is_known && let Some(path) = api_path(named) {
        addresses.push_back(format!("{base}{path}"));
    }
    if is_absolute {
        addresses.push_back(named.to_owned());
    }
    addresses
}

fn is_absolute(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn is_below(url: &str, base: &str) -> bool {
    url.strip_prefix(base).is_some_and(|path| path.is_empty() || path.starts_with(['/', '?']))
}

/// The route in a URL of the API, on any host and below any prefix.
fn api_path(url: &str) -> Option<&str> {
    if matches!(origin(url), "https://api.replicate.com" | "http://api.replicate.com") {
        let path = url.strip_prefix(origin(url))?.strip_prefix("/v1")?;
        return (path.is_empty() || path.starts_with(['/', '?'])).then_some(path);
    }
    if origin(url) == STREAM_ORIGIN {
        return None;
    }
    let end = url.find(['?', '#']).unwrap_or(url.len());
    (0..end).filter_map(|at| url.get(at..)?.strip_prefix("/v1")).find(|path| {
        let route = path.strip_prefix('/').and_then(|path| path.split(['/', '?', '#']).next());
        route.is_some_and(|route| ROUTES.contains(&route))
    })
}

/// Whether an id is one path segment for every parser. An id of dots, or with a slash, would lead a request to another route.
#[must_use]
pub fn is_segment(id: &str) -> bool {
    let is_special = |char: char| matches!(char, '/' | '\\' | '?' | '#' | '%');
    let is_plain = |char: char| !char.is_control() && !char.is_whitespace() && !is_special(char);
    !id.is_empty() && id != "." && id != ".." && id.chars().all(is_plain)
}

/// Escapes a text to one path segment.
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
