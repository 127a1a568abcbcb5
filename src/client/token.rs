//! The token of a client. No public function returns it.

use crate::protocol::error::{Code, Error};
use crate::web::{Failure, Pending};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

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
                "A token in a page can be read by anyone: use the base URL of a relay, or dangerouslyAllowBrowser";
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
        if let Some(asking) = shared {
            return asking.outcome().await;
        }
        let asking = Rc::new(Asking::default());
        current.replace(Some(Rc::clone(&asking)));
        let outcome = ask().await.and_then(|text| Ok(checked(&text)?));
        if outcome.is_err() {
            current.borrow_mut().take_if(|current| Rc::ptr_eq(current, &asking));
        }
        asking.settle(outcome.clone());
        outcome
    }
}

/// Trims and validates a token, since the error of `fetch` would show an invalid one.
fn checked(text: &str) -> Result<Option<String>, Error> {
    let token = text.trim();
    if token.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
        return Ok(Some(token.to_owned()).filter(|token| !token.is_empty()));
    }
    Err(Error::new(Code::InvalidArgument, "The token in auth must be a text that a header can carry"))
}

type Outcome = Result<Option<String>, Failure>;

/// A call of a token function, and the requests that wait for it.
#[derive(Default)]
pub(crate) struct Asking {
    outcome: RefCell<Option<Outcome>>,
    waiting: RefCell<Vec<Waker>>,
}

impl Asking {
    fn settle(&self, outcome: Outcome) {
        self.outcome.replace(Some(outcome));
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    async fn outcome(&self) -> Outcome {
        poll_fn(|context| match &*self.outcome.borrow() {
            Some(outcome) => Poll::Ready(outcome.clone()),
            None => {
                self.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}
