//! Sends the requests of a client with its `fetch`, headers, token and credentials.

use super::error::invalid;
use super::token::Token;
use crate::protocol::address::origin;
use crate::protocol::error::Error;
use crate::protocol::http::Request;
use crate::web::page::in_page;
use crate::web::{Extras, Failure, Pending, Reply, send};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers};

/// Header names and values.
pub(crate) type HeaderList = Vec<(String, String)>;

/// The caller's headers, or a function that returns them for each request.
#[derive(Clone)]
pub(crate) enum HeaderSource {
    Fixed(HeaderList),
    Asked(Rc<dyn Fn() -> Pending<Result<HeaderList, Failure>>>),
}

/// What a client adds to each of its requests.
pub(crate) struct Sender {
    pub(crate) fetch: Function,
    /// The base URL, without a slash at its end.
    pub(crate) base: String,
    /// Sent to the origin of the base URL only.
    pub(crate) headers: HeaderSource,
    /// `omit`, `same-origin` or `include`, for requests to the origin of the base URL only.
    pub(crate) credentials: Option<String>,
    pub(crate) token: Option<Token>,
    /// Headers for use outside of a page. In a page the browser sets them and does not let scripts set them.
    pub(crate) native: Vec<(&'static str, String)>,
}

/// What a call adds to a request.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) headers: HeaderList,
    pub(crate) body: JsValue,
    pub(crate) signal: Option<AbortSignal>,
}

/// Checks that a request can carry the headers.
pub(crate) fn check_headers(headers: &HeaderList) -> Result<(), Error> {
    let fits = |name: &str, value: &str| Headers::new().is_ok_and(|all| all.append(name, value).is_ok());
    match headers.iter().find(|(name, value)| !fits(name, value)) {
        None => Ok(()),
        // The error does not show the value, which may be a secret.
        Some((name, _)) => Err(invalid(format!("The header {name:?} has a name or a value that no request can carry"))),
    }
}

impl Sender {
    /// Whether a request that got a 401 can be sent again with a new token or new headers.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self.headers, HeaderSource::Asked(_)) || self.token.as_ref().is_some_and(Token::is_renewable)
    }

    /// Sends a request with the client's headers, token and credentials.
    pub(crate) async fn send(&self, request: &Request, content: Content) -> Result<Reply, Failure> {
        let to_base = origin(&request.url) == origin(&self.base);
        let token = match &self.token {
            Some(token) if request.trusted => token.get(request.renew_token).await?,
            _ => None,
        };
        let own = match &self.headers {
            _ if !to_base => Vec::new(),
            HeaderSource::Fixed(headers) => headers.clone(),
            HeaderSource::Asked(ask) => ask().await?,
        };
        let bare = token.is_none() && own.is_empty() && content.headers.is_empty() && content.body.is_undefined();
        let headers = Headers::new().map_err(Failure::Own)?;
        // All headers were validated before, so `set` does not throw.
        let set = |name: &str, value: &str| drop(headers.set(name, value));
        own.iter().for_each(|(name, value)| set(name, value));
        request.headers.iter().for_each(|(name, value)| set(name, value));
        if !in_page() {
            self.native.iter().for_each(|(name, value)| set(name, value));
        }
        if let Some(token) = token {
            set("authorization", &format!("Bearer {token}"));
        }
        content.headers.iter().for_each(|(name, value)| set(name, value));
        let credentials = self.credentials.clone().filter(|_| to_base);
        let extras = Extras { headers, body: content.body, signal: content.signal, credentials, bare };
        send(&self.fetch, request, extras).await
    }
}
