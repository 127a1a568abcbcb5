//! What ends when it is dropped: a request, a listener.
//!
//! An abort calls its listeners at once, and they are code of the page. So whoever drops a guard holds no borrow: a guard
//! leaves its cell by `take` or `replace`, never by an assignment to what `borrow_mut` gives.

use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, DomException, EventTarget};

thread_local! {
    /// Why a request is aborted. Made once: an exception that is made on the spot keeps its stack alive, and the stack
    /// keeps the stream.
    static CLOSED: JsValue =
        DomException::new_with_message_and_name("Closed", "AbortError").map_or(JsValue::NULL, Into::into);
}

/// A request under way. Dropping it aborts the request.
pub(crate) struct Abort(Option<AbortController>);

impl Abort {
    pub(crate) fn new() -> Option<Self> {
        AbortController::new().ok().map(|controller| Self(Some(controller)))
    }

    pub(crate) fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }

    /// Lets the request live on: somebody else reads its answer.
    pub(crate) fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            CLOSED.with(|reason| controller.abort_with_reason(reason));
        }
    }
}

/// A listener. Dropping it removes the listener.
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    callback: Closure<dyn FnMut()>,
}

impl Listener {
    pub(crate) fn new(target: &EventTarget, event: &'static str, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(callback);
        let _ = target.add_event_listener_with_callback(event, callback.as_ref().unchecked_ref());
        Self { target: target.clone(), event, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.target.remove_event_listener_with_callback(self.event, self.callback.as_ref().unchecked_ref());
    }
}
