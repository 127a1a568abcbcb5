//! A page in Rust: a poem that is shown while it is written, and a picture.

use leptos::prelude::*;
use leptos::task::spawn_local;
use replicate_wasm::{CallState, Error, Replicate};
use serde::Serialize;

#[derive(Serialize)]
struct Input<'a> {
    prompt: &'a str,
}

/// Appends a poem to a text while it is written.
async fn write(replicate: Replicate, poem: RwSignal<String>) -> Result<(), Error> {
    let input = Input { prompt: "Write a short poem about spring." };
    let mut pieces = replicate.stream_text("meta/meta-llama-3-8b-instruct", &input);
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        poem.update(|poem| poem.push_str(&piece));
    }
    Ok(())
}

/// The address of a picture.
async fn draw(replicate: Replicate) -> Result<String, Error> {
    let input = Input { prompt: "A lighthouse at dusk" };
    let pictures: Vec<String> = replicate.run("black-forest-labs/flux-schnell", &input).await?;
    pictures.into_iter().next().ok_or_else(|| Error::new(replicate_wasm::Code::Protocol, "The model made no picture"))
}

/// What a call is doing, in words.
fn words(state: &CallState) -> &'static str {
    match state {
        CallState::Sending => "Sending",
        CallState::Running { .. } => "Starting",
        CallState::Streaming => "Writing",
        CallState::Ended { .. } => "Done",
        _ => "Waiting",
    }
}

#[component]
fn App() -> impl IntoView {
    let (poem, picture) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (state, failure) = (RwSignal::new(""), RwSignal::new(String::new()));
    let start = move |_| {
        let told = move |call: &CallState| state.set(words(call));
        let replicate = match Replicate::builder().base_url("/relay/v1").on_state(told).build() {
            Ok(replicate) => replicate,
            Err(error) => return failure.set(error.to_string()),
        };
        spawn_local(async move {
            if let Err(error) = write(replicate.clone(), poem).await {
                failure.set(error.to_string());
            }
            match draw(replicate).await {
                Ok(url) => picture.set(url),
                Err(error) => failure.set(error.to_string()),
            }
        });
    };
    view! {
        <button on:click=start>"Write and draw"</button>
        <p id="state">{state}</p>
        <p id="poem">{poem}</p>
        <Show when=move || !picture.read().is_empty()>
            <img src=picture alt="A lighthouse at dusk" />
        </Show>
        <p id="failure">{failure}</p>
    }
}

fn main() {
    mount_to_body(App);
}
