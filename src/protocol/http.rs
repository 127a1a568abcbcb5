//! Requests and answers as data, and the rules about addresses: where a request goes, and which of
//! them may see the token.

use crate::protocol::error::{Code, Error};
use crate::protocol::json::{Document, find, shown};
use crate::protocol::text::{digit, fill, join, shorten};

/// Replicate's API.
pub const API: &str = "https://api.replicate.com/v1";
/// The host of Replicate's event streams: the only other origin that may see the token.
const STREAM_ORIGIN: &str = "https://stream.replicate.com";

/// What is special about a request, as bits: the same numbers stand in `platform.js`.
pub mod flag {
    /// The answer is read piece by piece, as server-sent events.
    pub const STREAM: u32 = 1;
    /// The request outlives the page (`fetch`'s `keepalive`).
    pub const KEEPALIVE: u32 = 2;
    /// The user's token and headers may go to its address.
    pub const TRUSTED: u32 = 4;
    /// The token is to be asked for anew.
    pub const RENEW: u32 = 8;
    /// The user wants the answer itself, whatever it holds.
    pub const RAW: u32 = 16;
    /// The body is one that joins a running prediction of a Cog server and can start none.
    pub const JOINS: u32 = 32;
    /// The body is the user's input, sent as JSON; the core never sees it.
    pub const CREATE: u32 = 64;
    /// The body being read stays open beside it.
    pub const BESIDE: u32 = 128;
    /// The address must not stand in an error.
    pub const SECRET: u32 = 256;
    /// The address has the name of the model.
    pub const NAMED: u32 = 512;
}

/// A request to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The HTTP method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// Names and values of headers, one a line, beside those that the shell adds (token, user's headers).
    pub headers: String,
    /// What is special about it, see [`flag`].
    pub flags: u32,
}

impl Request {
    /// Whether it has a flag.
    #[must_use]
    pub fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Method and address as errors show them: without query, so without a signature.
    #[must_use]
    #[inline(never)]
    pub fn line(&self) -> String {
        let url = if self.has(flag::SECRET) { origin(&self.url) } else { &self.url };
        let end = url.bytes().position(|byte| byte == b'?' || byte == b'#').unwrap_or(url.len());
        join(&[&self.method, " ", url.get(..end).unwrap_or_default()])
    }
}

/// The origin of an absolute address: all before its path.
///
/// It is compared letter by letter with the base URL's, which the host's `URL` has put into its normal
/// form; an address written in any other way has another origin and is not trusted.
#[must_use]
pub fn origin(url: &str) -> &str {
    let host = url.bytes().position(|byte| byte == b':').map_or(0, |at| at + 3);
    let path = url.bytes().skip(host).position(|byte| matches!(byte, b'/' | b'?' | b'#' | b'\\'));
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
    let Some(address) = route.strip_prefix("https://").or_else(|| route.strip_prefix("http://")) else {
        return join(&[base, if route.starts_with("/") { "" } else { "/" }, route]);
    };
    match address.strip_prefix("api.replicate.com/v1") {
        Some(path) if matches!(path.as_bytes(), [] | [b'/' | b'?', ..]) => join(&[base, path]),
        _ => route.to_owned(),
    }
}

/// A text as one segment of a path.
#[must_use]
pub fn segment(text: &str) -> String {
    let mut path = String::new();
    for (at, byte) in text.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        let letter = text.get(at..=at).filter(|_| plain).unwrap_or("%");
        path.push_str(letter);
        if !plain {
            path.push_str(digit(byte >> 4));
            path.push_str(digit(byte & 15));
        }
    }
    path
}

/// What came back for a request, the `kind` of a [`Document`]: the same numbers stand in `platform.js`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, or an answer that broke off.
    Lost = 0,
    /// An answer that was read to its end and is no JSON.
    Text = 1,
    /// An answer that was read to its end and is, or contains, JSON.
    Json = 2,
    /// The head of an event stream, or what the user asked for raw: its body was not read.
    Body = 3,
}

/// What came back for a request: JSON where it is JSON, the JSON within the text where not.
pub fn kind<D: Document>(doc: &D) -> Kind {
    match doc.count("kind") {
        2 => Kind::Json,
        3 => Kind::Body,
        1 if find(doc.text("text").as_bytes(), |object| doc.parse(object)) => Kind::Json,
        1 => Kind::Text,
        _ => Kind::Lost,
    }
}

/// The status of an answer; 0 where none came.
pub(crate) fn status<D: Document>(doc: &D) -> u32 {
    doc.count("status")
}

/// The server's own words in an answer that is no success: a problem's `detail`, else its `title`, else the
/// text at a path.
pub fn problem<D: Document>(doc: &D, text: &str) -> String {
    let mut said = String::new();
    for path in ["json.detail", "json.error", "json.title", text] {
        if said.is_empty() {
            said = shown(doc, path, "");
        }
    }
    shorten(&said)
}

/// An answer of success that tells of no prediction: the error shows its text, shortened.
#[cold]
pub(crate) fn not_understood<D: Document>(doc: &D, request: &Request, what: &str) -> Box<Error> {
    let text = shorten(&doc.text("text"));
    Error::new(Code::Protocol, fill("The answer to {} {}: {}", &[&request.line(), what, &text]))
}
