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
