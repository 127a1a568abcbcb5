//! A server of Replicate's whose every answer is written down by the test.

use super::client::STREAM;
use super::reply::{Part, Reply, Server};
use super::time::Ms;
use replicate_wasm::protocol::http::Request;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;

/// The answer that tells a prediction, which has an event stream.
pub(crate) fn prediction(status: &str, output: Json) -> Reply {
    Reply::json(200, json!({"id": "p1", "status": status, "output": output, "urls": {"stream": STREAM}}))
}

/// A body that breaks after these bytes.
pub(crate) fn broken(body: &str) -> Reply {
    Reply::body(vec![(0, Part::Chunk(body.into())), (0, Part::Broken)])
}

/// Creates a prediction, answers the stream's connections in order, and each look with `status` and `output`.
pub(crate) fn streaming(streams: impl IntoIterator<Item = Reply>, status: &'static str, output: Json) -> impl Server {
    let mut streams: VecDeque<_> = streams.into_iter().collect();
    move |_: Ms, request: &Request| match (&*request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => streams.pop_front().expect("a connection too many"),
        _ => prediction(status, output.clone()),
    }
}

/// The same, but the prediction runs and has made nothing until its stream's last connection is opened.
pub(crate) fn running(streams: impl IntoIterator<Item = Reply>, output: Json) -> impl Server {
    let mut streams: VecDeque<_> = streams.into_iter().collect();
    move |_: Ms, request: &Request| match (&*request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => streams.pop_front().expect("a connection too many"),
        _ if streams.is_empty() => prediction("succeeded", output.clone()),
        _ => prediction("processing", Json::Null),
    }
}
