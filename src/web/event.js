/** One server-sent event. `String(event)` is the text of an output event and empty otherwise. */
export class ServerSentEvent {
  constructor(event, data, id) {
    this.event = event;
    this.data = data;
    this.id = id;
  }

  toString() {
    return this.event === "output" ? `${this.data}` : "";
  }
}

/**
 * The events of one batch: a text in which name, id and data of each follow one another, CR between
 * them. One decode and one split for all of them is what makes a stream of many small events fast.
 */
export function unpackEvents(batch, toData) {
  const parts = batch.split("\r");
  const events = [];
  for (let i = 0; i < parts.length; i += 3) {
    const event = parts[i] || "message";
    const data = parts[i + 2];
    events.push(new ServerSentEvent(event, toData && event === "output" ? toData(data) : data, parts[i + 1] || undefined));
  }
  return events;
}

/** The texts of one batch, CR between them. */
export const unpackTexts = (batch) => batch.split("\r");

/** An event that did not come from a stream. */
export const pieceEvent = (event, data, id, toData) =>
  new ServerSentEvent(event, toData && event === "output" ? toData(data) : data, id || undefined);

/** An image of an output. What it is made of the transport brings, since Rust's own tests load this file alone. */
export const pieceImage = ({ toImage }, url, alt) => toImage(url, alt);

/**
 * What `resume()` takes. The last `unread` of the items were parsed but never handed out: the place to go on
 * is before them, after an event whose id is known, or else after so many bytes of text.
 */
export function handle(id, lastId, delivered, items, unread) {
  const at = items.length - unread;
  const text = items.slice(at).join("");
  return { id, lastEventId: unread ? items[at - 1]?.id : lastId, delivered: delivered - new TextEncoder().encode(text).length };
}

/** Reads an iterator to its end; `whole` puts what was handed out before in front of its text. */
export async function drain(iterator, whole) {
  let text = "";
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) return whole(text);
    text += value;
  }
}

/** A readable stream over an async iterator, which pulls only when somebody reads. */
export function readableStream(iterator) {
  return new ReadableStream(
    {
      async pull(controller) {
        const { value, done } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => iterator.return(),
    },
    { highWaterMark: 0 },
  );
}
