//! What a client, a call or a request is told by its builder. Each option is checked where it is set; the first error is
//! kept, and is what `build()` gives or the first item of the results.

use super::base_url::base_url;
use super::error::invalid;
use super::sender::{HeaderSource, with_headers};
use crate::protocol::error::Error;
use crate::web::js::global;
use crate::web::{Failure, Pending};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Whether cookies and other credentials go along with the requests to the base URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Never.
    Omit,
    /// To the page's own origin, as `fetch` has it by default.
    SameOrigin,
    /// Always: a relay on another origin must allow it (`Access-Control-Allow-Credentials`).
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

/// How a client sends, as far as its builder was told.
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
    /// `fetch`. It is looked up for each client and not once for all, since pages replace theirs.
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

/// A text that a header can carry.
pub(crate) fn header_value(option: &str, text: &str) -> Result<String, Error> {
    if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(text.to_owned());
    }
    Err(invalid(format!("The option {option} must be a string of ASCII, in one line")))
}

/// Keeps the first error of a builder.
macro_rules! keep_error {
    ($builder:ident, $result:expr) => {
        if let Err(error) = $result {
            $builder.error.get_or_insert(error);
        }
    };
}

/// The options of a client and of a call alike.
macro_rules! setting_options {
    () => {
        /// How often a request that failed is sent again; 5. A create that may have been accepted never is.
        pub fn max_retries(mut self, retries: u32) -> Self {
            self.settings.limits.max_retries = retries;
            self
        }

        /// How long an answer may take to its first byte; 30 seconds. Where the server waits for the model, that time is
        /// added.
        pub fn connect_timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.limits.connect = Some(limit);
            self
        }

        /// How long a stream may be silent before its first event, since models start cold; 300 seconds. Between events a
        /// fifth of it. After a silence the client asks for the prediction: while the server says that it runs, the call
        /// goes on.
        pub fn idle_timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.limits.idle = Some(limit);
            self
        }

        /// How long the whole prediction may take; 30 minutes. Then the call ends with
        /// [`Code::Timeout`](crate::Code::Timeout) and the prediction is cancelled as by a drop.
        pub fn timeout(mut self, limit: std::time::Duration) -> Self {
            self.settings.limits.total = Some(limit);
            self
        }

        /// Whether results that are dropped, and a time limit that has passed, cancel the prediction on the server; `true`.
        pub fn cancel_on_drop(mut self, cancels: bool) -> Self {
            self.settings.cancel_on_leave = cancels;
            self
        }

        /// Called at each change of what a call is doing, which [`Results::state`](crate::Results::state) tells too: for a
        /// line of text on the page. It may cancel the call.
        pub fn on_state(mut self, observer: impl Fn(&crate::client::CallState) + 'static) -> Self {
            self.settings.observer = Some(std::rc::Rc::new(observer));
            self
        }
    };
}

/// The option of all that creates predictions on Replicate.
macro_rules! cancel_after_option {
    () => {
        /// How long Replicate lets a prediction live, such as `90s`, `5m` or `1h30m`; the header `Cancel-After` of each
        /// create. It bounds what a page costs that goes away without a word. Anything that is no duration is
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

/// The option of a call or a request.
macro_rules! signal_option {
    () => {
        /// Stops the call when it is aborted, with [`Code::Canceled`](crate::Code::Canceled); the prediction is cancelled as
        /// by a drop.
        pub fn signal(mut self, signal: &web_sys::AbortSignal) -> Self {
            self.settings.signal = Some(signal.clone());
            self
        }
    };
}

/// The options of all that sends for itself: clients and the provider.
macro_rules! sending_options {
    () => {
        /// Headers that are sent with each request to the base URL's origin, and nowhere else. Those that no request can
        /// carry are [`Code::InvalidArgument`](crate::Code::InvalidArgument).
        pub fn headers<N: Into<String>, V: Into<String>>(mut self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
            keep_error!(self, self.sending.set_headers(headers));
            self
        }

        /// Asks for the headers anew for each request, and again when the server answers 401. The error that it gives ends
        /// the call. It takes the place of [`headers`](Self::headers).
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

        /// Whether cookies go along with the requests to the base URL; [`Credentials::SameOrigin`](crate::Credentials).
        pub fn credentials(mut self, credentials: crate::client::Credentials) -> Self {
            self.sending.credentials = Some(credentials);
            self
        }

        /// A function that is called in place of the global `fetch`.
        pub fn fetch(mut self, fetch: js_sys::Function) -> Self {
            self.sending.fetch = Some(fetch);
            self
        }
    };
}

pub(crate) use {cancel_after_option, keep_error, sending_options, setting_options, signal_option};
