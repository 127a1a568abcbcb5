//! `ReplicateHome`, the provider's client.

use crate::server::Server;
use replicate_wasm::{Chunk, Code, HomeOptions, Image, Makes, Message, ReplicateHome};
use serde_json::{Value, json};
use std::time::Duration;
use wasm_bindgen_test::wasm_bindgen_test;

fn options(server: &Server) -> HomeOptions {
    HomeOptions::new().proxy("/relay").fetch(server.fetch()).poll_interval(Duration::from_millis(1))
}

fn sent(server: &Server) -> Value {
    serde_json::from_str(server.requests()[0].body.as_deref().unwrap()).unwrap()
}

#[wasm_bindgen_test]
fn the_provider_has_its_models_as_constants() {
    let first = |makes: Makes| ReplicateHome::MODELS.into_iter().find(|model| model.makes == makes).unwrap().name;
    assert_eq!(ReplicateHome::DEFAULT_MODEL, first(Makes::Text));
    assert_eq!(ReplicateHome::DEFAULT_IMAGE_MODEL, first(Makes::Images));
    assert_eq!(ReplicateHome::text_models().count() + ReplicateHome::image_models().count(), 4);
    assert!(ReplicateHome::API_ENDPOINT.starts_with("https://homepage.replicate.com/"));
    assert_eq!(ReplicateHome::get_model("gemma-2b").unwrap().name, ReplicateHome::DEFAULT_MODEL);
    assert_eq!(ReplicateHome::get_model("").unwrap().name, ReplicateHome::DEFAULT_MODEL);
    assert_eq!(ReplicateHome::get_model("gpt-2").unwrap_err().code(), Code::ModelNotSupported);
}

#[wasm_bindgen_test]
async fn a_text_model_yields_text() {
    for server in [Server::sandbox(0).await, Server::relay(0).await] {
        let options = options(&server).prompt("Write a short poem about spring.");
        let mut chunks = ReplicateHome::create_async_generator(options);
        let mut text = String::new();
        while let Some(chunk) = chunks.next().await {
            match chunk.unwrap() {
                Chunk::Text(piece) => text += &piece,
                Chunk::Image(image) => panic!("{image:?}"),
            }
        }
        assert!(text.len() > 20, "{text}");
        assert_eq!(chunks.text().await.unwrap(), text);
    }
}

#[wasm_bindgen_test]
async fn an_image_model_yields_images_with_the_prompt_as_their_text() {
    let server = Server::sandbox(0).await;
    let options = options(&server).model("sd-3").prompt("A lighthouse");
    let chunk = ReplicateHome::create_async_generator(options).next().await.unwrap().unwrap();
    let Chunk::Image(image) = &chunk else { panic!("{chunk:?}") };
    assert_eq!(image.alt, "A lighthouse");
    assert_eq!(chunk.to_string(), format!("[![A lighthouse]({0})]({0})", image.url));
}

#[wasm_bindgen_test]
async fn the_markdown_of_an_image_escapes_its_text_and_its_url() {
    let image = |url: &str, alt: &str| Image { url: url.into(), alt: alt.into() }.to_string();
    assert_eq!(
        image("https://x.test/a b(1).png", "a\r\n\"b\" [c]"),
        "[![a b \\[c\\]](https://x.test/a%20b%281%29.png)](https://x.test/a%20b%281%29.png)"
    );
    assert_eq!(image("javascript:alert(1)", "a"), "a");
    assert_eq!(image("http://example.com/a.png", "a"), "a");
    assert_eq!(
        image("http://localhost:8787/a.png", "a"),
        "[![a](http://localhost:8787/a.png)](http://localhost:8787/a.png)"
    );
}

#[wasm_bindgen_test]
async fn messages_become_the_prompt_and_their_image_becomes_an_input() {
    let server = Server::scripted(r#"return Response.json({ id: "p1", status: "succeeded", output: ["x"] })"#);
    let messages = [
        Message::system("You are a poet."),
        Message::user("What is this?").image("https://x.test/1.png"),
        Message::new("critic", "Hm."),
    ];
    let options = options(&server).messages(messages).input(&json!({ "top_k": 3, "prompt": "none" }));
    assert_eq!(ReplicateHome::create_async_generator(options).text().await.unwrap(), "x");
    let prompt = "System: You are a poet.\nUser: What is this?\nCritic: Hm.\nAssistant:";
    assert_eq!(sent(&server)["input"], json!({ "prompt": prompt, "image": "https://x.test/1.png", "top_k": 3 }));
}

#[wasm_bindgen_test]
async fn a_bad_option_is_the_first_item_of_the_stream() {
    let server = Server::sandbox(0).await;
    for wrong in [
        options(&server),
        options(&server).messages([]),
        options(&server).prompt("x").input(&"no map"),
        options(&server).prompt("x").max_attempts(0),
        options(&server).prompt("x").proxy("ftp://x"),
    ] {
        let error = ReplicateHome::create_async_generator(wrong).next().await.unwrap().unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{error}");
    }
    assert!(server.routes().is_empty());
}

#[wasm_bindgen_test]
async fn it_polls_at_most_max_attempts_times() {
    let server = Server::scripted(r#"return Response.json({ id: "p1", status: "processing" })"#);
    let options = options(&server).prompt("Spring").max_attempts(3);
    let error = ReplicateHome::create_async_generator(options).text().await.unwrap_err();
    assert_eq!(error.code(), Code::Timeout);
    assert_eq!(server.routes()[1..], ["GET /relay/api/poll?id=p1"; 3]);
}
