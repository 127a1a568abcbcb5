//! The record of delivered text: enough to resume after a break, within a limit.

use replicate_wasm::protocol::delivery::{Comparison, Delivery, PARTIAL};
use replicate_wasm::protocol::sse::Event;

/// An empty delivery to a reader of text.
fn fresh() -> Delivery {
    let mut delivery = Delivery::default();
    delivery.text_only = true;
    delivery
}

fn output(delivery: &mut Delivery, data: &[u8], id: Option<&str>) {
    let id = id.map(str::as_bytes);
    delivery.take(&Event { name: b"output", data, id: id.unwrap_or_default(), own_id: id.is_some() }, true);
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

/// The part of a whole output that is not delivered yet; `None` when the output does not begin with the delivered text.
fn missing(delivery: &Delivery, output: &[String]) -> Option<Vec<String>> {
    let Comparison::Continues { index, offset } = delivery.compare(output) else { return None };
    let mut missing = output[index..].to_vec();
    if let Some(first) = missing.first_mut() {
        first.replace_range(..offset, "");
    }
    Some(missing)
}

/// A delivery that has handed out these events.
fn delivered(events: &[(&str, Option<&str>)]) -> Delivery {
    let mut delivery = fresh();
    for (data, id) in events {
        output(&mut delivery, data.as_bytes(), *id);
    }
    delivery.clear();
    delivery
}

/// The texts of the batch.
fn batch(delivery: &Delivery) -> Vec<String> {
    let batch = delivery.batch().map(|batch| String::from_utf8_lossy(batch).into_owned());
    batch.map(|batch| batch.split('\r').map(str::to_owned).collect()).unwrap_or_default()
}

#[test]
fn a_batch_holds_empty_events_too() {
    let mut delivery = delivered(&[]);
    assert_eq!((delivery.batch(), delivery.count()), (None, 0));
    for data in ["", "a", "", ""] {
        output(&mut delivery, data.as_bytes(), None);
    }
    assert_eq!((batch(&delivery), delivery.count()), (texts(&["", "a", "", ""]), 4));
    delivery.clear();
    assert_eq!((delivery.batch(), delivery.count(), delivery.bytes), (None, 0, 1));
}

#[test]
fn the_partial_text_keeps_the_last_eight_mebibytes_in_whole_characters() {
    let mut delivery = fresh();
    // Three bytes for each character: no multiple of three is eight mebibytes.
    let chunk = "日".repeat(1 << 16);
    for _ in 0..50 {
        output(&mut delivery, chunk.as_bytes(), None);
        delivery.clear();
        assert!(delivery.partial().len() <= PARTIAL);
        assert_eq!(delivery.is_cut(), delivery.bytes > PARTIAL);
    }
    let partial = delivery.partial();
    assert_eq!(
        (partial.len(), std::str::from_utf8(partial).is_ok_and(|text| text.chars().all(|char| char == '日'))),
        (PARTIAL - PARTIAL % 3, true)
    );
    assert_eq!(delivery.bytes, 50 * chunk.len());
}

#[test]
fn the_partial_text_stays_within_its_limit_over_a_million_events() {
    let mut delivery = fresh();
    for at in 0..1_000_000_u32 {
        output(&mut delivery, b"0123456789abcdef", None);
        if at % 100 == 0 {
            delivery.clear();
        }
    }
    assert_eq!((delivery.bytes, delivery.partial().len()), (16_000_000, PARTIAL));
}

#[test]
fn the_missing_part_of_an_output_follows_the_delivered_text() {
    // The delivered events, the output, and the missing elements.
    type Row = (&'static [&'static str], &'static [&'static str], Option<&'static [&'static str]>);
    let table: &[Row] = &[
        (&[], &["a", "", "b"], Some(&["a", "", "b"])),
        (&["a"], &["a", "", "b"], Some(&["", "b"])),
        (&["a", "", "b"], &["a", "", "b"], Some(&[])),
        (&["ab"], &["a", "b", "c"], Some(&["c"])),
        (&["a", "b"], &["abc"], Some(&["c"])),
        (&["日"], &["日本"], Some(&["本"])),
        (&["a"], &["b"], None),
        (&["ab"], &["a"], None),
        (&["a"], &[], None),
        (&[], &[], Some(&[])),
        (&["aa"], &["a", "b"], None),
    ];
    for (events, output, expected) in table {
        let delivery = delivered(&events.iter().map(|&text| (text, None)).collect::<Vec<_>>());
        assert_eq!(missing(&delivery, &texts(output)), expected.map(texts), "{events:?} of {output:?}");
    }
}

