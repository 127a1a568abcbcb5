//! The event-stream parser: the rules of the standard, and the same events for *any* split of a stream.
//!
//! A failing input of the fuzz test prints its seed: `SEED=123 cargo test --test sse` runs it again. The corpus is
//! `tests/fixtures/sse/`. Each file there is tested in every split.

mod support;

use replicate_wasm::protocol::sse::{Event, LIMIT, Parser};
use std::fs;
use support::{Random, Seen, interpreted, parsed};

/// How many inputs the fuzz test makes.
const INPUTS: u64 = 4_000;

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sse");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.display().to_string(), fs::read(&path).expect("a file")))
        .collect();
    files.sort();
    assert!(files.len() > 10, "the corpus is complete");
    files
}

fn event(name: &str, data: &str, id: Option<&str>, own_id: bool) -> Seen {
    Seen { name: name.into(), data: data.into(), id: id.map(str::to_owned), own_id }
}

/// The data of the events of a stream.
fn data(stream: &[u8]) -> Vec<String> {
    parsed([stream]).0.into_iter().map(|event| event.data).collect()
}

#[test]
fn each_rule_of_the_standard() {
    let table: &[(&[u8], &[&str])] = &[
        (b"data: a\n\ndata: b\n\n", &["a", "b"]),
        // One byte order mark at the start, and no other.
        (b"\xEF\xBB\xBFdata: a\n\n\xEF\xBB\xBFdata: b\n\n", &["a"]),
        (b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\n", &[]),
        // Each line end, also mixed. CRLF is one line end.
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", &["a", "b", "c"]),
        (b"data: a\r\n\ndata: b\n\r\ndata: c\r\r\n\n", &["a", "b", "c"]),
        // One space after the colon is removed.
        (b"data:a\n\ndata:  b\n\ndata:\tc\n\n", &["a", " b", "\tc"]),
        // Several data lines are joined with a line feed. A newline token is two empty data lines.
        (b"data: a\ndata: b\n\n", &["a\nb"]),
        (b"data: \ndata: \n\n", &["\n"]),
        (b"data:\ndata:\n\n", &["\n"]),
        (b"data\ndata\n\n", &["\n"]),
        (b"data: \ndata: \ndata: \n\n", &["\n\n"]),
        // An event with empty data is dispatched, one without data is not.
        (b"data\n\ndata:\n\ndata: \n\n", &["", "", ""]),
        (b"event: output\n\nid: 1\n\nretry: 5\n\n\n\n", &[]),
        // Comments and unknown fields are ignored. Field names are case-sensitive.
        (b": data: no\n:\n::\ndata: a\n: no\n\n", &["a"]),
        (b"foo: a\ndatax: b\nDATA: c\n data: d\ndata : e\n\n", &[]),
        (b"data: a:b: c\n\n", &["a:b: c"]),
        // A last event without its blank line is dropped, except `done`.
        (b"data: a\n\ndata: b", &["a"]),
        (b"data: a\n\ndata: b\n", &["a"]),
        (b"data: a\n\nevent: done\ndata: {}", &["a", "{}"]),
        (b"data: a\n\nevent: done\ndata: {}\n", &["a", "{}"]),
        (b"data: a\n\nevent: done\n", &["a"]),
        (b"data: a\n\nevent: donee\ndata: {}", &["a"]),
        (b"event: done\ndata: a\n\ndata: b", &["a"]),
        // Invalid UTF-8 becomes a replacement character. NUL and other control characters are text.
        (b"data: \xE6\x97\n\ndata: \xA5x\n\n", &["\u{FFFD}", "\u{FFFD}x"]),
        (b"data: \xF0\x9F\x98\n\n", &["\u{FFFD}"]),
        (b"data: nul\0x\x0b\xE2\x80\xA8y\n\n", &["nul\0x\u{b}\u{2028}y"]),
        (b"data: \xE6\x97\xA5\xF0\x9F\x98\x80\n\n", &["日😀"]),
        (b"", &[]),
        (b"\n\r\r\n", &[]),
    ];
    for (stream, expected) in table {
        assert_eq!(data(stream), *expected, "{}", stream.escape_ascii());
        assert_eq!(parsed([*stream]), interpreted(stream), "{}", stream.escape_ascii());
    }
}

#[test]
fn an_id_lasts_until_the_next_and_an_empty_one_resets_it() {
    let stream = b"data: a\n\nid: 1\ndata: b\n\ndata: c\n\nid: x\0y\ndata: d\n\nid: 2\n\ndata: e\n\nid:\ndata: f\n\ndata: g\n\nid: 3\nid: 4\ndata: h\n\n";
    let expected = [
        event("", "a", None, false),
        event("", "b", Some("1"), true),
        event("", "c", Some("1"), false),
        event("", "d", Some("1"), false),
        event("", "e", Some("2"), false),
        event("", "f", None, true),
        event("", "g", None, false),
        event("", "h", Some("4"), true),
    ];
    assert_eq!(parsed([&stream[..]]).0, expected);
}

#[test]
fn a_name_lasts_for_one_event_and_the_last_one_wins() {
    let stream = b"event: a\nevent: b\ndata: 1\n\ndata: 2\n\nevent: c\n\ndata: 3\n\nevent: d\nevent:\ndata: 4\n\n";
    let names: Vec<_> = parsed([&stream[..]]).0.into_iter().map(|event| event.name).collect();
    assert_eq!(names, ["b", "", "", ""]);
}

#[test]
fn retry_must_be_digits() {
    let table: &[(&[u8], Option<u32>)] = &[
        (b"retry: 10\n\n", Some(10)),
        (b"retry:0\n", Some(0)),
        (b"retry: 10\nretry: 20\n", Some(20)),
        (b"retry: 10\nretry: 1x\nretry: -1\nretry: 1.5\nretry:\nretry: \xD9\xA1\nretry:  5\nretry: +5\n", Some(10)),
        (b"retry: 4294967295\n", Some(u32::MAX)),
        (b"retry: 10\nretry: 99999999999999999999\n", Some(u32::MAX)),
        (b"retry\n", None),
    ];
    for (stream, expected) in table {
        assert_eq!(parsed([*stream]).1, *expected, "{}", stream.escape_ascii());
    }
}

#[test]
fn every_split_of_the_corpus_gives_the_events_of_the_standard() {
    for (name, bytes) in corpus() {
        let expected = interpreted(&bytes);
        assert_eq!(parsed([&bytes[..]]), expected, "{name}");
        assert_eq!(parsed(bytes.chunks(1)), expected, "{name}, byte by byte");
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(parsed(pieces), expected, "{name}, split at {first} and {second}");
            }
        }
    }
}

