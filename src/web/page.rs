//! Where the code runs: a page, a browser's worker, or a server.

use super::guard::Listener;
use super::js::{global, text_at};
use wasm_bindgen::prelude::*;

/// Whether this is a page or a browser's worker. Cloudflare's workers know no location of their own.
pub(crate) fn in_page() -> bool {
    let in_worker = || {
        global("WorkerGlobalScope").is_truthy()
            && global("location").is_truthy()
            && global("navigator.userAgent").as_string().as_deref() != Some("Cloudflare-Workers")
    };
    global("window.document").is_truthy() || in_worker()
}

/// What relative addresses are relative to; none outside of a page.
pub(crate) fn base_href() -> Option<String> {
    let href = || global("document.baseURI").as_string().or_else(|| global("location.href").as_string());
    in_page().then(href).flatten()
}

/// Whether the platform says that it is offline. Servers do not say.
pub(crate) fn is_offline() -> bool {
    global("navigator.onLine") == JsValue::FALSE
}

/// A variable of the environment. Bundlers have no `process`, and Deno asks for permission.
pub(crate) fn environment(name: &str) -> Option<String> {
    text_at(&global("process.env"), name)
}

/// Calls back when the page becomes visible or online again: its timers may have slept. Nothing outside of a page.
pub(crate) fn on_wake(wake: impl Fn() + Clone + 'static) -> Vec<Listener> {
    if !in_page() {
        return Vec::new();
    }
    let online = wake.clone();
    let mut listeners = vec![Listener::new(global("self").unchecked_ref(), "online", online)];
    let document = global("document");
    if document.is_object() {
        let visible = move || {
            if global("document.visibilityState") == "visible" {
                wake();
            }
        };
        listeners.push(Listener::new(document.unchecked_ref(), "visibilitychange", visible));
    }
    listeners
}
