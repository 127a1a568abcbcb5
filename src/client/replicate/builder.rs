//! The options of a Replicate client.

use super::Replicate;
use crate::client::USER_AGENT;
use crate::client::base_url::api_unless;
use crate::client::call::Client;
use crate::client::limits::Settings;
use crate::client::options::{
    SenderOptions, cancel_after_option, header_value, keep_error, sending_options, setting_options,
};
use crate::client::sender::Sender;
use crate::client::token::Token;
use crate::protocol::error::Error;
use crate::web::page::{environment, in_page};
use crate::web::{Failure, Pending};
use std::rc::Rc;

/// Builds a [`Replicate`]. [`build`](Self::build) returns the error of the first invalid option.
#[derive(Clone, Default)]
#[must_use]
pub struct ReplicateBuilder {
    sending: SenderOptions,
    settings: Settings,
    token: Option<Auth>,
    allow_browser: bool,
    user_agent: Option<String>,
    error: Option<Error>,
}

#[derive(Clone)]
enum Auth {
    Text(String),
    Asked(crate::client::token::AskToken),
}

/// Shows no secrets.
impl std::fmt::Debug for ReplicateBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplicateBuilder").field("base_url", &self.sending.base).finish_non_exhaustive()
    }
}

impl ReplicateBuilder {
    /// The URL of the API: a relay's URL with its `/v1`, in a page also a relative one such as `/relay/v1`. Required in a
    /// page; elsewhere the default is `https://api.replicate.com/v1`.
    pub fn base_url(mut self, url: &str) -> Self {
        keep_error!(self, self.sending.set_base(url, "base_url"));
        self
    }

    /// A Replicate token. Anyone who opens a page can read it there, so in a page [`build`](Self::build) refuses it with
    /// [`Code::UnsafeAuth`](crate::Code::UnsafeAuth): use a relay, which needs no token. An empty token counts as none.
    /// Outside of a page the default is `REPLICATE_API_TOKEN` from the environment.
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(Auth::Text(token.to_owned()));
        self
    }

    /// A function that returns the token, for example a short-lived one from your own server. It is called before the first
    /// request, and again when the server answers 401. An empty token counts as none. Its error ends the call.
    ///
    /// ```no_run
    /// # use replicate_wasm::{Error, Replicate};
    /// # async fn short_lived_token() -> Result<String, Error> { Ok(String::new()) }
    /// # fn example() -> Result<(), Error> {
    /// let replicate = Replicate::builder().base_url("/relay/v1").token_from(async || short_lived_token().await).build()?;
    /// # Ok(()) }
    /// ```
    pub fn token_from(mut self, ask: impl AsyncFn() -> Result<String, Error> + 'static) -> Self {
        let ask = Rc::new(ask);
        self.token = Some(Auth::Asked(Rc::new(move || {
            let ask = Rc::clone(&ask);
            Box::pin(async move { ask().await.map_err(Failure::from) }) as Pending<_>
        })));
        self
    }

    /// Allows a [`token`](Self::token) in a page, and requests to Replicate without a relay. For pages that nobody else
    /// opens: an extension, a desktop shell.
    pub fn dangerously_allow_browser(mut self) -> Self {
        self.allow_browser = true;
        self
    }

    /// The `User-Agent` outside of a page (browsers set their own); `replicate-wasm/` and the version by default.
    pub fn user_agent(mut self, name: &str) -> Self {
        match header_value("user_agent", name) {
            Ok(name) => self.user_agent = Some(name),
            Err(error) => drop(self.error.get_or_insert(error)),
        }
        self
    }

    sending_options!();
    setting_options!();
    cancel_after_option!();

    /// Builds the client.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for the first invalid option, or a missing base URL in a page;
    /// [`Code::UnsafeAuth`](crate::Code::UnsafeAuth) for a token in a page.
    pub fn build(self) -> Result<Replicate, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let direct = self.allow_browser || !in_page();
        let environment = || environment("REPLICATE_API_TOKEN").filter(|_| !in_page()).map(Auth::Text);
        let token = match self.token.or_else(environment) {
            Some(Auth::Text(text)) => Token::fixed(&text, direct)?,
            Some(Auth::Asked(ask)) => Some(Token::asked(ask)),
            None => None,
        };
        let sender = Sender {
            fetch: self.sending.fetch(),
            credentials: self.sending.credentials(),
            base: api_unless(self.sending.base, direct, "base_url")?,
            headers: self.sending.headers,
            token,
            native: vec![("user-agent", self.user_agent.unwrap_or_else(|| USER_AGENT.to_owned()).into())],
        };
        Ok(Replicate { client: Rc::new(Client { sender, settings: self.settings, files: None }) })
    }
}
