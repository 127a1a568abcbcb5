//! Reads options from JavaScript objects. An error names the option and the kind of its value.

use super::error::{error_to_js, invalid};
use super::state::observer;
use crate::client::{HeaderList, HeaderSource, Limits, Settings, base_url, is_id};
use crate::protocol::backend::CancelAfter;
use crate::protocol::error::{Code, Error};
use crate::web::js::{Record, at, call, global, tag, text_of};
use crate::web::{Failure, Pending};
use js_sys::{Array, Function};
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Url};

#[wasm_bindgen]
extern "C" {
    /// The constructor of web-sys does not take any value.
    type Headers;
    #[wasm_bindgen(constructor, catch)]
    fn new(init: &JsValue) -> Result<Headers, JsValue>;
}

/// The longest delay of a browser's timer. A longer one fires at once.
const LONGEST_MS: f64 = 2_147_483_647.0;
const A_HEADER: &str = "a text that a header can carry";
const HEADERS: &str = "names and values of headers";

/// The kind of a value for a message, such as "a string". Never the value itself, which may be a secret.
fn kind_of(value: &JsValue) -> String {
    if value.is_undefined() {
        return "undefined".to_owned();
    }
    if value.is_null() {
        return "null".to_owned();
    }
    if value.as_f64().is_some() {
        return format!("the number {}", text_of(value));
    }
    let kind = tag(value).to_ascii_lowercase();
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {kind}")
}

/// The error of a value of the wrong kind.
pub(super) fn must_be(what: &str, words: &str, value: &JsValue) -> JsValue {
    invalid(format!("{what} must be {words}, not {}", kind_of(value)))
}

pub(super) fn is_plain_object(value: &JsValue) -> bool {
    value.is_object() && !Array::is_array(value)
}

/// The error of an option of the wrong kind.
fn wrong(name: &str, words: &str, value: &JsValue) -> JsValue {
    must_be(&format!("The option {name}"), words, value)
}

/// An options object.
#[derive(Clone)]
pub(super) struct Options(pub(super) Record);

impl Options {
    /// Reads the argument with the options. It may be missing.
    pub(super) fn of(value: &JsValue) -> Result<Self, JsValue> {
        match value {
            value if value.is_undefined() => Ok(Self(Record::new())),
            value if is_plain_object(value) => Ok(Self(value.clone().unchecked_into())),
            value => Err(must_be("The options", "an object", value)),
        }
    }

    /// An option of any kind; `None` when it is undefined or null.
    pub(super) fn value(&self, name: &str) -> Result<Option<JsValue>, JsValue> {
        let value = self.0.read(name)?;
        Ok((!value.is_undefined() && !value.is_null()).then_some(value))
    }

    /// An option of a kind: `fits` converts it, or returns `None` for the wrong kind.
    fn typed<T>(
        &self,
        name: &str,
        words: &str,
        fits: impl FnOnce(&JsValue) -> Option<T>,
    ) -> Result<Option<T>, JsValue> {
        let Some(value) = self.value(name)? else { return Ok(None) };
        fits(&value).map(Some).ok_or_else(|| wrong(name, words, &value))
    }

    pub(super) fn string(&self, name: &str) -> Result<Option<String>, JsValue> {
        self.typed(name, "a string", JsValue::as_string)
    }

    pub(super) fn header(&self, name: &str) -> Result<Option<String>, JsValue> {
        let fits = |text: &String| text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        self.typed(name, A_HEADER, |value| value.as_string().filter(fits))
    }

    pub(super) fn one_of(&self, name: &str, words: &str, all: &[&str]) -> Result<Option<String>, JsValue> {
        self.typed(name, words, |value| value.as_string().filter(|text| all.contains(&text.as_str())))
    }

    /// An id that the caller chooses.
    pub(super) fn id(&self, name: &str) -> Result<Option<String>, JsValue> {
        self.typed(name, "1 to 64 letters, digits, - and _", |value| value.as_string().filter(|text| is_id(text)))
    }

    pub(super) fn flag(&self, name: &str, default: bool) -> Result<bool, JsValue> {
        Ok(self.typed(name, "true or false", JsValue::as_bool)?.unwrap_or(default))
    }

    pub(super) fn ms(&self, name: &str) -> Result<Option<Duration>, JsValue> {
        let words = "a number of milliseconds from 0 to 2147483647";
        let ms = self.typed(name, words, |value| value.as_f64().filter(|ms| (0.0..=LONGEST_MS).contains(ms)))?;
        Ok(ms.map(|ms| Duration::from_millis(ms as u64)))
    }

