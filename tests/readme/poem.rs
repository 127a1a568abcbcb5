//! The README's example for apps in Rust. `tests/app.rs` runs it.

use replicate_wasm::{Error, Replicate};
use serde::Serialize;

#[derive(Serialize)]
struct Input<'a> {
    prompt: &'a str,
}

/// Shows a poem while it is written.
pub async fn poem(replicate: &Replicate, mut show: impl FnMut(&str)) -> Result<(), Error> {
    let input = Input { prompt: "Write a short poem about spring." };
    let mut poem = replicate.stream_text("meta/meta-llama-3-8b-instruct", &input);
    while let Some(text) = poem.next().await {
        show(&text?);
    }
    Ok(())
}