#[test]
fn an_output_is_compared_with_the_kept_text_of_a_long_stream() {
    let mut delivery = fresh();
    let tokens: Vec<String> = (0..20_000).map(|at| format!("{at:1000},")).collect();
    let (before, after) = tokens.split_at(tokens.len() - 2);
    for token in before {
        output(&mut delivery, token.as_bytes(), None);
        delivery.clear();
    }
    assert!(delivery.is_cut() && delivery.bytes > 2 * PARTIAL, "the beginning is no longer kept");
    assert_eq!(missing(&delivery, &tokens).as_deref(), Some(after));
    let mut other = tokens.clone();
    other[before.len() - 1] = "x".repeat(before[before.len() - 1].len());
    assert_eq!(missing(&delivery, &other), None);
}

#[test]
fn a_reconnected_stream_is_filtered_by_its_ids() {
    // The delivered events, the events of the new connection, and those to deliver.
    let ids = |ids: &[&'static str]| ids.iter().map(|&id| (id, Some(id))).collect::<Vec<_>>();
    let table = [
        (ids(&["1:0", "1:1"]), ids(&["1:2", "1:3"]), texts(&["1:2", "1:3"])),
        (ids(&["1:0", "1:1"]), ids(&["1:0", "1:1", "1:2"]), texts(&["1:2"])),
        (ids(&["1:0", "1:1"]), ids(&["1:1", "1:2"]), texts(&["1:2"])),
        // Ids are compared as numbers: 10 comes after 9.
        (ids(&["1:9"]), ids(&["1:9", "1:10"]), texts(&["1:10"])),
        (ids(&["9"]), ids(&["8", "9", "10"]), texts(&["10"])),
        (ids(&["1690212292-0"]), ids(&["1690212292-0", "1690212293-0"]), texts(&["1690212293-0"])),
        // Ids without an order: the server restarts at the first event, or replays from the last one on.
        (ids(&["x", "c", "m"]), ids(&["x", "c", "m", "a"]), texts(&["a"])),
        (ids(&["x", "c", "m"]), ids(&["m", "a"]), texts(&["a"])),
        (ids(&["x", "c", "m"]), ids(&["a", "b"]), texts(&["a", "b"])),
    ];
    for (first, second, expected) in table {
        let mut delivery = delivered(&first);
        delivery.connected(true);
        for (data, id) in &second {
            output(&mut delivery, data.as_bytes(), *id);
        }
        assert_eq!(batch(&delivery), expected, "{first:?} then {second:?}");
        assert!(delivery.in_step() && !delivery.differs());
    }
}

#[test]
fn a_restarted_stream_without_ids_is_in_step_only_after_the_delivered_text() {
    let mut delivery = delivered(&[("a", None), ("b", None)]);
    delivery.connected(true);
    assert!(!delivery.in_step());
    output(&mut delivery, b"a", None);
    assert!(!delivery.in_step());
    output(&mut delivery, b"x", None);
    assert!(delivery.differs());
    output(&mut delivery, b"y", None);
    assert_eq!(delivery.count(), 0, "a different text is not delivered");
}

#[test]
fn logs_do_not_count_as_text() {
    let mut delivery = delivered(&[]);
    delivery.take(&Event { name: b"logs", data: b"10%", id: b"", own_id: false }, false);
    assert_eq!((delivery.bytes, delivery.count(), delivery.partial()), (0, 0, &[][..]));
    delivery.text_only = false;
    delivery.take(&Event { name: b"logs", data: b"10%", id: b"7", own_id: true }, false);
    assert_eq!((batch(&delivery), delivery.bytes), (texts(&["logs", "7", "10%"]), 0));
    assert_eq!(delivery.last_id, b"7");
}
