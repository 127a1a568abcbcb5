//! The state of a call, for JavaScript.

use super::error::error_to_js;
use crate::protocol::error::millis;
use crate::protocol::run::{CallState, WaitReason};
use crate::web::Observer;
use crate::web::js::{Record, report};
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// An observer that calls a function of the page. An exception of the function does not end the call.
pub(super) fn observer(function: Function) -> Observer {
    Rc::new(move |state| {
        if let Err(error) = function.call1(&JsValue::UNDEFINED, &to_js(state)) {
            report(&error);
        }
    })
}

/// A state as an object with a `type`.
pub(super) fn to_js(state: &CallState) -> JsValue {
    let object = Record::new();
    let set = |name, value: JsValue| object.set(name, &value);
    let kind = match state {
        CallState::Uploading => "uploading",
        CallState::Sending => "sending",
        CallState::Waiting { reason, retry_after, attempt, error } => {
            let reason = match reason {
                WaitReason::RateLimited => "rate_limited",
                WaitReason::Retry => "retry",
            };
            set("reason", reason.into());
            set("retryAfterMs", (millis(*retry_after) as f64).into());
            set("attempt", (*attempt).into());
            set("error", error_to_js(error));
            "waiting"
        }
        CallState::Running { status } => {
            set("status", status.name().into());
            "running"
        }
        CallState::Streaming => "streaming",
        CallState::Reconnecting { attempt, error } => {
            set("attempt", (*attempt).into());
            set("error", error_to_js(error));
            "reconnecting"
        }
        CallState::Polling { reason } => {
            if let Some(reason) = reason {
                set("reason", error_to_js(reason));
            }
            "polling"
        }
        CallState::Ended { status, canceled } => {
            if let Some(status) = status {
                set("status", status.name().into());
            }
            if let Some(canceled) = canceled {
                set("canceled", (*canceled).into());
            }
            "ended"
        }
    };
    set("type", kind.into());
    object.into()
}

/// The state of a call that failed before it began.
pub(super) fn ended() -> JsValue {
    to_js(&CallState::Ended { status: None, canceled: None })
}
