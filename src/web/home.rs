//! The provider's part of the shell: what `home.js` makes its class of.

#![allow(unreachable_pub)] // Reached from JavaScript.

use super::driver::Driver;
use super::host;
use super::stream::PredictionStream;
use crate::backend::{Backend, Homepage};
use crate::delivery::Delivery;
use crate::model::{self, MODELS};
use crate::prompt::{self, Case};
use crate::retry::Policy;
use crate::run::{self, Goal, Ms, Run};
use js_sys::Array;
use wasm_bindgen::prelude::*;

/// Upper and lower case by the page's own tables.
struct HostCase;

impl Case for HostCase {
    fn lower(&self, text: &str) -> String {
        host::lower(text)
    }

    fn upper(&self, text: &str) -> String {
        host::upper(text)
    }
}

/// The models: name, alias, version, and whether it makes images.
#[wasm_bindgen(skip_typescript)]
pub fn models() -> Array {
    let row = |model: &model::Model| {
        Array::of4(&model.name.into(), &model.alias.into(), &model.version.into(), &model.image.into())
    };
    MODELS.iter().map(row).collect()
}

/// The full name of a model or alias.
#[wasm_bindgen(js_name = getModel, skip_typescript)]
pub fn get_model(name: &str) -> Result<String, JsValue> {
    Ok(model::find(name)?.name.into())
}

/// A prediction of the provider; `home.js` has read the options.
#[allow(clippy::too_many_arguments)] // One call with plain values, as in `host.rs`.
#[wasm_bindgen(skip_typescript)]
pub fn home(
    model: &str,
    prompt: Option<String>,
    messages: JsValue,
    input: JsValue,
    base: String,
    interval: Ms,
    attempts: u32,
    signal: JsValue,
    transport: JsValue,
) -> Result<PredictionStream, JsValue> {
    let model = model::find(model)?;
    let prompt = match prompt {
        Some(prompt) => prompt,
        None => {
            let messages = prompt::read(&messages)?;
            for (at, image) in messages.iter().flat_map(|message| &message.images).enumerate() {
                host::add_image(&input, image, at == 0);
            }
            if model.image { prompt::last(&messages) } else { prompt::format(&messages, &HostCase) }
        }
    };
    host::set_prompt(&input, &prompt);
    // The provider repeats nothing, and its attempts are its time limit.
    let allowed = run::Options {
        connect: 30_000,
        idle: Ms::MAX,
        total: Ms::MAX,
        policy: Policy { max_retries: 0, renewable: false, charges: false },
        cancel_on_leave: false,
    };
    let goal = if model.image { Goal::Whole } else { Goal::Text };
    let backend = Backend::Homepage(Homepage { base, model, interval, attempts });
    let run = Run::new(backend, goal, allowed, None, Delivery::default());
    Ok(Driver::new(run, &transport, &signal, goal, &prompt).into())
}

/// A stream that fails at its first result: what it was asked for makes no sense.
#[wasm_bindgen(skip_typescript)]
pub fn failed(error: JsValue) -> PredictionStream {
    Driver::failed(&error).into()
}
