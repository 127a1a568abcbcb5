//! Reads options from JavaScript objects. An error names the option and the kind of its value.

use super::error::{error_to_js, invalid, must_be};
use super::state::observer;
use crate::client::{HeaderSource, Sender, Settings, Token, base_url, is_id};
use crate::protocol::backend::CancelAfter;
use crate::protocol::error::{Code, Error};
use crate::web::headers::headers_of;
use crate::web::js::{Record, at, call, global, is_missing, tag, url};
use crate::web::{Failure, Pending};
use js_sys::{Array, Function};
use std::cell::Cell;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Headers};

/// The longest delay of a browser's timer. A longer one fires at once.
const LONGEST_MS: f64 = 2_147_483_647.0;
const HEADERS: &str = "an object of names and values that HTTP allows";

pub(super) fn is_plain_object(value: &JsValue) -> bool {
    value.is_object() && !Array::is_array(value)
}

/// Whether the content of an object is in its fields. A Map, a Blob or a Promise would be sent as `{}`.
fn is_record(value: &JsValue) -> bool {
    value.is_object() && matches!(&*tag(value), "[object Object]" | "[object Module]")
}

/// An options object.
///
/// Reading an invalid option stores its error and returns `None`, so that code can read all options and then call
/// [`check`](Self::check) once. The first error counts. The builders of the crate work in the same way.
pub(super) struct Options {
    fields: Record,
    mistake: Cell<Option<JsValue>>,
}

impl Options {
    /// Reads the argument with the options. It may be missing.
    pub(super) fn of(value: &JsValue) -> Self {
        let is_object = is_plain_object(value);
        let fields = if is_object { value.clone().unchecked_into() } else { Record::new() };
        let options = Self { fields, mistake: Cell::default() };
        if !is_object && !value.is_undefined() {
            options.refuse(must_be("The options", "an object", value));
        }
        options
    }

    /// Returns the first error.
    pub(super) fn check(self) -> Result<(), JsValue> {
        self.mistake.take().map_or(Ok(()), Err)
    }

    /// Stores an error, unless there is one already.
    pub(super) fn refuse(&self, mistake: JsValue) {
        let first = self.mistake.take().unwrap_or(mistake);
        self.mistake.set(Some(first));
    }

    /// Stores the error of a result.
    pub(super) fn accept<T>(&self, read: Result<T, Error>) -> Option<T> {
        read.map_err(|error| self.refuse(error_to_js(&error))).ok()
    }

    /// An option of any kind, also `undefined` or `null`.
    pub(super) fn raw(&self, name: &str) -> JsValue {
        self.fields.read(name).unwrap_or_else(|exception| {
            self.refuse(exception);
            JsValue::UNDEFINED
        })
    }

    /// An option of any kind; `None` when it is `undefined` or `null`.
    pub(super) fn value(&self, name: &str) -> Option<JsValue> {
        let value = self.raw(name);
        (!is_missing(&value)).then_some(value)
    }

    /// An option of a kind: `fits` converts it, or returns `None` for the wrong kind.
    fn typed<T>(&self, name: &str, words: &str, fits: impl FnOnce(&JsValue) -> Option<T>) -> Option<T> {
        let value = self.value(name)?;
        let typed = fits(&value);
        if typed.is_none() {
            self.refuse_kind(name, words, &value);
        }
        typed
    }

    /// An option that is taken as it is if it `fits`.
    fn kept<T: JsCast>(&self, name: &str, words: &str, fits: fn(&JsValue) -> bool) -> Option<T> {
        self.typed(name, words, |value| fits(value).then(|| value.clone())).map(JsValue::unchecked_into)
    }

    /// Stores the error of a value of the wrong kind.
    pub(super) fn refuse_kind(&self, name: &str, words: &str, value: &JsValue) {
        self.refuse(must_be(&format!("The option {name}"), words, value));
    }

    pub(super) fn string(&self, name: &str) -> Option<String> {
        self.typed(name, "a string", JsValue::as_string)
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        let fits = |text: &String| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        self.typed(name, "a string of ASCII, in one line", |value| value.as_string().filter(fits))
    }

    pub(super) fn one_of(&self, name: &str, words: &str, all: &[&str]) -> Option<String> {
        self.typed(name, words, |value| value.as_string().filter(|text| all.contains(&text.as_str())))
    }

