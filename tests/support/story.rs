//! The record of a run: what the reader got, what was sent, and how it ended.

use super::json::Doc;
use super::time::Ms;
use replicate_wasm::protocol::error::Error;
use replicate_wasm::protocol::http::{Request, RequestBody};
use replicate_wasm::protocol::run::{CallState, Run};
use serde_json::Value;

/// A result that the reader got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) at: Ms,
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) id: String,
}

/// The record of a run.
#[derive(Debug)]
pub(crate) struct Story {
    pub(crate) items: Vec<Item>,
    pub(crate) snapshots: Vec<Value>,
    pub(crate) states: Vec<CallState>,
    pub(crate) requests: Vec<(Ms, Request)>,
    pub(crate) error: Option<Error>,
    /// When the reader got the error.
    pub(crate) failed_at: Ms,
    /// The run has not ended, but nothing would ever happen again.
    pub(crate) hangs: bool,
    pub(crate) ended_at: Ms,
    /// The number of actions other than states.
    pub(crate) steps: usize,
    /// The machine slept and a timer fired a little late, which a run cannot distinguish from a silent server.
    pub(crate) overslept: bool,
    /// When the reader left, and whether that cancels the prediction.
    pub(crate) left: Option<(Ms, bool)>,
    pub(crate) run: Run<Doc>,
}

impl Story {
    pub(super) fn new(run: Run<Doc>) -> Self {
        Self {
            items: Vec::new(),
            snapshots: Vec::new(),
            states: Vec::new(),
            requests: Vec::new(),
            error: None,
            failed_at: 0,
            hangs: false,
            ended_at: 0,
            steps: 0,
            overslept: false,
            left: None,
            run,
        }
    }

    /// The text of the output events.
    pub(crate) fn text(&self) -> String {
        self.items.iter().filter(|item| item.name == "output").map(|item| item.data.as_str()).collect()
    }

    /// The data of all results.
    pub(crate) fn data(&self) -> Vec<&str> {
        self.items.iter().map(|item| item.data.as_str()).collect()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.items.iter().map(|item| item.name.as_str()).collect()
    }

    /// The error's code; "" after a success.
    pub(crate) fn code(&self) -> &'static str {
        self.error.as_ref().map_or("", |error| error.code().name())
    }

    pub(crate) fn message(&self) -> String {
        self.error.as_ref().map(|error| error.message().to_owned()).unwrap_or_default()
    }

    /// The error's partial text.
    pub(crate) fn partial(&self) -> Option<&str> {
        self.error.as_ref().and_then(Error::partial)
    }

    /// The requests with their times: `0 POST https://…`.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.requests.iter().map(|(at, request)| format!("{at} {} {}", request.method, request.url)).collect()
    }

    /// The number of requests with this method and a URL with this end.
    pub(crate) fn count(&self, method: &str, end: &str) -> usize {
        self.requests.iter().filter(|(_, request)| request.method == method && request.url.ends_with(end)).count()
    }

    /// The number of requests with the input.
    pub(crate) fn creates(&self) -> usize {
        self.requests.iter().filter(|(_, request)| is_create(request)).count()
    }
}

/// Whether a request has the input.
pub(crate) fn is_create(request: &Request) -> bool {
    matches!(request.body, RequestBody::Create { .. })
}

/// The model and the version in the body of a create.
pub(crate) fn named(request: &Request) -> (Option<&str>, Option<&str>) {
    match &request.body {
        RequestBody::Create { model, version } => (model.as_deref(), version.as_deref()),
        body => panic!("no create: {body:?}"),
    }
}

/// The value of a request's header.
pub(crate) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| &**value)
}
