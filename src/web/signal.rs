//! Abort signals of callers, each of which may stop many calls.
//!
//! Node warns of a leak when a signal has more than ten listeners. So each signal has one listener here, for all its calls.

use super::guard::Listener;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

type Callback = Rc<dyn Fn()>;

/// A signal, and the calls that it stops.
struct Watched {
    signal: AbortSignal,
    calls: Rc<RefCell<Vec<Weak<Watch>>>>,
    _listener: Listener,
}

thread_local! {
    static WATCHED: RefCell<Vec<Watched>> = const { RefCell::new(Vec::new()) };
}

/// A call that waits for a signal. Dropping it stops waiting.
pub(super) struct Watch {
    signal: AbortSignal,
    callback: Callback,
}

impl Watch {
    /// Calls back when the signal is aborted. It must not be aborted yet.
    pub(super) fn new(signal: &AbortSignal, callback: impl Fn() + 'static) -> Rc<Self> {
        let watch = Rc::new(Self { signal: signal.clone(), callback: Rc::new(callback) });
        WATCHED.with_borrow_mut(|all| match all.iter().find(|watched| same(&watched.signal, signal)) {
            Some(watched) => watched.calls.borrow_mut().push(Rc::downgrade(&watch)),
            None => {
                let calls = Rc::new(RefCell::new(vec![Rc::downgrade(&watch)]));
                let aborted = Rc::clone(&calls);
                let listener = Listener::new(signal, "abort", move || {
                    // Copied out of the cell first: each callback runs code of the page, which may drop other calls.
                    let calls = aborted.borrow().clone();
                    for watch in calls.iter().filter_map(Weak::upgrade) {
                        (watch.callback)();
                    }
                });
                all.push(Watched { signal: signal.clone(), calls, _listener: listener });
            }
        });
        watch
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let unused = WATCHED.with_borrow_mut(|all| {
            let at = all.iter().position(|watched| same(&watched.signal, &self.signal))?;
            let mut calls = all[at].calls.borrow_mut();
            calls.retain(|watch| watch.strong_count() > 0);
            let is_unused = calls.is_empty();
            drop(calls);
            is_unused.then(|| all.swap_remove(at))
        });
        drop(unused);
    }
}

fn same(one: &AbortSignal, other: &AbortSignal) -> bool {
    let (one, other): (&JsValue, &JsValue) = (one, other);
    one == other
}
