/**
 * How fast JavaScript gets when it knows what comes: events as Replicate writes them, one `data` line each,
 * lines that end in LF, no comments. It is a yardstick, not a parser to use.
 */
export class HandTunedIterator {
  #events = [];
  #at = 0;
  #rest = "";
  #decoder = new TextDecoder();
  #reader;

  constructor(body) {
    this.#reader = body.getReader();
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  next() {
    if (this.#at < this.#events.length) return Promise.resolve({ value: this.#events[this.#at++], done: false });
    return this.#read();
  }

  async #read() {
    this.#events = [];
    this.#at = 0;
    while (!this.#events.length) {
      const { value, done } = await this.#reader.read();
      if (done) return { value: undefined, done };
      this.#parse(this.#rest + this.#decoder.decode(value, { stream: true }));
    }
    return { value: this.#events[this.#at++], done: false };
  }

  #parse(chunk) {
    let start = 0;
    let [event, id, data] = ["message", undefined, ""];
    for (let at = 0, end; (end = chunk.indexOf("\n", at)) >= 0; at = end + 1) {
      // The third letter tells `event`, `id`, `data` and the empty line apart.
      const letter = end === at ? 0 : chunk.charCodeAt(at + 2);
      if (letter === 0x65) event = chunk.slice(at + 7, end);
      else if (letter === 0x3a) id = chunk.slice(at + 4, end);
      else if (letter === 0x74) data = chunk.slice(at + 6, end);
      else {
        this.#events.push({ event, id, data });
        [event, id, data] = ["message", undefined, ""];
        start = end + 1;
      }
    }
    this.#rest = chunk.slice(start);
  }

  return() {
    this.#reader.cancel();
    return Promise.resolve({ value: undefined, done: true });
  }
}
