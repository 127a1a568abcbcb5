//! Parses bytes into events by the rules of the WHATWG event-stream format
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>).
//!
//! Lines are split before anything is decoded, so a chunk may end anywhere: in a character, in a CRLF, in the byte order
//! mark. *Any* split of a stream gives the same events. No byte is searched twice for a line end, and only the unfinished
//! line and event are kept.

use super::digits::digits;
use super::error::Error;
use std::time::Duration;

/// The longest line, and the most data of an event. A data URI of a large picture fits.
pub const LIMIT: usize = 32 << 20;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// An event in undecoded bytes. They contain no CR, which always ends a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// The `event` field; empty for an event without a name.
    pub name: &'a [u8],
    /// The `data` lines, joined with LF.
    pub data: &'a [u8],
    /// The last event id so far, this event's own included; empty if there is none.
    pub id: &'a [u8],
    /// Whether the event has its own `id` field.
    pub own_id: bool,
}

/// The parser of a connection.
#[derive(Debug, Default)]
pub struct Parser {
    /// Bytes not consumed yet: the unfinished line, then the new chunk.
    buffer: Vec<u8>,
    /// How many bytes of `buffer` were already searched for a line end.
    searched: usize,
    /// The last line ended in CR: a following LF belongs to it.
    after_cr: bool,
    /// The first line was parsed, which may begin with a byte order mark.
    started: bool,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    id: Vec<u8>,
    own_id: bool,
    /// The newest `retry` field.
    pub retry: Option<Duration>,
}

impl Parser {
    /// Takes a chunk of the body.
    pub fn push(&mut self, chunk: Vec<u8>) {
        if self.buffer.is_empty() {
            self.buffer = chunk;
        } else {
            self.buffer.extend_from_slice(&chunk);
        }
    }

    /// Parses the chunks, and passes each finished event to `sink`.
    ///
    /// # Errors
    /// `protocol` when a line or an event's data grows past [`LIMIT`].
    pub fn parse<F: FnMut(Event<'_>)>(&mut self, sink: &mut F) -> Result<(), Error> {
        let buffer = std::mem::take(&mut self.buffer);
        let (mut line_start, mut from) = (0, self.searched);
        loop {
            if self.after_cr {
                match buffer.get(line_start) {
                    None => break,
                    Some(b'\n') => line_start += 1,
                    Some(_) => {}
                }
                self.after_cr = false;
                from = line_start;
            }
            let Some(len) = buffer[from..].iter().position(ends_line) else { break };
            let end = from + len;
            self.after_cr = buffer[end] == b'\r';
            self.line(&buffer[line_start..end], sink);
            line_start = end + 1;
            from = line_start;
        }
        self.buffer = buffer;
        let rest = line_start.min(self.buffer.len());
        self.buffer.copy_within(rest.., 0);
        self.buffer.truncate(self.buffer.len() - rest);
        self.searched = self.buffer.len();
        if self.buffer.len() > LIMIT || self.data.len() > LIMIT {
            return Err(Error::protocol(
                "A line of the event stream is longer than 32 MiB: get this output with run()",
            ));
        }
        Ok(())
    }

    /// Parses the end of the body. The specification drops a last event without its blank line. One whose name satisfies
    /// `counts` is dispatched all the same: a last `done` is the end even without the blank line.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn finish<F: FnMut(Event<'_>)>(&mut self, counts: impl Fn(&[u8]) -> bool, sink: &mut F) -> Result<(), Error> {
        if !self.buffer.is_empty() {
            self.buffer.push(b'\n');
        }
        let parsed = self.parse(sink);
        if counts(&self.name) {
            self.dispatch(sink);
        }
        parsed
    }

    #[inline]
    fn line(&mut self, mut line: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        if !std::mem::replace(&mut self.started, true) {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        if line.is_empty() {
            return self.dispatch(sink);
        }
        let (field, value) = match line.iter().position(|&byte| byte == b':') {
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &[][..]),
        };
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            b"id" if value.iter().all(|&byte| byte != 0) => {
                self.id.clear();
                self.id.extend_from_slice(value);
                self.own_id = true;
            }
            b"retry" => self.retry = digits(value).map(Duration::from_millis).or(self.retry),
            _ => {}
        }
    }

    #[inline]
    fn dispatch(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        if self.has_data {
            sink(Event { name: &self.name, data: &self.data, id: &self.id, own_id: self.own_id });
        }
        self.name.clear();
        self.data.clear();
        self.has_data = false;
        self.own_id = false;
    }
}

/// Almost all bytes of a text are greater than CR, so they take one comparison.
#[inline]
fn ends_line(byte: &u8) -> bool {
    *byte <= b'\r' && (*byte == b'\n' || *byte == b'\r')
}
