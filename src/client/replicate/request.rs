//! Requests to other routes of the API.

use super::Replicate;
use crate::client::error::{invalid, typed};
use crate::client::input::to_value;
use crate::client::limits::Settings;
use crate::client::options::{setting_options, signal_option};
use crate::client::sender::{Content, with_headers};
use crate::client::to_json;
use crate::protocol::backend::Expects;
use crate::protocol::error::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use web_sys::{Headers, UrlSearchParams};

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
    /// `QUERY`: the search for models, whose body is the search text.
    Query,
}

impl Method {
    /// The method's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Query => "QUERY",
        }
    }
}

/// A request to a route of the API, made by [`Replicate::request`]. It is retried like other requests; a create that may
/// have been accepted is never sent again.
#[must_use = "nothing is sent before `send`"]
pub struct Request {
    replicate: Replicate,
    method: Method,
    route: String,
    query: Vec<(String, String)>,
    headers: Option<Headers>,
    body: JsValue,
    settings: Settings,
    error: Option<Error>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).field("route", &self.route).finish_non_exhaustive()
    }
}

impl Request {
    pub(super) fn new(replicate: &Replicate, method: Method, route: &str) -> Self {
        Self {
            replicate: replicate.clone(),
            method,
            route: route.to_owned(),
            query: Vec::new(),
            headers: None,
            body: JsValue::UNDEFINED,
            settings: replicate.client.settings.clone(),
            error: None,
        }
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        self.query.push((name.to_owned(), value.to_string()));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match with_headers(self.headers.take(), [(name, value)]) {
            Ok(headers) => self.headers = Some(headers),
            Err(error) => drop(self.error.get_or_insert(error)),
        }
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for a value that cannot be serialised.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Result<Self, Error> {
        let body = to_value("The body", body)?;
        self.body = to_json("The body", &body).map_err(Error::from)?;
        Ok(self.header("content-type", "application/json"))
    }

    /// Sets a plain text body.
    pub fn text(mut self, body: &str) -> Self {
        self.body = body.into();
        self.header("content-type", "text/plain")
    }

    setting_options!();
    signal_option!();

    /// Sends the request and returns the JSON of the answer as a `T`. For an answer without JSON use `()` or an `Option`.
    ///
    /// # Errors
    /// [`Code::Http`](crate::Code::Http) for an error status, [`Code::Protocol`](crate::Code::Protocol) for an answer that
    /// is not a `T`, [`Code::UnknownOutcome`](crate::Code::UnknownOutcome) when a create may have been accepted.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let client = &self.replicate.client;
        let mut route = self.route;
        if !self.query.is_empty() {
            let query = UrlSearchParams::new().map_err(|_| invalid("The query cannot be written"))?;
            self.query.iter().for_each(|(name, value)| query.append(name, value));
            let sign = if route.contains('?') { '&' } else { '?' };
            route = format!("{route}{sign}{}", String::from(query.to_string()));
        }
        let (headers, signal) = (self.headers, self.settings.signal.clone());
        let content = Content { headers, body: self.body, is_json: false, signal };
        let answers = client.request(self.method.name(), &route, Expects::Json, content, self.settings);
        typed("The answer", answers.last().await?, None)
    }
}
