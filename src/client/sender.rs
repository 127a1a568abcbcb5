//! Sends the requests of a client with its `fetch`, headers, token and credentials.

use super::error::invalid;
use super::token::Token;
use crate::protocol::address::origin;
use crate::protocol::error::Error;
use crate::protocol::http::Request;
use crate::web::headers::{self, headers_of, is_empty, set_all};
use crate::web::page::in_page;
use crate::web::{Extras, Failure, Pending, Reply, send};
use js_sys::Function;
use std::borrow::Cow;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers};

/// The caller's headers, or a function that returns them for each request.
#[derive(Clone)]
pub(crate) enum HeaderSource {
    Fixed(Option<Headers>),
    Asked(Rc<dyn Fn() -> Pending<Result<Option<Headers>, Failure>>>),
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
    pub(crate) native: Vec<(&'static str, Cow<'static, str>)>,
}

/// What a call adds to a request.
#[derive(Default)]
pub(crate) struct Content {
    pub(crate) headers: Option<Headers>,
    pub(crate) body: JsValue,
    /// The body is JSON, unless the headers say otherwise.
    pub(crate) is_json: bool,
    pub(crate) signal: Option<AbortSignal>,
}

/// Adds headers to `headers`. The error for an invalid one does not show its value, which may be a secret.
pub(crate) fn with_headers<N: Into<String>, V: Into<String>>(
    headers: Option<Headers>,
    more: impl IntoIterator<Item = (N, V)>,
) -> Result<Headers, Error> {
    let refused = |name: &str| invalid(format!("The header {name:?} has a name or a value that HTTP does not allow"));
    let headers = headers.map_or_else(|| headers_of(&JsValue::UNDEFINED), Ok).map_err(|_| refused(""))?;
    for (name, value) in more {
        let (name, value) = (name.into(), value.into());
        headers::set(&headers, &name, &value).map_err(|_| refused(&name))?;
    }
    Ok(headers)
}

impl Sender {
    /// Whether a request that got a 401 can be sent again with a new token or new headers.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self.headers, HeaderSource::Asked(_)) || self.token.as_ref().is_some_and(Token::is_renewable)
    }

    /// Sends a request with the client's headers, token and credentials.
    pub(crate) async fn send(&self, request: &Request, content: Content) -> Result<Box<Reply>, Failure> {
        let token = match &self.token {
            Some(token) if request.trusted => token.get(request.renew_token).await?,
            _ => None,
        };
        let own = match &self.headers {
            _ if !self.is_to_base(request) => None,
            HeaderSource::Fixed(headers) => headers.clone(),
            HeaderSource::Asked(ask) => ask().await?,
        };
        let extras = self.extras(request, token, own, content).map_err(Failure::Own)?;
        send(&self.fetch, request, extras).await
    }

    /// Merges the headers of a request. Later ones win: the client's (`own`), the protocol's, the token, the call's.
    fn extras(
        &self,
        request: &Request,
        token: Option<String>,
        own: Option<Headers>,
        content: Content,
    ) -> Result<Extras, JsValue> {
        let carries = |headers: &Option<Headers>| headers.as_ref().is_some_and(|headers| !is_empty(headers));
        let bare = token.is_none() && !carries(&own) && !carries(&content.headers) && content.body.is_undefined();
        let headers = headers_of(&own.map_or(JsValue::UNDEFINED, JsValue::from))?;
        // All headers were validated before, so `set` does not throw.
        let set = |name: &str, value: &str| drop(headers::set(&headers, name, value));
        request.headers.iter().for_each(|(name, value)| set(name, value));
        if !in_page() {
            self.native.iter().for_each(|(name, value)| set(name, value));
        }
        if let Some(token) = token {
            set("authorization", &format!("Bearer {token}"));
        }
        if content.is_json {
            set("content-type", "application/json");
        }
        if let Some(own) = &content.headers {
            set_all(&headers, own);
        }
        let credentials = self.credentials.clone().filter(|_| self.is_to_base(request));
        Ok(Extras { headers, body: content.body, signal: content.signal, credentials, bare })
    }

    /// Whether a request goes to the origin of the base URL.
    fn is_to_base(&self, request: &Request) -> bool {
        origin(&request.url) == origin(&self.base)
    }
}
