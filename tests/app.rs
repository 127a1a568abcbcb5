//! The client for apps in Rust, used in a page like an app's: against the sandbox and the relay, which run in the page,
//! and against scripted servers.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A failed unwrap fails the test.

#[path = "readme/poem.rs"]
#[allow(unreachable_pub)] // The README shows it as an app's own module.
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

/// The input of a model that takes a prompt.
#[derive(serde::Serialize)]
struct Input<'a> {
    prompt: &'a str,
}

const SPRING: Input = Input { prompt: "Write a short poem about spring." };

/// The input of the sandbox's model that outputs the given tokens.
#[derive(serde::Serialize)]
struct Tokens<'a> {
    tokens: &'a [&'a str],
}