#[test]
fn random_streams_in_random_splits_give_the_events_of_the_standard() {
    let corpus = corpus();
    let one = std::env::var("SEED").ok().map(|seed| seed.parse().expect("SEED is a number"));
    for seed in one.map_or(0..INPUTS, |seed: u64| seed..seed + 1) {
        let mut random = Random::new(seed);
        let bytes = match random.below(4) {
            0 => (0..random.below(120)).map(|_| random.next() as u8).collect(),
            1 => mutated(&mut random, &corpus),
            _ => structured(&mut random),
        };
        let expected = interpreted(&bytes);
        for _ in 0..3 {
            let pieces = split(&mut random, &bytes);
            assert_eq!(parsed(pieces.iter().copied()), expected, "SEED={seed}: {}", bytes.escape_ascii());
        }
    }
}

/// A random stream of valid and invalid pieces.
fn structured(random: &mut Random) -> Vec<u8> {
    const PIECES: [&[u8]; 32] = [
        b"data",
        b"data:",
        b"data: ",
        b"data: a",
        b"event: output",
        b"event: done",
        b"event:",
        b"id: 1",
        b"id: 1690212292:7",
        b"id:",
        b"id: \0",
        b"retry: 10",
        b"retry: x",
        b": comment",
        b":",
        b" ",
        b"\0",
        b"\xEF\xBB\xBF",
        b"\xEF\xBB",
        b"\xF0\x9F",
        b"\x98\x80",
        "日本".as_bytes(),
        b"{}",
        b"\r",
        b"\n",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r\n",
        b"\n\n",
        b"\r\r",
        b"\r\n\r\n",
    ];
    (0..random.below(60)).flat_map(|_| random.pick(&PIECES).to_vec()).collect()
}

