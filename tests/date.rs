//! HTTP dates in `Retry-After` and `Date`. They are in GMT even where they do not say so.

use replicate_wasm::protocol::date::parse;
use replicate_wasm::protocol::retry::retry_after;
use std::time::Duration;

/// 1994-11-06 08:49:37 GMT.
const MOMENT: i64 = 784_111_777;

/// RFC 9110, 5.6.7.
const FORMS: [&str; 3] =
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];

fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

#[test]
fn each_of_the_three_forms_is_read() {
    for form in FORMS {
        assert_eq!(parse(form), Some(MOMENT), "{form}");
    }
}

#[test]
fn dates_are_right_across_months_years_and_leap_days() {
    let table = [
        ("Sun, 31 Dec 2000 23:59:59 GMT", "Mon, 01 Jan 2001 00:00:01 GMT", 2),
        ("Mon, 28 Feb 2000 23:59:59 GMT", "Tue, 29 Feb 2000 00:00:00 GMT", 1),
        ("Wed, 28 Feb 2001 00:00:00 GMT", "Thu, 01 Mar 2001 00:00:00 GMT", 86_400),
        ("Sun, 28 Feb 2100 00:00:00 GMT", "Mon, 01 Mar 2100 00:00:00 GMT", 86_400),
        ("Thursday, 31-Dec-99 23:59:58 GMT", "Saturday, 01-Jan-00 00:00:00 GMT", 2),
    ];
    for (now, then, apart) in table {
        let read = |text| parse(text).expect(text);
        assert_eq!(read(then) - read(now), apart, "{now} to {then}");
    }
    assert_eq!(parse("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
}

#[test]
fn a_malformed_date_is_none() {
    let table = [
        "",
        "soon",
        "Sun, 06 Non 1994 08:49:37 GMT",
        "08:49:37",
        "-1",
        "1.5",
        "日",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT more",
        "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
    ];
    for text in table {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn retry_after_of_digits_is_seconds() {
    for (value, expected) in [("0", 0), ("7", 7), (" 12 ", 12), ("007", 7), ("99999999999", 99_999_999_999)] {
        assert_eq!(retry_after(value, None, MOMENT), seconds(expected), "{value}");
    }
    assert_eq!(retry_after(&"9".repeat(40), None, MOMENT), seconds(u64::MAX), "an overflow saturates");
}

#[test]
fn retry_after_of_a_date_is_relative_to_the_date_header_or_else_to_the_clock() {
    for form in FORMS {
        assert_eq!(retry_after(form, Some("Sun, 06 Nov 1994 08:49:30 GMT"), 0), seconds(7), "{form}");
        assert_eq!(retry_after(form, None, MOMENT - 9), seconds(9), "{form}");
        assert_eq!(retry_after(form, Some("soon"), MOMENT - 9), seconds(9), "the Date header is malformed");
    }
    assert_eq!(retry_after(FORMS[0], Some("Sun, 06 Nov 1994 08:49:38 GMT"), 0), seconds(0), "the date has passed");
}

#[test]
fn any_other_retry_after_is_ignored() {
    // Not `Some(0)`, which would ask for a retry at once.
    for value in ["-1", "1.5", "+3", "", "soon"] {
        assert_eq!(retry_after(value, None, MOMENT), None, "{value}");
    }
}
