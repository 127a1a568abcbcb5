//! JSON inside another text.

mod support;

use replicate_wasm::protocol::json::find;
use support::Doc;

fn found(text: &str) -> Option<String> {
    find::<Doc>(text).map(|Doc(value)| value.to_string())
}

#[test]
fn the_first_object_of_a_text_is_found() {
    let table = [
        (r#"{"id":"a"}"#, r#"{"id":"a"}"#),
        (r#"<html><pre>{"id":"a","n":{"m":[1,{}]}}</pre>{"id":"b"}</html>"#, r#"{"id":"a","n":{"m":[1,{}]}}"#),
        // Brackets and quotes inside strings do not count.
        (r#"x {"s":"}{\"}\\"} y"#, r#"{"s":"}{\"}\\"}"#),
        // Braces that are no JSON object are skipped.
        (r#"function f() { return 1 } {"id":"a"}"#, r#"{"id":"a"}"#),
        (r#"<style>a{}b{ }</style>{"id":"a"}"#, r#"{"id":"a"}"#),
        // An object that never closes does not hide the next one.
        (r#"{"open": [ {"id":"a"}"#, r#"{"id":"a"}"#),
        ("\u{FEFF}{\"text\":\"日本\"}", "{\"text\":\"日本\"}"),
        (r#")]}',{"id":"a"}"#, r#"{"id":"a"}"#),
    ];
    for (text, expected) in table {
        assert_eq!(found(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_text_without_an_object_has_none() {
    for text in ["", "<html></html>", "{", "}{", "{}", "{\"a\":", "null", "[1, 2]", "{'a': 1}", "\"{\""] {
        assert_eq!(found(text), None, "{text}");
    }
}

#[test]
fn the_search_in_a_hostile_page_is_bounded() {
    // Each bracket is a candidate that is searched to the end of the text. Without a bound the work would be
    // quadratic, and the object after them all would be found.
    let hostile = format!("{}{{\"id\":\"a\"}}", "{\n".repeat(50_000));
    assert_eq!(found(&hostile), None);
    let fewer = format!("{}{{\"id\":\"a\"}}", "{\n".repeat(20));
    assert_eq!(found(&fewer).as_deref(), Some(r#"{"id":"a"}"#));
}
