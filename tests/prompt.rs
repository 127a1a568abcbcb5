//! Messages → prompt, and Python's `str.capitalize` for all of Unicode.

mod support;

use replicate_wasm::prompt::{capitalize, read};
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

fn prompt_of(messages: &Json, last: bool) -> Option<String> {
    read(&Doc::of(json!({ "messages": messages })), last, &StdCase)
}

fn prompt(messages: Json) -> String {
    prompt_of(&messages, false).expect("messages")
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
    assert_eq!(prompt_of(&both, true).as_deref(), Some("b\nc"));
    assert_eq!(prompt_of(&Json::Null, true), None);
}
