//! The token of a client. No public function returns it.

use crate::protocol::error::{Code, Error};
use crate::protocol::option::{ALLOW_BROWSER, TOKEN};
use crate::web::js::{promise, settled};
use crate::web::{Failure, Pending};
use js_sys::Promise;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// A function that returns a token. An empty token is not sent.
pub(crate) type AskToken = Rc<dyn Fn() -> Pending<Result<String, Failure>>>;

/// A token, or a function that returns it.
pub(crate) enum Token {
    /// A token that never changes.
    Fixed(String),
    /// The function is called before the first request, and again when a server refuses the token.
    Asked { ask: AskToken, current: RefCell<Option<Rc<Asking>>> },
}

impl Token {
    /// Validates a token; `None` when it is empty. A client that is not `direct` is in a page, where a token is refused.
    pub(crate) fn fixed(text: &str, direct: bool) -> Result<Option<Self>, Error> {
        let token = checked(text)?;
        if token.is_some() && !direct {
            let message =
                format!("A token in a page can be read by anyone: use the base URL of a relay, or {ALLOW_BROWSER}");
            return Err(Error::new(Code::UnsafeAuth, message));
        }
        Ok(token.map(Self::Fixed))
    }

    pub(crate) fn asked(ask: AskToken) -> Self {
        Self::Asked { ask, current: RefCell::default() }
    }

    /// Whether a refused token can be replaced by a new one.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self, Self::Asked { .. })
    }

    /// Returns the token. Concurrent requests share one call of the function. A failed call is not kept.
    pub(crate) async fn get(&self, renew: bool) -> Result<Option<String>, Failure> {
        let (ask, current) = match self {
            Self::Fixed(token) => return Ok(Some(token.clone())),
            Self::Asked { ask, current } => (ask, current),
        };
        if renew {
            current.take();
        }
        let shared = current.borrow().clone();
        let asking = shared.unwrap_or_else(|| {
            let asking = Asking::begin(ask());
            current.replace(Some(Rc::clone(&asking)));
            asking
        });
        let outcome = asking.outcome().await;
        if outcome.is_err() {
            current.borrow_mut().take_if(|current| Rc::ptr_eq(current, &asking));
        }
        outcome
    }
}

/// Trims and validates a token, since the error of `fetch` would show an invalid one.
fn checked(text: &str) -> Result<Option<String>, Error> {
    let token = text.trim_ascii();
    if token.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
        return Ok(Some(token.to_owned()).filter(|token| !token.is_empty()));
    }
    Err(Error::new(
        Code::InvalidArgument,
        format!("The option {TOKEN} must be a token: one line of ASCII without spaces"),
    ))
}

type Outcome = Result<Option<String>, Failure>;

/// A call of a token function, and the requests that wait for it.
pub(crate) struct Asking {
    outcome: Rc<RefCell<Outcome>>,
    settled: Promise,
}

impl Asking {
    fn begin(token: Pending<Result<String, Failure>>) -> Rc<Self> {
        let outcome = Rc::new(RefCell::new(Ok(None)));
        let result = Rc::clone(&outcome);
        let settled = promise(async move {
            drop(result.replace(token.await.and_then(|text| Ok(checked(&text)?))));
            Ok(JsValue::UNDEFINED)
        });
        Rc::new(Self { outcome, settled })
    }

    async fn outcome(&self) -> Outcome {
        // The promise has no value. The outcome is in the cell.
        let _ = settled(&self.settled).await;
        self.outcome.borrow().clone()
    }
}
