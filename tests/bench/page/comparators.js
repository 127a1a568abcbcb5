/** What one writes today to read an event stream in a page: `fetch`, `TextDecoder`, `eventsource-parser`, and an iterator around them. */

import { createParser } from "eventsource-parser";

/** As an async generator, which is the short way. */
export async function* generate(body) {
  let events = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  for (let result; !(result = await reader.read()).done; ) {
    parser.feed(decoder.decode(result.value, { stream: true }));
    const batch = events;
    events = [];
    for (const event of batch) yield event;
  }
}

/** As a class with a queue, which is the fast way: an event that is there already costs one resolved promise. */
export class EventIterator {
  #events = [];
  #at = 0;
  #parser = createParser({ onEvent: (event) => this.#events.push(event) });
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
      this.#parser.feed(this.#decoder.decode(value, { stream: true }));
    }
    return { value: this.#events[this.#at++], done: false };
  }

  return() {
    this.#reader.cancel();
    return Promise.resolve({ value: undefined, done: true });
  }
}
