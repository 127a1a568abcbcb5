/**
 * How fast JavaScript gets when it knows what comes: events as Replicate writes them, one `data` line each,
 * lines that end in LF, no comments. It is a yardstick, not a parser to use.
 */
export class HandTunedIterator {
  #texts = [];
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
    if (this.#at < this.#texts.length) return Promise.resolve({ value: this.#texts[this.#at++], done: false });
    return this.#read();
  }

  async #read() {
    this.#texts = [];
    this.#at = 0;
    while (!this.#texts.length) {
      const { value, done } = await this.#reader.read();
      if (done) return { value: undefined, done };
      this.#parse(this.#rest + this.#decoder.decode(value, { stream: true }));
    }
    return { value: this.#texts[this.#at++], done: false };
  }

  #parse(chunk) {
    let start = 0;
    for (let end; (end = chunk.indexOf("\n\n", start)) >= 0; start = end + 2) {
      if (chunk.startsWith("event: output\n", start)) this.#texts.push(chunk.slice(chunk.indexOf("\ndata: ", start) + 7, end));
    }
    this.#rest = chunk.slice(start);
  }

  return() {
    this.#reader.cancel();
    return Promise.resolve({ value: undefined, done: true });
  }
}
