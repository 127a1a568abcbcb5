//! The servers of `servers.js`, for the tests in Rust.

use js_sys::{Function, Promise};
use replicate_wasm::{Replicate, ReplicateBuilder};
use serde::Deserialize;
use std::cell::Cell;
use std::collections::HashMap;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(js_namespace = servers)]
extern "C" {
    async fn sandbox(step_ms: u32) -> JsValue;
    async fn relay(step_ms: u32) -> JsValue;
    fn scripted(body: &str) -> JsValue;
}

/// A server that runs in the page.
pub struct Server(Function);

/// A request that the server received.
#[derive(Debug, Deserialize)]
pub struct Received {
    pub method: String,
    pub url: String,
    pub headers: HashMap<String, String>,
    pub body: Option<String>,
    pub credentials: Option<String>,
}

fn set_up() {
    thread_local!(static DONE: Cell<bool> = const { Cell::new(false) });
    if !DONE.replace(true) {
        js_sys::eval(include_str!("servers.js")).unwrap_throw();
    }
}

impl Server {
    /// The sandbox. Each token takes `step_ms` milliseconds.
    pub async fn sandbox(step_ms: u32) -> Self {
        set_up();
        Self(sandbox(step_ms).await.unchecked_into())
    }

    /// The relay in front of a sandbox.
    pub async fn relay(step_ms: u32) -> Self {
        set_up();
        Self(relay(step_ms).await.unchecked_into())
    }

    /// A server whose answers come from a JavaScript function body with the arguments `url`, `init` and `count`, the
    /// number of requests so far.
    pub fn scripted(body: &str) -> Self {
        set_up();
        Self(scripted(body).unchecked_into())
    }

    pub fn fetch(&self) -> Function {
        self.0.clone()
    }

    pub fn builder(&self) -> ReplicateBuilder {
        Replicate::builder().base_url("/relay/v1").fetch(self.fetch())
    }

    pub fn client(&self) -> Replicate {
        self.builder().build().unwrap_throw()
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Received> {
        let requests = js_sys::Reflect::get(&self.0, &"requests".into()).unwrap_throw();
        serde_wasm_bindgen::from_value(requests).unwrap_throw()
    }

    /// The methods and paths of the requests so far, such as `POST /relay/v1/predictions`.
    pub fn routes(&self) -> Vec<String> {
        let route = |url: &str| url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
        self.requests().iter().map(|request| format!("{} {}", request.method, route(&request.url))).collect()
    }

    /// Waits for a request whose path has this end, for at most 1000 turns of the event loop.
    pub async fn received(&self, end: &str) {
        for _ in 0..1000 {
            if self.routes().iter().any(|route| route.ends_with(end)) {
                return;
            }
            turn().await;
        }
        panic!("no request ends with {end}: {:?}", self.routes());
    }
}

/// Waits for one turn of the event loop.
pub async fn turn() {
    let turn = Promise::new(&mut |resolve, _| {
        let set = js_sys::Reflect::get(&js_sys::global(), &"setTimeout".into()).unwrap_throw();
        set.unchecked_ref::<Function>().call1(&JsValue::UNDEFINED, &resolve).unwrap_throw();
    });
    JsFuture::from(turn).await.unwrap_throw();
}
