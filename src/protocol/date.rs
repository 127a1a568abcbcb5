//! HTTP dates (RFC 9110, 5.6.7), for `Date` and `Retry-After`.

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
    // The name of the day is redundant, but it distinguishes a date from other texts.
    let (day_name, rest) = text.split_once(' ')?;
    let letters = day_name.strip_suffix(',').unwrap_or(day_name);
    if letters.len() < 3 || !letters.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let mut words = rest.split([' ', '-']).filter(|word| !word.is_empty());
    let mut next = || words.next();
    let (day, month, year, time) = if day_name.ends_with(',') {
        let date = (next()?, next()?, next()?, next()?);
        if next()? != "GMT" {
            return None;
        }
        date
    } else {
        let (month, day, time, year) = (next()?, next()?, next()?, next()?);
        (day, month, year, time)
    };
    if words.next().is_some() {
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
    let mut parts = time.split(':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let day = number(day).filter(|day| (1..=31).contains(day))?;
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    Some(((days(year, month as i64 + 1, day) * 24 + hours) * 60 + minutes) * 60 + seconds)
}

/// A number of at most four digits.
fn number(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar, for years from 0 on. Years begin in March, so that the leap
/// day is the last day: <https://howardhinnant.github.io/date_algorithms.html#days_from_civil>.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}
