// The page's side of browser.rs: a server that answers when it is told to, and a record of the page's timers.
"use strict";

/** Timers that have neither fired nor been cleared, with their waits. */
const armed = new Map();
const { setTimeout, clearTimeout } = globalThis;

globalThis.setTimeout = (callback, waitMs, ...args) => {
  const id = setTimeout(() => {
    armed.delete(id);
    callback(...args);
  }, waitMs);
  armed.set(id, waitMs);
  return id;
};

globalThis.clearTimeout = (id) => {
  armed.delete(id);
  clearTimeout(id);
};

/** Waits for a timer of at least so long: the pause between two polls. */
const sleeping = (leastMs) => until(() => [...armed.values()].some((waitMs) => waitMs >= leastMs));

async function until(condition) {
  for (let round = 0; round < 1000; round++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve));
  }
  throw new Error(`Never came true: ${condition}`);
}

/** A server with a list of answers. A request past the last of them gets none. */
class Server {
  /** What happened, in order: requests, and `abort` where one was given up. */
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

  heard() {
    return this.log.join(", ");
  }

  asked(count) {
    return until(() => this.log.length >= count);
  }
}

/** Reads with `for await`, and leaves the loop after `most` results. */
async function read(stream, most) {
  // What index.js adds to the class: a Rust method knows no `this`.
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

/** Reads streams side by side. */
const readAll = async (streams) => (await Promise.all(streams.map((stream) => read(stream)))).join(", ");

/** How a promise stands at once, without another answer from anywhere: `pending` or what it settled with. */
async function settled(promise) {
  const now = new Promise((resolve) => setTimeout(resolve, 0, "pending"));
  return Promise.race([promise.then(show, (error) => `rejected: ${error?.message ?? error}`), now]);
}

const show = ({ value, done }) => `${value}, ${done ? "done" : "more"}`;

globalThis.page = { Server, origin: () => location.origin, read, readAll, settled, sleeping, timers: () => armed.size };