    /// An id that the caller chooses.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        self.typed(name, "a string of 1 to 64 letters, digits, - and _", |value| {
            value.as_string().filter(|text| is_id(text))
        })
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.typed(name, "true or false", JsValue::as_bool).unwrap_or(default)
    }

    pub(super) fn ms(&self, name: &str) -> Option<Duration> {
        let words = "a number of milliseconds from 0 to 2147483647";
        let ms = self.typed(name, words, |value| value.as_f64().filter(|ms| (0.0..=LONGEST_MS).contains(ms)));
        ms.map(|ms| Duration::from_millis(ms as u64))
    }

    pub(super) fn whole(&self, name: &str, words: &str, range: RangeInclusive<u32>) -> Option<u32> {
        self.typed(name, words, |value| {
            let number = value.as_f64()?;
            let whole = number as u32;
            (f64::from(whole) == number && range.contains(&whole)).then_some(whole)
        })
    }

    pub(super) fn object(&self, name: &str) -> Option<Record> {
        self.kept(name, "an object", is_record)
    }

    pub(super) fn array(&self, name: &str) -> Option<Array> {
        self.kept(name, "an array", Array::is_array)
    }

    pub(super) fn function(&self, name: &str) -> Option<Function> {
        self.kept(name, "a function", JsValue::is_function)
    }

    /// The `fetch` to call. The global one is read for each client, since pages may replace it.
    pub(super) fn fetch(&self) -> Function {
        self.function("fetch").unwrap_or_else(|| global("fetch").unchecked_into())
    }

    /// The headers of each request, or the function that returns them.
    pub(super) fn header_source(&self) -> HeaderSource {
        let Some(ask) = self.value("headers").filter(JsValue::is_function) else {
            return HeaderSource::Fixed(self.headers());
        };
        let ask: Function = ask.unchecked_into();
        HeaderSource::Asked(Rc::new(move || {
            let ask = ask.clone();
            Box::pin(async move {
                let value = call(&ask, &JsValue::UNDEFINED).await.map_err(Failure::Own)?;
                if is_missing(&value) {
                    return Ok(None);
                }
                let error = || Error::new(Code::InvalidArgument, format!("The function headers must return {HEADERS}"));
                headers_of(&value).map(Some).map_err(|_| error().into())
            }) as Pending<_>
        }))
    }

    pub(super) fn headers(&self) -> Option<Headers> {
        self.typed("headers", HEADERS, |value| headers_of(value).ok())
    }

    pub(super) fn credentials(&self) -> Option<String> {
        self.one_of("credentials", "a string: omit, same-origin or include", &["omit", "same-origin", "include"])
    }

    pub(super) fn signal(&self) -> Option<AbortSignal> {
        let is_signal =
            |value: &JsValue| at(value, "aborted").as_bool().is_some() && at(value, "addEventListener").is_function();
        self.kept("signal", "an AbortSignal", is_signal)
    }

    /// What sends the requests of a client.
    pub(super) fn sender(&self, base: String, token: Option<Token>) -> Sender {
        let (fetch, headers, credentials) = (self.fetch(), self.header_source(), self.credentials());
        Sender { fetch, base, headers, credentials, token, native: Vec::new() }
    }

    /// The URL of a server, without a slash at its end. In a page it may be relative to the page.
    pub(super) fn base_url(&self, name: &str) -> Option<String> {
        self.string(name).and_then(|text| self.accept(base_url(&text, name)))
    }

    /// The settings of a client or a call, with defaults for those that are missing.
    pub(super) fn settings(&self, defaults: &Settings) -> Settings {
        let mut settings = defaults.clone();
        let limits = &mut settings.limits;
        limits.connect = self.ms("connectTimeoutMs").or(limits.connect);
        limits.idle = self.ms("idleTimeoutMs").or(limits.idle);
        limits.total = self.ms("timeoutMs").or(limits.total);
        let retries = self.whole("maxRetries", "a whole number from 0 to 1000000", 0..=1_000_000);
        limits.max_retries = retries.unwrap_or(limits.max_retries);
        if let Some(time) = self.string("cancelAfter") {
            settings.cancel_after = self.accept(CancelAfter::read(&time));
        }
        settings.cancel_on_leave = self.flag("cancelOnBreak", settings.cancel_on_leave);
        self.observe(&mut settings);
        settings
    }

    /// Sets the observer of a call if there is one, and its signal, which has no default.
    pub(super) fn observe(&self, settings: &mut Settings) {
        if let Some(function) = self.function("onState") {
            settings.observer = Some(observer(function));
        }
        settings.signal = self.signal();
    }

    /// The input of a prediction. Validates the option `webhook` too.
    pub(super) fn input(&self) -> Record {
        if let Some(webhook) = self.string("webhook")
            && url(&webhook, None).is_none()
        {
            self.refuse_kind("webhook", "a string with an absolute URL", &webhook.into());
        }
        self.object("input").unwrap_or_else(|| {
            self.refuse(invalid("The option input is needed"));
            Record::new()
        })
    }
}