    pub(super) fn whole(&self, name: &str, words: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, JsValue> {
        self.typed(name, words, |value| {
            let number = value.as_f64()?;
            let whole = number as u32;
            (f64::from(whole) == number && range.contains(&whole)).then_some(whole)
        })
    }

    pub(super) fn object(&self, name: &str) -> Result<Option<Record>, JsValue> {
        self.typed(name, "an object", |value| is_plain_object(value).then(|| value.clone().unchecked_into()))
    }

    pub(super) fn array(&self, name: &str) -> Result<Option<Array>, JsValue> {
        self.typed(name, "an array", |value| Array::is_array(value).then(|| value.clone().unchecked_into()))
    }

    pub(super) fn function(&self, name: &str) -> Result<Option<Function>, JsValue> {
        self.typed(name, "a function", |value| value.is_function().then(|| value.clone().unchecked_into()))
    }

    /// The `fetch` to call. The global one is read for each client, since pages may replace it.
    pub(super) fn fetch(&self) -> Result<Function, JsValue> {
        Ok(self.function("fetch")?.unwrap_or_else(|| global("fetch").unchecked_into()))
    }

    /// The headers of each request, or the function that returns them.
    pub(super) fn header_source(&self) -> Result<HeaderSource, JsValue> {
        let value = self.value("headers")?;
        let Some(ask) = value.filter(JsValue::is_function) else {
            return Ok(HeaderSource::Fixed(self.headers()?.unwrap_or_default()));
        };
        let ask: Function = ask.unchecked_into();
        Ok(HeaderSource::Asked(Rc::new(move || {
            let ask = ask.clone();
            Box::pin(async move {
                let value = call(&ask, &JsValue::UNDEFINED).await.map_err(Failure::Own)?;
                if value.is_undefined() || value.is_null() {
                    return Ok(HeaderList::new());
                }
                let error = || Error::new(Code::InvalidArgument, format!("The function headers must give {HEADERS}"));
                header_list(&value).ok_or_else(|| error().into())
            }) as Pending<_>
        })))
    }

    pub(super) fn headers(&self) -> Result<Option<HeaderList>, JsValue> {
        self.typed("headers", HEADERS, header_list)
    }

    pub(super) fn credentials(&self) -> Result<Option<String>, JsValue> {
        self.one_of("credentials", "omit, same-origin or include", &["omit", "same-origin", "include"])
    }

    pub(super) fn signal(&self) -> Result<Option<AbortSignal>, JsValue> {
        self.typed("signal", "an AbortSignal", |value| {
            let is_signal = at(value, "aborted").as_bool().is_some() && at(value, "addEventListener").is_function();
            is_signal.then(|| value.clone().unchecked_into())
        })
    }

    /// The URL of a server, without a slash at its end. In a page it may be relative to the page.
    pub(super) fn base_url(&self, name: &str) -> Result<Option<String>, JsValue> {
        let url = self.string(name)?.map(|text| base_url(&text, name));
        url.transpose().map_err(|error| error_to_js(&error))
    }

    /// The settings of a client or a call, with defaults for those that are missing.
    pub(super) fn settings(&self, defaults: &Settings) -> Result<Settings, JsValue> {
        let limits = defaults.limits;
        let limits = Limits {
            connect: self.ms("connectTimeoutMs")?.or(limits.connect),
            idle: self.ms("idleTimeoutMs")?.or(limits.idle),
            total: self.ms("timeoutMs")?.or(limits.total),
            max_retries: self
                .whole("maxRetries", "a whole number from 0 to 1000000", 0..=1_000_000)?
                .unwrap_or(limits.max_retries),
        };
        let observers = self.observers()?;
        Ok(Settings {
            limits,
            cancel_on_leave: self.flag("cancelOnBreak", defaults.cancel_on_leave)?,
            cancel_after: self.cancel_after()?.or_else(|| defaults.cancel_after.clone()),
            observer: observers.observer.or_else(|| defaults.observer.clone()),
            ..observers
        })
    }

    fn cancel_after(&self) -> Result<Option<CancelAfter>, JsValue> {
        let time = self.string("cancelAfter")?.map(|time| CancelAfter::read(&time));
        time.transpose().map_err(|error| error_to_js(&error))
    }

    /// The signal and the observer of a call. The other settings are defaults.
    pub(super) fn observers(&self) -> Result<Settings, JsValue> {
        let observer = self.function("onState")?.map(observer);
        Ok(Settings { signal: self.signal()?, observer, ..Settings::default() })
    }

    /// The input of a prediction. Validates the option `webhook` too.
    pub(super) fn input(&self) -> Result<Record, JsValue> {
        if let Some(webhook) = self.string("webhook")?
            && Url::new(&webhook).is_err()
        {
            return Err(must_be("The option webhook", "a URL", &webhook.into()));
        }
        self.object("input")?.ok_or_else(|| invalid("The option input is needed"))
    }
}

/// Names and values of headers, as `new Headers()` takes them.
fn header_list(value: &JsValue) -> Option<HeaderList> {
    let headers = Headers::new(value).ok()?;
    let entry = |entry: JsValue| Some((at(&entry, "0").as_string()?, at(&entry, "1").as_string()?));
    Array::from(&headers).iter().map(entry).collect()
}
