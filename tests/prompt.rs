//! Prompts made of messages.

mod support;

use replicate_wasm::protocol::prompt::{Chat, Message, capitalize, image_prompt, read_messages, text_prompt};
use serde_json::{Value as Json, json};
use support::{Doc, StdCase};

fn capital(text: &str) -> String {
    capitalize(text, &StdCase)
}

fn chat(messages: Json) -> Result<Chat, String> {
    read_messages(&Doc(messages)).map_err(|error| {
        assert_eq!(error.code().name(), "invalid_argument");
        error.message().to_owned()
    })
}

fn prompt(messages: Json) -> String {
    text_prompt(&chat(messages).expect("messages").messages, &StdCase)
}

fn user(content: Json) -> Json {
    json!({"role": "user", "content": content})
}

fn user_message(content: &str) -> Message {
    Message { role: "user".to_owned(), content: content.to_owned() }
}

#[test]
fn capitalize_puts_the_first_character_in_title_case_and_the_rest_in_lower_case() {
    // tests/npm/capitalize.test.mjs tests all of Unicode with JavaScript's tables.
    let table = [("SYSTEM", "System"), ("ßTRASSE", "Sstrasse"), ("ΑΣ", "Ας"), ("ﬁN", "Fin"), ("İI", "İi"), ("", "")];
    for (text, expected) in table {
        assert_eq!(capital(text), expected, "{text}");
    }
}

#[test]
fn the_prompt_of_one_message_is_its_content_unchanged() {
    assert_eq!(prompt(json!([{"role": "SYSTEM", "content": " a\nb "}])), " a\nb ");
    assert_eq!(prompt(json!([{"role": "user", "content": ""}])), "");
}

#[test]
fn the_prompt_of_several_messages_has_a_line_for_each_and_an_open_one() {
    let dialogue = json!([
        {"role": "SYSTEM", "content": "Be brief."},
        {"role": "user", "content": "Hello\nthere"},
        {"role": "assistant", "content": ""},
        {"role": "", "content": "x"},
    ]);
    assert_eq!(prompt(dialogue), "System: Be brief.\nUser: Hello\nthere\nAssistant: \n: x\nAssistant:");
}

#[test]
fn an_image_models_prompt_is_the_last_message() {
    let both = chat(json!([user(json!("a")), user(json!("b\nc"))])).expect("messages");
    assert_eq!(image_prompt(&both.messages), "b\nc");
    assert_eq!(image_prompt(&[]), "");
}

#[test]
fn roles_and_contents_are_read_unchanged() {
    let messages = json!([{"role": "SYSTEM", "content": " a\nb ", "name": "x"}, user(json!(""))]);
    let system = Message { role: "SYSTEM".to_owned(), content: " a\nb ".to_owned() };
    assert_eq!(chat(messages), Ok(Chat { messages: vec![system, user_message("")], images: Vec::new() }));
}

#[test]
fn text_parts_are_joined_with_a_line_feed_and_images_are_listed_apart() {
    let parts = json!([
        {"type": "text", "text": "What is"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "text", "text": "this?"},
    ]);
    let images = vec!["data:image/png;base64,AA".to_owned()];
    assert_eq!(chat(json!([user(parts)])), Ok(Chat { messages: vec![user_message("What is\nthis?")], images }));
}

#[test]
fn images_are_in_the_order_of_the_messages() {
    let image = |url: &str| json!({"type": "image_url", "image_url": {"url": url, "detail": "low"}});
    let (a, b) = ("https://x.example/a.png", "https://x.example/b.png");
    let chat = chat(json!([user(json!([image(a)])), user(json!([])), user(json!([image(b)]))]));
    let images = vec![a.to_owned(), b.to_owned()];
    let messages = vec![user_message(""), user_message(""), user_message("")];
    assert_eq!(chat, Ok(Chat { messages, images }));
}

#[test]
fn an_invalid_message_is_an_error_that_names_its_index() {
    let table = [
        (json!([]), "The option messages is empty: it needs at least one message"),
        (json!([{"content": "x"}]), "The message messages[0] has no role (a string)"),
        (json!([{"role": 1, "content": "x"}]), "The message messages[0] has no role (a string)"),
        (json!([null]), "The message messages[0] has no role (a string)"),
        (json!(["hi"]), "The message messages[0] has no role (a string)"),
        (
            json!([user(json!("x")), {"role": "user"}]),
            "The message messages[1] has no content (a string or an array of parts)",
        ),
        (json!([user(json!(null))]), "The message messages[0] has no content (a string or an array of parts)"),
        (
            json!([user(json!(7))]),
            "The message messages[0] has a content that is neither a string nor an array of parts",
        ),
        (
            json!([user(json!(0))]),
            "The message messages[0] has a content that is neither a string nor an array of parts",
        ),
    ];
    for (messages, expected) in table {
        assert_eq!(chat(messages.clone()), Err(expected.to_owned()), "{messages}");
    }
}

#[test]
fn an_invalid_part_is_an_error_that_names_the_index_of_its_message() {
    let unsupported = |kind: &str| format!("a part of type \"{kind}\": only text and image_url parts are supported");
    let table = [
        (json!({"type": "input_audio"}), unsupported("input_audio")),
        (json!({"type": "text"}), "a text part without text".to_owned()),
        (json!({"type": "text", "text": 1}), "a text part without text".to_owned()),
        (json!({"type": "image_url"}), "an image_url part without image_url.url".to_owned()),
        (json!({"type": "image_url", "image_url": {}}), "an image_url part without image_url.url".to_owned()),
        (json!({"text": "x"}), unsupported("")),
        (json!("x"), unsupported("")),
        (json!(null), unsupported("")),
    ];
    for (part, what) in table {
        let messages = json!([user(json!([{"type": "text", "text": "ok"}, part]))]);
        assert_eq!(chat(messages), Err(format!("The message messages[0] has {what}")), "{part}");
    }
}
