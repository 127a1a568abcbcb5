// The page's side of browser.rs: a scripted server, and a record of the page's timers.
"use strict";

/** The delays of timers that have neither fired nor been cleared, by id. */
const armed = new Map();
const { setTimeout, clearTimeout } = globalThis;

globalThis.setTimeout = (callback, delayMs, ...args) => {
  const id = setTimeout(() => {
    armed.delete(id);
    callback(...args);
  }, delayMs);
  armed.set(id, delayMs);
  return id;
};

globalThis.clearTimeout = (id) => {
  armed.delete(id);
  clearTimeout(id);
};

/** Waits until a timer of at least `leastMs` is set, such as the pause between two polls. */
const sleeping = (leastMs) => until(() => [...armed.values()].some((delayMs) => delayMs >= leastMs));

async function until(condition) {
  for (let round = 0; round < 1000; round++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve));
  }
  throw new Error(`The condition did not become true: ${condition}`);
}

/** A server with a list of answers. Further requests get no answer. */
class Server {
  /** The requests in order, and `abort` for each that was aborted. */
  log = [];

  constructor(answers) {
    const { log } = this;
    this.fetch = function (url, { method, signal }) {
      log.push(this === undefined ? `${method} ${url}` : "a request with a receiver");
      const answer = answers.shift();
      if (answer) return Promise.resolve(new Response(answer, { headers: { "content-type": "application/json" } }));
      return new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          log.push("abort");
          reject(signal.reason);
        });
      });
    };
  }

  received() {
    return this.log.join(", ");
  }

  reached(count) {
    return until(() => this.log.length >= count);
  }
}

/** Reads with `for await`, and breaks out of the loop after `most` results. */
async function read(stream, most) {
  // index.js adds this to the class, since a Rust method has no access to `this`.
  Object.getPrototypeOf(stream)[Symbol.asyncIterator] ??= function () {
    return this;
  };
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    if (--most === 0) break;
  }
  return text;
}

/** Reads streams at the same time. */
const readAll = async (streams) => (await Promise.all(streams.map((stream) => read(stream)))).join(", ");

/** The state of a promise after one turn of the event loop: `pending`, or what it settled with. */
async function settled(promise) {
  const now = new Promise((resolve) => setTimeout(resolve, 0, "pending"));
  return Promise.race([promise.then(show, (error) => `rejected: ${error?.message ?? error}`), now]);
}

const show = ({ value, done }) => `${value}, ${done ? "done" : "more"}`;

globalThis.page = { Server, origin: () => location.origin, read, readAll, settled, sleeping, timers: () => armed.size };
