/** Not Rust: these objects are made for each event of a stream (200,000 in a long one), and would cost several calls from Rust. */

/** A server-sent event. `String(event)` is the text of an output event, and empty for other events. */
export class ServerSentEvent {
  /**
   * @param {string} data
   * @param {string} [event] "message" when the server gives no name
   * @param {string} [id]
   * @param {(data: string) => unknown} [toData] converts the data of an output event, such as `toFile`
   */
  constructor(data, event, id, toData) {
    this.event = event || "message";
    this.data = toData && event === "output" ? toData(data) : data;
    this.id = id || undefined;
  }

  toString() {
    return this.event === "output" ? `${this.data}` : "";
  }
}

/** A call of `next()` that waits for a result. `Promise.withResolvers()` needs Node 22 and Safari 17.4. */
export class Caller {
  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Resolves with a value of the stream. */
  give(value) {
    this.resolve({ value, done: false });
  }
}

/** What a stream yields. One object, since the glue would import a module once for each of its functions. */
export const results = {
  /** The texts of a batch. */
  texts: (batch) => batch.split("\r"),

  /**
   * The events of a batch.
   *
   * @param {string} batch name, id and data of the first event, then of the second, and so on
   * @param {(data: string) => unknown} [toData] as for `ServerSentEvent`
   */
  events(batch, toData) {
    const parts = batch.split("\r");
    const events = [];
    for (let i = 0; i < parts.length; i += 3) events.push(new ServerSentEvent(parts[i + 2], parts[i], parts[i + 1], toData));
    return events;
  },

  /** The event of a batch that has only one. */
  event(batch, toData) {
    const [event, id, data] = batch.split("\r");
    return new ServerSentEvent(data, event, id, toData);
  },

  /** The result object of the end. */
  over: () => ({ value: undefined, done: true }),
};
