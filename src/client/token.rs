//! The token of a client, which can be asked for and never read back.

use crate::protocol::error::{Code, Error};
use crate::protocol::option::{ALLOW_BROWSER, TOKEN};
use crate::web::{Failure, Pending};
use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Asks for a token. None is sent where it gives an empty text.
pub(crate) type AskToken = Rc<dyn Fn() -> Pending<Result<String, Failure>>>;

/// A token, or the function that gives it.
pub(crate) enum Token {
    /// A token that never changes.
    Fixed(String),
    /// It is asked for once, and again when a server refuses it.
    Asked { ask: AskToken, current: RefCell<Option<Rc<Asking>>> },
}

impl Token {
    /// A token as a text; none where it is empty. Without being `direct` a client may not hold it: it is in a page.
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

    /// Whether another one can be had when it is refused.
    pub(crate) fn is_renewable(&self) -> bool {
        matches!(self, Self::Asked { .. })
    }

    /// The token. Requests that ask at the same time share one call of the function; one that failed is not kept.
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

/// A token without the white space around it. `fetch` would show a wrong one in its error.
fn checked(text: &str) -> Result<Option<String>, Error> {
    let token = text.trim();
    if token.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
        return Ok(Some(token.to_owned()).filter(|token| !token.is_empty()));
    }
    Err(Error::new(
        Code::InvalidArgument,
        format!("The option {TOKEN} must be a token: one line of ASCII without spaces"),
    ))
}

type Outcome = Result<Option<String>, Failure>;

/// One call of a token function, and the requests that wait for it.
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
