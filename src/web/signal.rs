//! Abort signals of callers, each of which may stop many calls.
//!
//! Node warns of a leak when a signal has more than ten listeners. So each signal has one listener here, for all its calls.

use super::guard::Listener;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

thread_local! {
    /// All calls that wait for a signal.
    static WATCHES: RefCell<Vec<Weak<Watch>>> = const { RefCell::new(Vec::new()) };
}

/// A call that waits for a signal. Dropping it stops waiting.
pub(super) struct Watch {
    signal: AbortSignal,
    callback: Box<dyn Fn()>,
    listener: Rc<Listener>,
}

impl Watch {
    /// Calls back when the signal is aborted. It must not be aborted yet.
    pub(super) fn new(signal: &AbortSignal, callback: impl Fn() + 'static) -> Rc<Self> {
        let shared = Self::of(signal).first().map(|watch| Rc::clone(&watch.listener));
        let listener = shared.unwrap_or_else(|| {
            let aborted = signal.clone();
            Rc::new(Listener::new(signal, "abort", move || {
                for watch in Self::of(&aborted) {
                    (watch.callback)();
                }
            }))
        });
        let watch = Rc::new(Self { signal: signal.clone(), callback: Box::new(callback), listener });
        WATCHES.with_borrow_mut(|all| all.push(Rc::downgrade(&watch)));
        watch
    }

    /// The calls that wait for a signal, copied out of the cell: each callback runs code of the page, which may drop other
    /// calls.
    fn of(signal: &JsValue) -> Vec<Rc<Self>> {
        let waits = |watch: &Rc<Self>| {
            let own: &JsValue = &watch.signal;
            own == signal
        };
        WATCHES.with_borrow(|all| all.iter().filter_map(Weak::upgrade).filter(waits).collect())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        WATCHES.with_borrow_mut(|all| all.retain(|watch| watch.strong_count() > 0));
    }
}
