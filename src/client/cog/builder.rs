//! The options of a Cog client.

use super::Cog;
use crate::client::call::Client;
use crate::client::error::invalid;
use crate::client::limits::Settings;
use crate::client::options::{SenderOptions, keep_error, sending_options, setting_options};
use crate::client::sender::Sender;
use crate::protocol::error::Error;
use std::rc::Rc;

/// Builds a [`Cog`]. [`build`](Self::build) returns the error of the first invalid option.
#[derive(Clone, Default)]
#[must_use]
pub struct CogBuilder {
    sending: SenderOptions,
    settings: Settings,
    error: Option<Error>,
}

/// Shows no secrets.
impl std::fmt::Debug for CogBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CogBuilder").field("base_url", &self.sending.base).finish_non_exhaustive()
    }
}

impl CogBuilder {
    /// The URL of the server, in a page also a relative one. Required.
    pub fn base_url(mut self, url: &str) -> Self {
        keep_error!(self, self.sending.set_base(url, "base_url"));
        self
    }

    sending_options!();
    setting_options!();

    /// Builds the client.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`](crate::Code::InvalidArgument) for the first invalid option, or a missing base URL.
    pub fn build(self) -> Result<Cog, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let sender = Sender {
            fetch: self.sending.fetch(),
            credentials: self.sending.credentials(),
            base: self.sending.base.ok_or_else(|| invalid("The option base_url is needed: the URL of a Cog server"))?,
            headers: self.sending.headers,
            token: None,
            native: Vec::new(),
        };
        Ok(Cog { client: Rc::new(Client { sender, settings: self.settings, files: None }) })
    }
}
