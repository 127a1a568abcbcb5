//! Messages → prompt.

mod support;

use replicate_wasm::protocol::prompt::{capitalize, read};
use serde_json::{Value as Json, json};
use support::{Doc, StdCase};

fn capital(text: &str) -> String {
    capitalize(text, &StdCase)
}

fn prompt_of(messages: &Json, last: bool) -> Option<String> {
    read(&Doc::of(json!({ "messages": messages })), last, &StdCase)
}

fn prompt(messages: Json) -> String {
    prompt_of(&messages, false).expect("messages")
}

#[test]
fn the_first_character_is_in_title_case_and_the_rest_in_lower() {
    // All of Unicode is tested where the tables are, in tests/npm/capitalize.test.mjs.
    let table = [("SYSTEM", "System"), ("ßTRASSE", "Sstrasse"), ("ΑΣ", "Ας"), ("ﬁN", "Fin"), ("İI", "İi"), ("", "")];
    for (text, expected) in table {
        assert_eq!(capital(text), expected, "{text}");
    }
}

#[test]
fn one_message_is_the_prompt_untouched() {
    assert_eq!(prompt(json!([{"role": "SYSTEM", "content": " a\nb "}])), " a\nb ");
    assert_eq!(prompt(json!([{"role": "user", "content": ""}])), "");
}

#[test]
fn more_messages_are_a_line_each_and_an_open_one() {
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
    let both = json!([{"role": "user", "content": "a"}, {"role": "user", "content": "b\nc"}]);
    assert_eq!(prompt_of(&both, true).as_deref(), Some("b\nc"));
    assert_eq!(prompt_of(&Json::Null, true), None);
}
