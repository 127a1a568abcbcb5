//! Messages → prompt, and Python's `str.capitalize` for all of Unicode.

mod support;

use replicate_wasm::error::Error;
use replicate_wasm::prompt::{Said, capitalize, read};
use serde_json::{Value as Json, json};
use support::{Doc, StdCase};

/// Made with Python 3.11; its head says what each line is.
const CAPITALIZE: &str = include_str!("fixtures/capitalize.txt");

fn lines(kind: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = CAPITALIZE.lines().filter_map(move |line| line.strip_prefix(kind)?.strip_prefix(' '));
    lines.map(|line| line.split_once(' ').unwrap_or((line, "")))
}

fn code(hex: &str) -> u32 {
    u32::from_str_radix(hex, 16).expect("a code point")
}

fn text(hexes: &str) -> String {
    hexes.split('+').map(|hex| char::from_u32(code(hex)).expect("a character")).collect()
}

fn capital(text: &str) -> String {
    capitalize(text, &StdCase)
}

fn messages(messages: Json, last: bool) -> Result<Said, Box<Error>> {
    read(&Doc::of(json!({ "messages": messages })), last, &StdCase)
}

fn refused(from: Json) -> String {
    let error = messages(from, false).expect_err("it is refused");
    assert_eq!(error.code.name(), "invalid_argument");
    error.message
}

fn prompt(from: Json) -> String {
    messages(from, false).expect("messages").prompt
}

#[test]
fn each_title_case_of_its_own_is_pythons() {
    let all: Vec<_> = lines("own").collect();
    assert!(all.len() > 100, "the fixture is read");
    for (from, to) in all {
        assert_eq!(capital(&text(from)), text(to), "U+{from}");
    }
}

#[test]
fn every_character_of_unicode_14_capitalises_as_in_python() {
    let assigned: Vec<_> = lines("assigned").map(|(from, to)| code(from)..=code(to)).collect();
    let is_assigned = |char: char| assigned.iter().any(|range| range.contains(&(char as u32)));
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for char in assigned.iter().cloned().flatten().filter_map(char::from_u32) {
        let mut result = capital(&char.to_string());
        // A later Unicode gave a few old letters a capital: Python 3.11 does not know it.
        if result.chars().next().is_some_and(|first| first != char && !is_assigned(first)) {
            result = char.into();
        }
        for byte in result.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
    let (expected, _) = lines("hash").next().expect("a hash");
    assert_eq!(format!("{hash:016X}"), expected);
}

#[test]
fn whole_words_capitalise_as_in_python() {
    let all: Vec<_> = lines("text").collect();
    assert!(all.len() > 200, "the fixture is read");
    for (from, to) in all {
        assert_eq!(capital(&text(from)), text(to), "{:?}", text(from));
    }
    assert_eq!(capital("SYSTEM"), "System");
    assert_eq!(capital("ßtraße"), "Sstraße");
    assert_eq!(capital("ǆ"), "ǅ");
    assert_eq!(capital("ΑΣ"), "Ας");
    assert_eq!(capital("ﬁ"), "Fi");
    assert_eq!(capital("İ"), "İ");
    assert_eq!(capital("ა"), "ა");
    assert_eq!(capital(""), "");
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
    assert_eq!(messages(both, true).expect("messages").prompt, "b\nc");
}

#[test]
fn text_parts_join_with_a_newline_and_images_stand_apart() {
    let parts = json!([{"role": "user", "content": [
        {"type": "text", "text": "What is"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        {"type": "text", "text": "this?"},
        {"type": "image_url", "image_url": {"url": "https://x.example/b.png", "detail": "low"}},
    ]}]);
    let read = messages(parts, false).expect("messages");
    assert_eq!(read.prompt, "What is\nthis?");
    assert_eq!(read.images, ["data:image/png;base64,AA", "https://x.example/b.png"]);
    let none = messages(json!([{"role": "user", "content": []}]), false).expect("no parts are an empty text");
    assert_eq!(none, Said::default());
}

#[test]
fn messages_that_make_no_sense_are_refused_by_place() {
    let table = [
        (json!([]), "The option messages is empty: it needs at least one message"),
        (json!({"role": "user"}), "The option messages must be an array of {role, content}"),
        (json!("hello"), "The option messages must be an array of {role, content}"),
        (json!([{"content": "x"}]), "The message messages[0] has no role (a string)"),
        (json!([{"role": 1, "content": "x"}]), "The message messages[0] has no role (a string)"),
        (json!([null]), "The message messages[0] has no role (a string)"),
        (json!(["hi"]), "The message messages[0] has no role (a string)"),
        (
            json!([{"role": "user", "content": "x"}, {"role": "user"}]),
            "The message messages[1] has no content (a string or an array of parts)",
        ),
        (
            json!([{"role": "user", "content": null}]),
            "The message messages[0] has no content (a string or an array of parts)",
        ),
        (
            json!([{"role": "user", "content": 7}]),
            "The message messages[0] has a content that is neither a string nor an array of parts",
        ),
    ];
    for (from, expected) in table {
        assert_eq!(refused(from.clone()), expected, "{from}");
    }
}

#[test]
fn parts_that_nobody_knows_are_refused_by_name() {
    let table = [
        (
            json!({"type": "input_audio"}),
            "has a part of type \"input_audio\": only text and image_url parts are supported",
        ),
        (json!({"type": "text"}), "has a text part without text"),
        (json!({"type": "text", "text": 1}), "has a text part without text"),
        (json!({"type": "image_url"}), "has an image_url part without image_url.url"),
        (json!({"type": "image_url", "image_url": {}}), "has an image_url part without image_url.url"),
        (json!({"text": "x"}), "has a part of type \"\": only text and image_url parts are supported"),
        (json!("x"), "has a part of type \"\": only text and image_url parts are supported"),
    ];
    for (part, expected) in table {
        let message = refused(json!([{"role": "user", "content": [{"type": "text", "text": "ok"}, part]}]));
        assert_eq!(message, format!("The message messages[0] {expected}"));
    }
}
