//! The base URL of a client.

use crate::protocol::address::API;
use crate::protocol::error::{Code, Error};
use crate::web::js::{at, location, url};
use crate::web::page::base_href;
use wasm_bindgen::JsValue;

/// Reads the URL of a server and removes slashes at its end. In a page it may be relative to the page. `option` is the
/// option's name for the error.
pub(crate) fn base_url(text: &str, option: &str) -> Result<String, Error> {
    // A page cannot send to a URL with a user name or a password, and errors would show them.
    let fits = |url: &JsValue| {
        let protocol = at(url, "protocol");
        (protocol == "http:" || protocol == "https:") && at(url, "username") == "" && at(url, "password") == ""
    };
    match url(text, base_href().as_deref()).filter(fits) {
        Some(url) => Ok(location(&url).trim_end_matches(['/']).to_owned()),
        None => {
            let words = "must be an http or https URL without a password, and absolute outside a page";
            Err(Error::new(Code::InvalidArgument, format!("The option {option} {words}")))
        }
    }
}

/// The base URL, or that of Replicate's API when the caller gives none. A page cannot use the API, which sends no CORS
/// headers, so there the error asks for a relay.
pub(crate) fn api_unless(base: Option<String>, direct: bool, option: &str) -> Result<String, Error> {
    match base {
        Some(base) => Ok(base),
        None if direct => Ok(API.to_owned()),
        None => {
            let words = "is needed in a page: the URL of a relay, such as /relay/v1";
            Err(Error::new(Code::InvalidArgument, format!("The option {option} {words}")))
        }
    }
}