/// A file of the corpus with some bytes changed, inserted, removed or repeated.
fn mutated(random: &mut Random, corpus: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].1.clone();
    for _ in 0..1 + random.below(6) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes.insert(at, random.pick(b"\r\n: \0d\xEF\xBB\xBF")),
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            _ => bytes.extend_from_within(at..),
        }
        bytes.truncate(400);
    }
    bytes
}

fn split<'a>(random: &mut Random, mut bytes: &'a [u8]) -> Vec<&'a [u8]> {
    let most = random.pick(&[1, 3, 20, 200]);
    let mut pieces = Vec::new();
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(random.below(most + 1).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

/// Feeds chunks until the parser fails. Returns the number of bytes before it and the code of the error.
fn refused_after(pieces: impl Iterator<Item = Vec<u8>>) -> Option<(usize, &'static str)> {
    let mut parser = Parser::default();
    let mut taken = 0;
    for piece in pieces {
        parser.push(piece.to_vec());
        if let Err(error) = parser.parse(&mut |_: Event<'_>| {}) {
            return Some((taken, error.code().name()));
        }
        taken += piece.len();
    }
    None
}

#[test]
fn a_line_past_the_limit_is_an_error() {
    let chunk = 1 << 20;
    let endless = std::iter::once(b"data: ".to_vec()).chain(std::iter::repeat_n(vec![b'x'; chunk], 40));
    let (taken, code) = refused_after(endless).expect("an error");
    assert_eq!(code, "protocol");
    assert!(taken <= LIMIT, "{taken} bytes were kept");
}

#[test]
fn an_event_of_many_short_lines_past_the_limit_is_an_error() {
    let line = [b"data: ".as_slice(), &vec![b'x'; 1 << 20], b"\n"].concat();
    let (taken, code) = refused_after(std::iter::repeat_n(line.clone(), 40)).expect("an error");
    assert_eq!(code, "protocol");
    assert!(taken <= LIMIT + 33 * (line.len() - (1 << 20)), "{taken} bytes were kept");
}

#[test]
fn a_line_of_exactly_the_limit_passes() {
    let mut line = b"data: ".to_vec();
    line.resize(LIMIT, b'x');
    let tail = b"\n\ndata: next\n\n".to_vec();
    assert_eq!(refused_after([line, tail].into_iter()), None);
}

#[test]
fn finished_comments_events_and_ids_are_not_kept() {
    // 40 MB in all: past the limit if the parser kept any of it.
    let mut parser = Parser::default();
    let mut count = 0;
    let block = [b": ".as_slice(), &[b'c'; 4_000], b"\nid: 1\nevent: x\ndata: y\n\n"].concat();
    for _ in 0..10_000 {
        parser.push(block.to_vec());
        parser.parse(&mut |_: Event<'_>| count += 1).expect("below the limit");
    }
    assert_eq!(count, 10_000);
}

#[test]
fn a_long_line_in_single_bytes_takes_linear_time() {
    // If each piece searched the line from its start, 400,000 pieces would be 80,000,000,000 steps: the test would not end.
    let mut parser = Parser::default();
    let mut len = 0;
    for &byte in b"data: ".iter().chain([b'x'; 400_000].iter()).chain(b"\n\n") {
        parser.push(vec![byte]);
        parser.parse(&mut |event: Event<'_>| len = event.data.len()).expect("below the limit");
    }
    assert_eq!(len, 400_000);
}
