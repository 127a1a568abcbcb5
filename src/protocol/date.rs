//! HTTP dates (RFC 9110, 5.6.7), for `Date` and `Retry-After`.

use super::digits::digits;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads a date in one of its three forms as seconds since 1970:
///
/// ```text
/// Sun, 06 Nov 1994 08:49:37 GMT
/// Sunday, 06-Nov-94 08:49:37 GMT
/// Sun Nov  6 08:49:37 1994
/// ```
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    let mut words = text.split([' ', '-']).filter(|word| !word.is_empty());
    let mut next = || words.next();
    let (day_name, day, month, year, time) = match [next(), next(), next(), next(), next(), next(), next()] {
        [Some(day_name), Some(day), Some(month), Some(year), Some(time), Some("GMT"), None] => {
            (day_name.strip_suffix(',')?, day, month, year, time)
        }
        [Some(day_name), Some(month), Some(day), Some(time), Some(year), None, None] => {
            (day_name, day, month, year, time)
        }
        _ => return None,
    };
    // The name of the day is redundant, but it distinguishes a date from other texts.
    if day_name.len() < 3 || !day_name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)?;
    let year = match (year.len(), number(year)?) {
        // A year of two digits: from 70 on of the last century, else of this one.
        (2, short @ 70..) => 1900 + short,
        (2, short) => 2000 + short,
        (4, year) => year,
        _ => return None,
    };
    let mut parts = time.split([':']);
    let mut next = || parts.next();
    let [Some(hours), Some(minutes), Some(seconds), None] = [next(), next(), next(), next()] else { return None };
    let (hours, minutes, seconds) = (number(hours)?, number(minutes)?, number(seconds)?);
    let day = number(day).filter(|day| (1..=31).contains(day))?;
    if hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    Some(((days(year, month as i64 + 1, day) * 24 + hours) * 60 + minutes) * 60 + seconds)
}

/// A number of at most four digits.
fn number(text: &str) -> Option<i64> {
    if text.len() > 4 { None } else { digits(text.as_bytes()).map(|number| number as i64) }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar, for years from 0 on. Years begin in March, so that the leap
/// day is the last day: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}
