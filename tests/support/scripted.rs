//! Servers with scripted replies.

use super::client::STREAM;
use super::reply::{Part, Reply, Server};
use super::time::Ms;
use replicate_wasm::protocol::http::Request;
use serde_json::{Value as Json, json};
use std::collections::VecDeque;

/// A prediction with an event stream.
pub(crate) fn prediction(status: &str, output: Json) -> Reply {
    Reply::json(200, json!({"id": "p1", "status": status, "output": output, "urls": {"stream": STREAM}}))
}

/// An event stream that breaks after these bytes.
pub(crate) fn broken(body: &str) -> Reply {
    Reply::body(vec![(0, Part::Chunk(body.into())), (0, Part::Broken)])
}

/// Creates a prediction, answers connections to its stream in order, and answers each poll with `status` and `output`.
pub(crate) fn streaming(streams: impl IntoIterator<Item = Reply>, status: &'static str, output: Json) -> impl Server {
    scripted(streams, move |_| prediction(status, output.clone()))
}

/// The same, but the prediction runs without output until the last connection is opened, and then has succeeded.
pub(crate) fn running(streams: impl IntoIterator<Item = Reply>, output: Json) -> impl Server {
    scripted(streams, move |left| match left {
        0 => prediction("succeeded", output.clone()),
        _ => prediction("processing", Json::Null),
    })
}

/// Answers polls by the number of connections that are left.
fn scripted(streams: impl IntoIterator<Item = Reply>, poll: impl Fn(usize) -> Reply) -> impl Server {
    let mut streams: VecDeque<_> = streams.into_iter().collect();
    move |_: Ms, request: &Request| match (&*request.method, request.url.as_str()) {
        ("POST", _) => prediction("starting", Json::Null),
        ("GET", STREAM) => streams.pop_front().expect("one connection too many"),
        _ => poll(streams.len()),
    }
}
