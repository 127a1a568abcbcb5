//! Bindings of JavaScript that no crate has in the needed form.
//!
//! Functions that may run code of the page (a custom `fetch`, a getter, `toJSON`) are bound with `catch`: an exception from
//! an import without it skips Rust's destructors. `catch` costs a closure in the glue for each call, so the engine's own
//! functions that are called for each event are bound without it.

use js_sys::{Function, JsString, Object, Promise, Reflect};
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise, spawn_local};

#[wasm_bindgen]
extern "C" {
    /// A plain object, or anything whose fields are read by name.
    #[derive(Debug, Clone)]
    #[wasm_bindgen(extends = Object, js_name = Object)]
    pub(crate) type Record;
    #[wasm_bindgen(constructor, js_class = "Object")]
    pub(crate) fn new() -> Record;
    #[wasm_bindgen(method, structural, indexing_getter, catch)]
    fn field(this: &Record, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(crate) fn set(this: &Record, name: &str, value: &JsValue);

    /// `String(value)`. It throws for an object without a primitive value.
    #[wasm_bindgen(js_name = String, catch)]
    fn string_of(value: &JsValue) -> Result<String, JsValue>;
    #[wasm_bindgen(js_namespace = JSON, js_name = parse, catch)]
    fn json_parse(text: &JsString) -> Result<JsValue, JsValue>;

    type Clock;
    #[wasm_bindgen(method)]
    fn now(this: &Clock) -> f64;
    /// The object is cached, since a getter would look it up at each use.
    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    static CLOCK: Clock;

    /// A UTF-8 decoder. That of web-sys would copy the text into wasm's memory.
    #[derive(Debug)]
    pub(crate) type TextDecoder;
    #[wasm_bindgen(constructor)]
    fn new(label: &str, options: &Record) -> TextDecoder;
    #[wasm_bindgen(method)]
    pub(crate) fn decode(this: &TextDecoder, bytes: &[u8]) -> JsString;

    /// `then` without a handle for its result, unlike that of js-sys.
    #[wasm_bindgen(js_name = Promise)]
    type Settling;
    #[wasm_bindgen(method, js_class = "Promise", js_name = then)]
    fn then_call(this: &Settling, take: &Closure<dyn FnMut(JsValue)>, fail: &Closure<dyn FnMut(JsValue)>);
}

impl Record {
    /// A field; `undefined` if it is missing or reading it throws.
    pub(crate) fn get(&self, name: &str) -> JsValue {
        self.field(name).unwrap_or_default()
    }

    /// A field whose getter may be the caller's and may throw.
    pub(crate) fn read(&self, name: &str) -> Result<JsValue, JsValue> {
        self.field(name)
    }

    /// A shallow copy.
    pub(crate) fn copy(&self) -> Self {
        Object::assign(&Self::new(), self).unchecked_into()
    }
}

/// The value at a path of names separated by dots; `undefined` if it is missing.
pub(crate) fn at(value: &JsValue, path: &str) -> JsValue {
    if path.is_empty() {
        return value.clone();
    }
    path.split(['.']).fold(value.clone(), |value, name| {
        if value.is_object() || value.is_function() {
            value.unchecked_ref::<Record>().get(name)
        } else {
            JsValue::UNDEFINED
        }
    })
}

/// Whether a value is `undefined` or `null`.
pub(crate) fn is_missing(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

/// The string at a path.
pub(crate) fn text_at(value: &JsValue, path: &str) -> Option<String> {
    at(value, path).as_string()
}

/// The value at a path of the global object.
pub(crate) fn global(path: &str) -> JsValue {
    at(&js_sys::global(), path)
}

/// Creates an object of a global class. A binding for each class or method would make the module larger.
pub(crate) fn construct(class: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    Reflect::construct(global(class).unchecked_ref::<Function>(), &arguments.iter().copied().collect())
}

/// Calls a function with a receiver.
fn apply(function: &JsValue, this: &JsValue, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    Reflect::apply(function.unchecked_ref::<Function>(), this, &arguments.iter().copied().collect())
}

/// Calls a method of an object.
pub(crate) fn invoke(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    apply(&at(object, method), object, arguments)
}

/// Calls the function at a path of the global object, without a receiver.
pub(crate) fn call_global(path: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    apply(&global(path), &JsValue::UNDEFINED, arguments)
}

/// Calls a method of the engine's strings.
pub(crate) fn changed(text: &str, method: &str, arguments: &[&JsValue]) -> String {
    let changed = apply(&at(&global("String.prototype"), method), &text.into(), arguments);
    changed.unwrap_or_default().as_string().unwrap_or_default()
}

/// Parses a URL, which may be relative to another; `None` for an invalid one.
pub(crate) fn url(text: &str, base: Option<&str>) -> Option<JsValue> {
    construct("URL", &[&text.into(), &base.map_or(JsValue::UNDEFINED, JsValue::from)]).ok()
}

/// The origin and path of a `URL`, without the query, which may contain a secret.
pub(crate) fn location(url: &JsValue) -> String {
    let part = |name| text_at(url, name).unwrap_or_default();
    part("origin") + &part("pathname")
}

/// `String(value)`; empty if that throws.
pub(crate) fn text_of(value: &JsValue) -> String {
    string_of(value).unwrap_or_default()
}

/// The tag of a value, such as `[object Blob]`. `instanceof` fails for values of another realm: a frame, jsdom.
pub(crate) fn tag(value: &JsValue) -> String {
    let tag = apply(&global("Object.prototype.toString"), value, &[]);
    tag.unwrap_or_default().as_string().unwrap_or_default()
}

/// Replaces all occurrences of a text. Rust's own substring search takes 3 kB.
pub(crate) fn replaced(text: &str, old: &str, new: &str) -> String {
    changed(text, "replaceAll", &[&old.into(), &new.into()])
}

/// Parses JSON.
pub(crate) fn parse_json(text: &JsString) -> Option<JsValue> {
    json_parse(text).ok()
}

/// Whether `fetch` accepts the signals of this realm. In jsdom `fetch` is Node's, and that of Node 24 refuses jsdom's signals:
/// each create would be `unknown_outcome`, although nothing is sent.
pub(crate) fn takes_signals(signal: &JsValue) -> bool {
    let init = Record::new();
    init.set("signal", signal);
    // A request that is never sent: its constructor accepts what `fetch` accepts.
    construct("Request", &[&"http://localhost/".into(), &init]).is_ok() || global("Request").is_undefined()
}

/// Milliseconds of a monotonic clock.
pub(crate) fn now() -> f64 {
    CLOCK.with(Clock::now)
}

/// A UTF-8 decoder that keeps a byte order mark. Each stream has its own, since Safari's fails after 2 GiB.
pub(crate) fn utf8() -> TextDecoder {
    let options = Record::new();
    options.set("ignoreBOM", &JsValue::TRUE);
    TextDecoder::new("utf-8", &options)
}

/// Calls one of two callbacks when a promise settles.
pub(crate) fn then(promise: &Promise, [take, fail]: &[Closure<dyn FnMut(JsValue)>; 2]) {
    promise.unchecked_ref::<Settling>().then_call(take, fail);
}

/// Awaits a promise.
pub(crate) fn settled(promise: &Promise) -> JsFuture {
    JsFuture::from(promise.clone())
}

/// Calls a function of the page and awaits its result, which may be a promise.
pub(crate) fn call(function: &Function, argument: &JsValue) -> JsFuture {
    let result = function.call1(&JsValue::UNDEFINED, argument);
    settled(&result.map_or_else(|error| Promise::reject(&error), |result| Promise::resolve(&result)))
}

/// Runs a future to its end. Boxed, as in [`promise`].
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    spawn_local(future);
}

/// A promise of a future's result. The future is boxed, so that the module has code for one kind of task only.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>> = Box::pin(future);
    future_to_promise(future)
}

/// Reports an exception of an observer like an uncaught one, without ending the call. Node has no `reportError`, and an
/// unhandled rejection would end its process, so there it goes to the console.
pub(crate) fn report(error: &JsValue) {
    let report = if global("reportError").is_function() { "reportError" } else { "console.error" };
    let _ = call_global(report, &[error]);
}

/// The message of an exception, with that of its cause.
pub(crate) fn describe(error: &JsValue) -> String {
    let text = |path| text_at(error, path).filter(|text| !text.is_empty());
    let said = text("message").unwrap_or_else(|| text_of(error));
    match text("cause.message").or_else(|| text("cause.code")) {
        Some(cause) => format!("{said} ({cause})"),
        None => said,
    }
}
