//! The client for apps in Rust, as an app in a page uses it: against the sandbox and the relay, which run in the page, and
//! against servers of a few answers.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test fails where it unwraps.

#[path = "readme/poem.rs"]
#[allow(unreachable_pub)] // As an app has it.
mod poem;

#[path = "app/call.rs"]
mod call;
#[path = "app/cog.rs"]
mod cog;
#[path = "app/error.rs"]
mod error;
#[path = "app/home.rs"]
mod home;
#[path = "app/options.rs"]
mod options;
#[path = "app/results.rs"]
mod results;
#[path = "app/server.rs"]
#[allow(unreachable_pub)]
mod server;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

const MODEL: &str = "meta/meta-llama-3-8b-instruct";

/// An input of the sandbox's models.
#[derive(serde::Serialize)]
struct Input<'a> {
    prompt: &'a str,
}

const SPRING: Input = Input { prompt: "Write a short poem about spring." };

/// An input of the sandbox's model that gives back tokens.
#[derive(serde::Serialize)]
struct Tokens<'a> {
    tokens: &'a [&'a str],
}
