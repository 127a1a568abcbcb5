//! The options that builders share. Each option is validated where it is set. The builder keeps the first error, and
//! returns it from `build()` or as the first item of the results.

use super::base_url::base_url;
use super::error::invalid;
use super::sender::{HeaderSource, with_headers};
use crate::protocol::error::Error;
use crate::web::js::global;
use crate::web::{Failure, Pending};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Whether requests to the base URL carry cookies and other credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Never.
    Omit,
    /// Only to the page's own origin: the default of `fetch`.
    SameOrigin,
    /// Always. A relay on another origin must allow it (`Access-Control-Allow-Credentials`).
    Include,
}

impl Credentials {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Omit => "omit",
            Self::SameOrigin => "same-origin",
            Self::Include => "include",
        }
    }
}

/// The options of a builder for sending requests.
#[derive(Clone)]
pub(crate) struct SenderOptions {
    pub(crate) base: Option<String>,
    pub(crate) fetch: Option<Function>,
    pub(crate) headers: HeaderSource,
    pub(crate) credentials: Option<Credentials>,
}

impl Default for SenderOptions {
    fn default() -> Self {
        Self { base: None, fetch: None, headers: HeaderSource::Fixed(None), credentials: None }
    }
}

impl SenderOptions {
    /// The `fetch` to call. The global one is read for each client, since pages may replace it.
    pub(crate) fn fetch(&self) -> Function {
        self.fetch.clone().unwrap_or_else(|| global("fetch").unchecked_into())
    }

    pub(crate) fn credentials(&self) -> Option<String> {
        self.credentials.map(|credentials| credentials.name().to_owned())
    }

    pub(crate) fn set_base(&mut self, url: &str, option: &str) -> Result<(), Error> {
        self.base = Some(base_url(url, option)?);
        Ok(())
    }

    pub(crate) fn set_headers<N, V>(&mut self, headers: impl IntoIterator<Item = (N, V)>) -> Result<(), Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        self.headers = HeaderSource::Fixed(Some(with_headers(None, headers)?));
        Ok(())
    }

    pub(crate) fn ask_headers<N, V>(&mut self, ask: impl AsyncFn() -> Result<Vec<(N, V)>, Error> + 'static)
    where
        N: Into<String>,
        V: Into<String>,
    {
        let ask = Rc::new(ask);
        self.headers = HeaderSource::Asked(Rc::new(move || {
            let ask = Rc::clone(&ask);
            Box::pin(async move { Ok::<_, Failure>(Some(with_headers(None, ask().await?)?)) }) as Pending<_>
        }));
    }
}

/// Checks that a header can carry the text.
pub(crate) fn header_value(option: &str, text: &str) -> Result<String, Error> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(text.to_owned());
    }
    Err(invalid(format!("The option {option} must be a string of ASCII, in one line")))
}

/// Stores the first error of a builder.
macro_rules! keep_error {
    ($builder:ident, $result:expr) => {
        if let Err(error) = $result {
            $builder.error.get_or_insert(error);
        }
    };
}

/// The options that clients, calls and requests share.
macro_rules! setting_options {
    () => {
        /// The number of retries of a request; 5. A create that may have been accepted is never sent again.
        pub fn max_retries(mut self, retries: u32) -> Self {
            self.settings.limits.max_retries = retries;
            self
        }

        /// The longest time until an answer begins; 30 seconds. If the server waits for the model, that time is added.
        pub fn connect_timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.limits.connect = Some(limit);
            self
        }

        /// The longest silence of a stream before its first event, since models start cold; 300 seconds. Between events it
        /// is a fifth of this. After such a silence the client polls: the call goes on while the server says that the
        /// prediction runs.
        pub fn idle_timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.limits.idle = Some(limit);
            self
        }

        /// The longest time of the whole call; 30 minutes. Then it ends with [`Code::Timeout`](crate::Code::Timeout), and
        /// the prediction is cancelled as by a drop.
        pub fn timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.limits.total = Some(limit);
            self
        }

        /// Whether dropping the results, or reaching a time limit, cancels the prediction; `true`.
        pub fn cancel_on_drop(mut self, cancels: bool) -> Self {
            self.settings.cancel_on_leave = cancels;
            self
        }

        /// Called with each [state](crate::Results::state) of a call, for example to show it on the page. It may cancel the
        /// call.
        pub fn on_state(mut self, observer: impl Fn(&crate::client::CallState) + 'static) -> Self {
            self.settings.observer = Some(std::rc::Rc::new(observer));
            self
        }
    };
}

/// The option of whatever creates predictions on Replicate.
macro_rules! cancel_after_option {
    () => {
        /// Replicate cancels the prediction after this time, such as `90s`, `1m` or `1h30m`: the header `Cancel-After` of
        /// each create. It limits the cost of a prediction whose page has closed. Other values are
        /// [`Code::InvalidArgument`](crate::Code::InvalidArgument).
        pub fn cancel_after(mut self, time: &str) -> Self {
            match crate::protocol::backend::CancelAfter::read(time) {
                Ok(time) => self.settings.cancel_after = Some(time),
                Err(error) => drop(self.error.get_or_insert(error)),
            }
            self
        }
    };
}

/// The option of calls and requests.
macro_rules! signal_option {
    () => {
        /// When the signal is aborted, the call ends with [`Code::Canceled`](crate::Code::Canceled), and the prediction is
        /// cancelled as by a drop.
        pub fn signal(mut self, signal: &web_sys::AbortSignal) -> Self {
            self.settings.signal = Some(signal.clone());
            self
        }
    };
}

/// The options of clients and the provider for sending requests.
macro_rules! sending_options {
    () => {
        /// Headers of each request to the base URL's origin, and of no other. Invalid headers are
        /// [`Code::InvalidArgument`](crate::Code::InvalidArgument).
        pub fn headers<N: Into<String>, V: Into<String>>(mut self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
            keep_error!(self, self.sending.set_headers(headers));
            self
        }

        /// A function that returns the headers. It is called for each request, and again when the server answers 401. Its
        /// error ends the call. It replaces [`headers`](Self::headers).
        pub fn headers_from<N, V>(
            mut self,
            ask: impl AsyncFn() -> Result<Vec<(N, V)>, crate::client::Error> + 'static,
        ) -> Self
        where
            N: Into<String>,
            V: Into<String>,
        {
            self.sending.ask_headers(ask);
            self
        }

        /// Whether requests to the base URL carry cookies; [`Credentials::SameOrigin`](crate::Credentials) by default.
        pub fn credentials(mut self, credentials: crate::client::Credentials) -> Self {
            self.sending.credentials = Some(credentials);
            self
        }

        /// A function to call in place of the global `fetch`.
        pub fn fetch(mut self, fetch: js_sys::Function) -> Self {
            self.sending.fetch = Some(fetch);
            self
        }
    };
}

pub(crate) use {cancel_after_option, keep_error, sending_options, setting_options, signal_option};
