//! How a stream begins: what `call.js` and `home.js` tell of a call, as a [`Run`]. They have read the options.

#![allow(unreachable_pub)] // Reached from JavaScript.
#![allow(clippy::too_many_arguments)] // One call with plain values, as in `host.rs`.

use super::driver::Driver;
use super::host::Host;
use crate::backend::{Backend, Protocol, Wait};
use crate::delivery::Delivery;
use crate::http;
use crate::model::{self, MODELS};
use crate::prompt;
use crate::retry::Policy;
use crate::run::{Goal, Ms, Options, Run};
use wasm_bindgen::prelude::*;

/// The models, a line each: name, alias, version, and whether it makes images, with spaces between them.
#[wasm_bindgen(skip_typescript)]
pub fn models() -> String {
    let mut lines = String::new();
    for model in &MODELS {
        let image = if model.image { " image\n" } else { "\n" };
        for word in [model.name, " ", model.alias, " ", model.version, image] {
            lines.push_str(word);
        }
    }
    lines
}

/// Which of the models has that name or alias; -1 where none has.
#[wasm_bindgen(js_name = findModel, skip_typescript)]
pub fn find_model(name: &str) -> i32 {
    model::find(name).map_or(-1, |at| at as i32)
}

#[wasm_bindgen]
impl Driver {
    /// A prediction of the provider. The messages are those of the host, unless there is a prompt.
    #[wasm_bindgen(skip_typescript)]
    pub fn home(host: Host, model: usize, prompt: Option<String>, base: String, interval: Ms, attempts: u32) -> Self {
        let model = &MODELS[model.min(MODELS.len() - 1)];
        // The provider repeats nothing, and its attempts are its time limit.
        let policy = Policy { max_retries: 0, renewable: false, charges: false };
        let options = Options { connect: 30_000, idle: Ms::MAX, total: Ms::MAX, policy, cancel_on_leave: false };
        let goal = if model.image { Goal::Whole } else { Goal::Text };
        let backend = Backend::homepage(model, base, interval, attempts);
        let mut run = Run::new(backend, goal, options, None, Delivery::default());
        match prompt.map_or_else(
            || prompt::read(&host, model.image, &host),
            |prompt| Ok(prompt::Said { prompt, images: Vec::new() }),
        ) {
            Ok(said) => {
                host.prompt(&said.prompt);
                for image in &said.images {
                    host.image(image);
                }
            }
            Err(error) => run.fail(error),
        }
        Self::around(run, host)
    }

    /// A call of `Replicate` (protocol 1), of `Cog` (2), or a request of the user's own (3).
    #[wasm_bindgen(constructor, skip_typescript)]
    pub fn new(
        host: Host,
        protocol: u32,
        goal: u32,
        base: String,
        target: &str,
        method: &str,
        mode: u32,
        wait: u32,
        id: Option<String>,
        last_id: Option<String>,
        delivered: f64,
        connect: Ms,
        idle: Ms,
        total: Ms,
        max_retries: u32,
        renewable: bool,
        cancel_on_leave: bool,
    ) -> Self {
        let protocol = match protocol {
            1 => Protocol::Replicate,
            2 => Protocol::Cog,
            _ => Protocol::Plain,
        };
        let goal = match goal {
            0 => Goal::Snapshots,
            1 => Goal::Text,
            _ => Goal::Events,
        };
        let wait = match mode {
            0 => Wait::Block(wait),
            1 => Wait::Poll(wait),
            _ => Wait::Stream,
        };
        let mut backend = Backend::new(protocol, base, wait);
        if protocol == Protocol::Plain {
            backend.method = method_name(method);
            backend.model = http::rebase(target, &backend.base);
        }
        let policy = Policy { max_retries, renewable, charges: true };
        let options = Options { connect, idle, total, policy, cancel_on_leave };
        let delivery = Delivery::after(last_id.map(String::into_bytes), delivered as usize);
        let asks = protocol == Protocol::Replicate && id.is_none();
        let mut run = Run::new(backend, goal, options, id, delivery);
        if asks {
            run.ask_for(target);
        }
        Self::around(run, host)
    }
}

/// A method as a name that lives as long as the program.
fn method_name(name: &str) -> &'static str {
    static KNOWN: [&str; 5] = ["POST", "PUT", "PATCH", "DELETE", "QUERY"];
    KNOWN.iter().find(|known| **known == name).unwrap_or(&"GET")
}
