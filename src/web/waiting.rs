//! The callers of `next()`, and what there is for them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::host::{List, Plain, Values};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;

/// Results not handed out yet, and callers for whom there was none: never both.
#[derive(Default)]
pub(super) struct Waiting {
    left: Cell<u32>,
    values: RefCell<Option<Values>>,
    /// The results of the last batch, handed out or not.
    items: RefCell<Array>,
    /// How many of them nobody will ever get.
    dropped: Cell<u32>,
    callers: RefCell<VecDeque<(Function, Function)>>,
}

/// `{value: undefined, done: true}`.
pub(super) fn end() -> JsValue {
    let result = Plain::new();
    result.set("value", &JsValue::UNDEFINED);
    result.set("done", &JsValue::TRUE);
    result.into()
}

impl Waiting {
    /// The next result, if one is there.
    pub(super) fn pop(&self) -> Option<JsValue> {
        self.left.set(self.left.get().checked_sub(1)?);
        Some(self.values.borrow().as_ref()?.next())
    }

    /// A promise for a result that is not there yet. Callers are served in the order they came.
    pub(super) fn promise(&self) -> Promise {
        Promise::new(&mut |resolve, reject| {
            self.callers.borrow_mut().push_back((resolve.unchecked_into(), reject.unchecked_into()));
        })
    }

    /// Whether somebody waits.
    pub(super) fn wanted(&self) -> bool {
        !self.callers.borrow().is_empty()
    }

    /// New results, for those who wait and those who come.
    pub(super) fn fill(&self, items: Array) {
        self.left.set(items.length());
        self.items.replace(items.clone());
        self.values.replace(Some(items.unchecked_into::<List>().values()));
        while self.left.get() > 0 {
            let Some((resolve, _)) = self.next_caller() else { return };
            if let Some(result) = self.pop() {
                let _ = resolve.call1(&JsValue::UNDEFINED, &result);
            }
        }
    }

    /// The end: the first caller gets the error, if there is one, all others that it is over. Returns the
    /// error when there was nobody to get it.
    pub(super) fn close(&self, mut error: Option<JsValue>) -> Option<JsValue> {
        while let Some((resolve, reject)) = self.next_caller() {
            let _ = match error.take() {
                Some(error) => reject.call1(&JsValue::UNDEFINED, &error),
                None => resolve.call1(&JsValue::UNDEFINED, &end()),
            };
        }
        error
    }

    /// Forgets the results not handed out, but for how many they were.
    pub(super) fn clear(&self) {
        self.dropped.set(self.left.take());
        self.values.replace(None);
    }

    /// The last batch, and how many of its results were not handed out.
    pub(super) fn unread(&self) -> (Array, u32) {
        (self.items.borrow().clone(), self.left.get() + self.dropped.get())
    }

    fn next_caller(&self) -> Option<(Function, Function)> {
        self.callers.borrow_mut().pop_front()
    }
}
