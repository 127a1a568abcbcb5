//! Requests and answers as data, and the rules about addresses: where a request goes, and which of
//! them may see the token.

use crate::error::{Error, join, shorten};
use crate::json::{self, Json};
use crate::prediction::Prediction;

/// Replicate's API.
pub const API: &str = "https://api.replicate.com/v1";
/// The host of Replicate's event streams: the only other origin that may see the token.
const STREAM_ORIGIN: &str = "https://stream.replicate.com";

/// Method and address of a request, as errors show them: without query, so without a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The HTTP method.
    pub method: String,
    /// The address.
    pub url: String,
}

impl RequestLine {
    /// The line of a request; the query and fragment of its address are left out.
    #[must_use]
    pub fn new(method: &str, url: &str) -> Self {
        let end = url.bytes().position(|byte| byte == b'?' || byte == b'#').unwrap_or(url.len());
        Self { method: method.to_owned(), url: url.get(..end).unwrap_or_default().to_owned() }
    }
}

/// What a request's body is made of. The shell adds the user's own part, which the core never sees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Create {
    /// The model, where the protocol wants it in the body.
    pub model: Option<String>,
    /// The version.
    pub version: Option<String>,
}

/// A request to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// Headers beside those that the shell adds to every request (token, user's headers).
    pub headers: Vec<(&'static str, String)>,
    /// The body, when there is one; it is sent as JSON.
    pub create: Option<Create>,
    /// The answer is read piece by piece, as server-sent events.
    pub stream: bool,
    /// The address must not stand in an error.
    pub secret: bool,
    /// The request outlives the page (`fetch`'s `keepalive`).
    pub keepalive: bool,
    /// The token is to be asked for anew.
    pub renew: bool,
    /// The user wants the answer itself, whatever it holds.
    pub raw: bool,
    /// The body is one that joins a running prediction of a Cog server and can start none.
    pub joins: bool,
}

impl Request {
    /// A request without body.
    #[must_use]
    #[inline(never)]
    pub fn new(method: &'static str, url: String) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            create: None,
            stream: false,
            secret: false,
            keepalive: false,
            renew: false,
            raw: false,
            joins: false,
        }
    }

    /// Adds a header.
    #[must_use]
    #[inline(never)]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// What an error shows of it.
    #[must_use]
    pub fn line(&self) -> RequestLine {
        RequestLine::new(self.method, if self.secret { origin(&self.url) } else { &self.url })
    }
}

/// The origin of an absolute address: all before its path.
///
/// It is compared letter by letter with the base URL's, which the host's `URL` has put into its normal
/// form; an address written in any other way has another origin and is not trusted.
#[must_use]
pub fn origin(url: &str) -> &str {
    let host = url.bytes().position(|byte| byte == b':').map_or(0, |at| at + 3);
    let path = url.bytes().skip(host).position(|byte| b"/?#\\".contains(&byte));
    url.get(..path.map_or(url.len(), |at| host + at)).unwrap_or_default()
}

/// Whether the token may go to an address: to the base URL's origin, and from Replicate's own API to
/// Replicate's own stream host.
#[must_use]
pub fn may_see_token(url: &str, base: &str) -> bool {
    let origin = self::origin(url);
    origin == self::origin(base) || (origin == STREAM_ORIGIN && self::origin(base) == self::origin(API))
}

/// The address to ask for a route or for an address found in an answer.
///
/// An absolute address of Replicate's API (its examples have some with `http:`) is asked under the base
/// URL, so that a page never leaves its relay.
#[must_use]
pub fn rebase(route: &str, base: &str) -> String {
    let path = [API, "http://api.replicate.com/v1"].iter().find_map(|api| {
        let rest = route.strip_prefix(api)?;
        (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
    });
    match path {
        Some(path) => join(&[base, path]),
        None if route.starts_with("https://") || route.starts_with("http://") => route.to_owned(),
        None => join(&[base, if route.starts_with('/') { "" } else { "/" }, route]),
    }
}

/// A text as one segment of a path.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut path = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            path.push(byte as char);
        } else {
            path.push('%');
            for digit in [byte >> 4, byte & 15] {
                path.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    path
}

/// What the core needs to know of an answer's head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The header `Date`.
    pub date: Option<String>,
    /// The host's clock, in seconds since 1970, for an answer without `Date`.
    pub clock: u64,
}

impl Head {
    /// Whether the status is one of success.
    #[must_use]
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What came back for a request.
#[derive(Debug, Clone)]
pub enum Answer<J> {
    /// An answer that was read to its end.
    Read {
        /// Its head.
        head: Head,
        /// Its body as JSON, or `None` where it holds none.
        json: Option<J>,
        /// Its body as it came.
        text: String,
    },
    /// The head of an event stream. Its body comes through `handle_chunk`.
    Stream(Head),
    /// No answer, or one that broke off: what the host said.
    Lost {
        /// The request surely never left this machine.
        unsent: bool,
        /// The host's own words.
        detail: String,
    },
}

impl<J: Json> Answer<J> {
    /// Makes an answer of what was read: JSON where it is JSON, the JSON within the text where not.
    pub fn read(head: Head, text: String) -> Self {
        let json = J::parse(&text).or_else(|| json::find(&text));
        Self::Read { head, json, text }
    }

    /// The object of the answer, where it is about a prediction.
    pub fn prediction(&self) -> Option<&J> {
        match self {
            Self::Read { head, json: Some(json), .. } if head.ok() && json.get("id").is_some() => Some(json),
            _ => None,
        }
    }
}

/// The server's own words in an answer that is no success: a problem's `detail`, else its `title`.
pub fn problem<J: Json>(json: Option<&J>, text: &str) -> String {
    let said = |key| json.and_then(|json| json.get(key)).map(|value: J| value.text());
    shorten(&said("detail").or_else(|| said("error")).or_else(|| said("title")).unwrap_or_else(|| text.to_owned()))
}

/// The prediction in an answer of success.
///
/// # Errors
/// [`Error::Protocol`] with the text of the answer, shortened, when there is none in it.
pub fn prediction<J: Json>(request: &RequestLine, json: Option<&J>, text: &str) -> Result<Prediction, Error> {
    let what = match json.map(Prediction::read) {
        Some(prediction) if prediction.id.is_some() || prediction.status.is_some() => return Ok(prediction),
        Some(_) => "has neither id nor status",
        None => "is not JSON",
    };
    let text = shorten(text);
    Err(Error::Protocol(join(&["The answer to ", &request.method, " ", &request.url, " ", what, ": ", &text])))
}
