//! A slow reference parser of event streams, written after the text of the standard
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>). Tests compare the
//! crate's parser with it.

use super::time::to_ms;
use replicate_wasm::protocol::sse::Parser;

/// A parsed event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) data: String,
    pub(crate) id: Option<String>,
    /// The event has its own `id` field.
    pub(crate) own_id: bool,
}

/// The events of a whole stream, and its newest `retry`.
pub(crate) type Meaning = (Vec<Seen>, Option<u32>);

/// Parses a stream with the crate's parser, chunk by chunk.
pub(crate) fn parsed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Meaning {
    let mut parser = Parser::default();
    let mut seen = Vec::new();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut sink = |event: replicate_wasm::protocol::sse::Event<'_>| {
        let (name, data, id) =
            (text(event.name), text(event.data), Some(event.id).filter(|id| !id.is_empty()).map(text));
        seen.push(Seen { name, data, id, own_id: event.own_id });
    };
    for piece in pieces {
        parser.push(piece.to_vec());
        parser.parse(&mut sink).expect("below the limit");
    }
    parser.finish(|name| name == b"done", &mut sink).expect("below the limit");
    (seen, parser.retry.map(to_ms))
}

/// Parses a stream by the standard, with one addition: a last `done` without its blank line counts.
pub(crate) fn interpreted(bytes: &[u8]) -> Meaning {
    // "Streams must be decoded using the UTF-8 decode algorithm", which "strips one leading BOM, if any".
    let decoded = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).into_owned();
    // "Lines must be separated by either a CRLF pair, a single LF character, or a single CR character."
    let unified = decoded.replace("\r\n", "\n").replace('\r', "\n");
    let (finished, rest) = unified.rsplit_once('\n').map_or(("", unified.as_str()), |(lines, rest)| (lines, rest));
    let mut meaning = Interpreter::default();
    if unified.contains('\n') {
        finished.split('\n').for_each(|line| meaning.line(line));
    }
    if !rest.is_empty() {
        meaning.line(rest);
    }
    // "Once the end of the file is reached, any pending data must be discarded."
    if meaning.event_type == "done" {
        meaning.dispatch();
    }
    (meaning.events, meaning.reconnection_time)
}

#[derive(Default)]
struct Interpreter {
    data: String,
    event_type: String,
    last_event_id: String,
    own_id: bool,
    reconnection_time: Option<u32>,
    events: Vec<Seen>,
}

impl Interpreter {
    fn line(&mut self, line: &str) {
        if line.is_empty() {
            return self.dispatch();
        }
        let Some((field, value)) = line.split_once(':') else { return self.field(line, "") };
        // "If value starts with a U+0020 SPACE character, remove it from value."
        self.field(field, value.strip_prefix(' ').unwrap_or(value));
    }

    fn field(&mut self, name: &str, value: &str) {
        match name {
            "event" => self.event_type = value.to_owned(),
            // "Append the field value to the data buffer, then append a single U+000A LINE FEED."
            "data" => self.data += &format!("{value}\n"),
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to it."
            "id" if !value.contains('\0') => {
                self.last_event_id = value.to_owned();
                self.own_id = true;
            }
            // "If the field value consists of only ASCII digits".
            "retry" if !value.is_empty() && value.chars().all(|char| char.is_ascii_digit()) => {
                self.reconnection_time = Some(value.parse().unwrap_or(u32::MAX));
            }
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        // "If the data buffer is an empty string, set the event type buffer to the empty string and return."
        if let Some(data) = self.data.strip_suffix('\n') {
            self.events.push(Seen {
                name: self.event_type.clone(),
                data: data.to_owned(),
                id: Some(self.last_event_id.clone()).filter(|id| !id.is_empty()),
                own_id: self.own_id,
            });
        }
        self.data.clear();
        self.event_type.clear();
        self.own_id = false;
    }
}
