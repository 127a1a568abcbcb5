//! Sentences and addresses put together. The formatting machinery of the standard library would be a
//! twentieth of the whole module.

/// The texts one after another.
#[must_use]
#[inline(never)]
pub(crate) fn join(parts: &[&str]) -> String {
    parts.concat()
}

/// A template with a value in place of each `{}`.
#[inline(never)]
pub(crate) fn fill(template: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let mut values = values.iter();
    for char in template.chars() {
        match char {
            '{' => filled.push_str(values.next().unwrap_or(&"")),
            '}' => {}
            char => filled.push(char),
        }
    }
    filled
}

/// A number in decimal digits.
#[inline(never)]
pub(crate) fn decimal(number: u32) -> String {
    let mut digits = if number < 10 { String::new() } else { decimal(number / 10) };
    digits.push(char::from(b'0' + (number % 10) as u8));
    digits
}

/// A number written in digits alone; one that is too large for a double is still a large one.
pub(crate) fn digits(text: &[u8]) -> Option<f64> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    is_number.then(|| text.iter().fold(0.0, |number, digit| number * 10.0 + f64::from(digit - b'0')))
}

/// How many characters of a server's text an error shows.
const SHOWN: usize = 200;

/// A text from a server, fit to stand in an error: white space folded, cut after 200 characters.
#[must_use]
#[inline(never)]
pub fn shorten(text: &str) -> String {
    let mut short = String::new();
    let (mut room, mut space) = (SHOWN, false);
    for char in text.chars() {
        if char.is_ascii_whitespace() {
            space = !short.is_empty();
            continue;
        }
        if std::mem::take(&mut space) {
            short.push(' ');
        }
        if room == 0 {
            short.push('…');
            break;
        }
        room -= 1;
        short.push(char);
    }
    short
}
