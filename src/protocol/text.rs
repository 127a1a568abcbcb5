//! Sentences and addresses put together. The formatting machinery of the standard library would be a
//! twentieth of the whole module.

/// The texts one after another.
#[must_use]
#[inline(never)]
pub(crate) fn join(parts: &[&str]) -> String {
    let mut joined = String::new();
    for part in parts {
        joined.push_str(part);
    }
    joined
}

/// A template with a value in place of each `{}`.
#[inline(never)]
pub(crate) fn fill(template: &str, values: &[&str]) -> String {
    let mut filled = String::new();
    let (mut from, mut values) = (0, values.iter());
    for (at, byte) in template.bytes().enumerate() {
        if byte == b'{' {
            filled.push_str(&template[from..at]);
            filled.push_str(values.next().unwrap_or(&""));
            from = at + 2;
        }
    }
    filled.push_str(&template[from..]);
    filled
}

/// A number in decimal digits.
#[inline(never)]
pub(crate) fn decimal(number: u32) -> String {
    let mut digits = if number < 10 { String::new() } else { decimal(number / 10) };
    digits.push_str(digit((number % 10) as u8));
    digits
}

/// A hexadecimal digit.
pub(crate) fn digit(number: u8) -> &'static str {
    let at = usize::from(number);
    &"0123456789ABCDEF"[at..=at]
}

/// How many characters of a server's text an error shows.
const SHOWN: usize = 200;

/// A text from a server, fit to stand in an error: white space folded, cut after 200 characters.
#[must_use]
#[inline(never)]
pub fn shorten(text: &str) -> String {
    let mut short = String::new();
    for word in text.split_ascii_whitespace() {
        short.push_str(if short.is_empty() { "" } else { " " });
        short.push_str(word);
    }
    let mut starts = short.bytes().enumerate().filter(|(_, byte)| byte & 0xC0 != 0x80);
    if let Some((end, _)) = starts.nth(SHOWN) {
        short.truncate(end);
        short += "…";
    }
    short
}
