//! Guards: a request and a listener that end when they are dropped.
//!
//! An abort calls its listeners at once, and they are code of the page. So no cell may be borrowed while a guard is dropped:
//! take a guard out of its cell with `take` or `replace`, never by an assignment through `borrow_mut`.

use super::js::{at, construct, invoke};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, EventTarget};

thread_local! {
    /// The reason of an abort. It is created once: a new exception would keep its stack alive, and with it the stream.
    static CLOSED: JsValue =
        construct("DOMException", &[&"Closed".into(), &"AbortError".into()]).unwrap_or_default();
}

/// A pending request. Dropping it aborts the request.
pub(crate) struct Abort(Option<AbortController>);

impl Abort {
    pub(crate) fn new() -> Option<Self> {
        construct("AbortController", &[]).ok().map(|controller| Self(Some(controller.unchecked_into())))
    }

    pub(crate) fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(|controller| at(controller, "signal").unchecked_into())
    }

    /// Does not abort the request on drop, since its answer is read elsewhere.
    pub(crate) fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            let _ = CLOSED.with(|reason| invoke(controller, "abort", &[reason]));
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
        let _ = invoke(target, "addEventListener", &[&event.into(), callback.as_ref()]);
        Self { target: target.clone(), event, callback }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = invoke(&self.target, "removeEventListener", &[&self.event.into(), self.callback.as_ref()]);
    }
}
