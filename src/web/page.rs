//! The environment: a page, a browser's worker, or a server.

use super::guard::Listener;
use super::js::{global, text_at};
use wasm_bindgen::prelude::*;

/// Whether this is a page or a browser's worker. Cloudflare Workers are not: they have no location.
pub(crate) fn in_page() -> bool {
    let in_worker = || {
        global("WorkerGlobalScope").is_truthy()
            && global("location").is_truthy()
            && global("navigator.userAgent") != "Cloudflare-Workers"
    };
    global("window.document").is_truthy() || in_worker()
}

/// The base of relative URLs; `None` outside of a page.
pub(crate) fn base_href() -> Option<String> {
    let href = || global("document.baseURI").as_string().or_else(|| global("location.href").as_string());
    in_page().then(href).flatten()
}

/// Whether the platform says that it is offline. Servers never do.
pub(crate) fn is_offline() -> bool {
    global("navigator.onLine") == JsValue::FALSE
}

/// An environment variable. Bundled code may have no `process`, and Deno may refuse access.
pub(crate) fn environment(name: &str) -> Option<String> {
    text_at(&global("process.env"), name)
}

/// Calls back when the page becomes visible or online again, since its timers may have been suspended. Does nothing outside of
/// a page.
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
