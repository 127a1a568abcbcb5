//! `serde_json` behind the core's `Document` trait: an answer, the data of an event, messages.

use replicate_wasm::protocol::json::Document;
use serde_json::{Value as Json, json};
use std::cell::RefCell;

/// The head of an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Seconds.
    pub(crate) retry_after: Option<f64>,
}

#[derive(Debug, Default)]
pub(crate) struct Doc {
    root: RefCell<Json>,
    kept: RefCell<Option<Json>>,
}

impl Doc {
    pub(crate) fn of(root: Json) -> Self {
        Self { root: RefCell::new(root), ..Self::default() }
    }

    fn answer(head: &Head, kind: u32) -> Self {
        Self::of(json!({
            "kind": kind,
            "status": head.status,
            "retry-after": head.retry_after,
        }))
    }

    /// An answer that was read to its end.
    pub(crate) fn read(head: &Head, text: &str) -> Self {
        let json = serde_json::from_str::<Json>(text).ok();
        let doc = Self::answer(head, if json.is_some() { 2 } else { 1 });
        doc.root.borrow_mut()["json"] = json.unwrap_or_default();
        doc.root.borrow_mut()["text"] = text.into();
        doc
    }

    /// An answer whose body is still to come.
    pub(crate) fn body(head: &Head) -> Self {
        Self::answer(head, 3)
    }

    pub(crate) fn lost(unsent: bool) -> Self {
        Self::of(json!({ "kind": 0, "status": 0, "unsent": u32::from(unsent), "detail": "connection reset" }))
    }

    /// What was kept as the newest word on the prediction.
    pub(crate) fn kept(&self) -> Option<Json> {
        self.kept.take()
    }

    fn at(&self, path: &str) -> Option<Json> {
        let step = |value: Json, key: &str| match &value {
            Json::Array(list) => list.get(key.parse::<usize>().ok()?).cloned(),
            value => value.get(key).cloned(),
        };
        path.split('.').try_fold(self.root.borrow().clone(), step).filter(|value| !value.is_null())
    }
}

impl Document for Doc {
    fn parse(&self, text: &[u8]) -> bool {
        let text = String::from_utf8_lossy(text).into_owned();
        let json = serde_json::from_str::<Json>(&text).ok();
        let is_json = json.is_some();
        let mut root = self.root.borrow_mut();
        root["data"] = text.into();
        root["json"] = json.unwrap_or_default();
        is_json
    }

    fn str(&self, path: &str) -> Option<String> {
        self.at(path)?.as_str().map(str::to_owned)
    }

    fn show(&self, path: &str) -> Option<String> {
        self.at(path).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    fn number(&self, path: &str) -> f64 {
        self.at(path).and_then(|value| value.as_f64()).unwrap_or(f64::NAN)
    }

    fn length(&self, path: &str) -> Option<usize> {
        self.at(path)?.as_array().map(Vec::len)
    }

    fn keep(&self) {
        *self.kept.borrow_mut() = self.at("json");
    }
}
