//! The servers of `servers.js`, as tests ask them.

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

/// A request that it was asked.
#[derive(Debug, Deserialize)]
pub struct Asked {
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
    /// The sandbox, whose predictions take so many milliseconds a token.
    pub async fn sandbox(step_ms: u32) -> Self {
        set_up();
        Self(sandbox(step_ms).await.unchecked_into())
    }

    /// The relay before a sandbox.
    pub async fn relay(step_ms: u32) -> Self {
        set_up();
        Self(relay(step_ms).await.unchecked_into())
    }

    /// A server whose answers a body of JavaScript makes from `url`, `init` and the `count` of requests.
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

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = js_sys::Reflect::get(&self.0, &"asked".into()).unwrap_throw();
        serde_wasm_bindgen::from_value(asked).unwrap_throw()
    }

    /// Methods and routes of what it was asked so far, such as `POST /relay/v1/predictions`.
    pub fn routes(&self) -> Vec<String> {
        let route = |url: &str| url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
        self.asked().iter().map(|asked| format!("{} {}", asked.method, route(&asked.url))).collect()
    }

    /// Turns of the event loop until it was asked something that ends so.
    pub async fn was_asked(&self, end: &str) {
        for _ in 0..1000 {
            if self.routes().iter().any(|route| route.ends_with(end)) {
                return;
            }
            turn().await;
        }
        panic!("was never asked {end}: {:?}", self.routes());
    }
}

/// A turn of the event loop.
pub async fn turn() {
    let turn = Promise::new(&mut |resolve, _| {
        let set = js_sys::Reflect::get(&js_sys::global(), &"setTimeout".into()).unwrap_throw();
        set.unchecked_ref::<Function>().call1(&JsValue::UNDEFINED, &resolve).unwrap_throw();
    });
    JsFuture::from(turn).await.unwrap_throw();
}
