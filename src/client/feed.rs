//! The queue of results between a driver and Rust code, and how results are decoded.

use crate::protocol::delivery::SEPARATOR;
use crate::protocol::run::Piece;
use crate::web::{Face, Failure, JsJson};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// Decodes the results of a call.
pub(crate) trait Decode<T> {
    /// The results of a chunk, packed as in [`Delivery::batch`](crate::protocol::delivery::Delivery::batch).
    fn batch(&self, _packed: &[u8]) -> Vec<T> {
        Vec::new()
    }

    /// A result that did not come from a stream.
    fn piece(&self, _piece: &Piece, _last_id: &str) -> Option<T> {
        None
    }

    /// The part of a result in the output's text.
    fn text<'a>(&self, _item: &'a T) -> Cow<'a, str> {
        "".into()
    }

    /// The event id of a result.
    fn id(&self, _item: &T) -> Option<String> {
        None
    }

    /// Whether the delivered bytes are the text of the results.
    fn keeps_text(&self) -> bool {
        true
    }
}

/// The parts of a packed batch.
pub(crate) fn parts(packed: &[u8]) -> impl Iterator<Item = String> {
    packed.split(|byte| *byte == SEPARATOR).map(|part| String::from_utf8_lossy(part).into_owned())
}

/// Decodes the text of output events.
pub(crate) struct Texts;

impl Decode<String> for Texts {
    fn batch(&self, packed: &[u8]) -> Vec<String> {
        parts(packed).collect()
    }

    fn piece(&self, piece: &Piece, _last_id: &str) -> Option<String> {
        Some(piece.data.clone())
    }

    fn text<'a>(&self, item: &'a String) -> Cow<'a, str> {
        item.into()
    }
}

/// The queue of results between a driver and the code that polls for them.
pub(crate) struct Feed<T> {
    decode: Box<dyn Decode<T>>,
    items: RefCell<VecDeque<T>>,
    failure: RefCell<Option<Failure>>,
    ended: Cell<bool>,
    /// The event id of the last result that was read.
    last_id: RefCell<Option<String>>,
    /// Bytes of text in the results that were dropped because the reader left.
    forgotten: Cell<usize>,
    /// A poll found no result.
    wanted: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl<T> Feed<T> {
    pub(super) fn new(decode: impl Decode<T> + 'static) -> Rc<Self> {
        Rc::new(Self {
            decode: Box::new(decode),
            items: RefCell::default(),
            failure: RefCell::default(),
            ended: Cell::new(false),
            last_id: RefCell::default(),
            forgotten: Cell::new(0),
            wanted: Cell::new(false),
            waker: RefCell::default(),
        })
    }

    fn add(&self, items: impl IntoIterator<Item = T>) {
        self.items.borrow_mut().extend(items);
        if !self.items.borrow().is_empty() {
            self.wake();
        }
    }

    /// Takes the next result.
    fn take(&self) -> Option<T> {
        let item = self.items.borrow_mut().pop_front()?;
        // No stream can resume by id after a result without one.
        self.last_id.replace(self.decode.id(&item));
        Some(item)
    }

    /// Bytes of text that were not read.
    pub(super) fn unread_bytes(&self) -> usize {
        self.forgotten.get() + self.items.borrow().iter().map(|item| self.decode.text(item).len()).sum::<usize>()
    }

    /// The next result, the failure, or the end; pending when a reader has to wait for it.
    pub(super) fn poll(&self) -> Poll<Option<Result<T, Failure>>> {
        match self.take() {
            Some(item) => Poll::Ready(Some(Ok(item))),
            None if self.ended.get() => Poll::Ready(self.failure.take().map(Err)),
            None => Poll::Pending,
        }
    }

    /// Waits for a result. Returns whether nothing has waited for one yet.
    pub(super) fn register(&self, waker: &Waker) -> bool {
        self.waker.replace(Some(waker.clone()));
        !self.wanted.replace(true)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.borrow().is_empty()
    }

    /// The event id of the last result that was read.
    pub(super) fn last_id(&self) -> Option<String> {
        self.last_id.borrow().clone()
    }

    /// The part of a result in the output's text.
    pub(super) fn text<'a>(&self, item: &'a T) -> Cow<'a, str> {
        self.decode.text(item)
    }

    /// Whether the delivered bytes are the text of the results.
    pub(super) fn keeps_text(&self) -> bool {
        self.decode.keeps_text()
    }

    fn wake(&self) {
        self.wanted.set(false);
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Face for Feed<T> {
    fn is_wanted(&self) -> bool {
        self.wanted.get()
    }

    fn batch(&self, packed: &[u8], _count: usize) {
        self.add(self.decode.batch(packed));
    }

    fn pieces(&self, pieces: &[Piece], last_id: &[u8]) {
        let last_id = String::from_utf8_lossy(last_id);
        self.add(pieces.iter().filter_map(|piece| self.decode.piece(piece, &last_id)));
    }

    fn snapshot(&self, _snapshot: &JsJson) {}

    fn fail(&self, failure: Failure) {
        if !self.ended.get() {
            self.failure.borrow_mut().get_or_insert(failure);
        }
    }

    fn end(&self) {
        self.ended.set(true);
        self.wake();
    }

    fn forget(&self) {
        self.forgotten.set(self.unread_bytes());
        self.items.take();
    }
}
