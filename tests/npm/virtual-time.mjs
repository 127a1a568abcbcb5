// Time that stands still unless everything waits for it: pauses of minutes cost nothing, and each can be read off.

/**
 * Puts a clock of its own under the client, which uses `performance.now()` and `setTimeout`, for one test.
 *
 * @param {import("node:test").TestContext} t
 */
export function virtualTime(t) {
  let now = 0;
  const timers = new Set();
  t.mock.method(performance, "now", () => now);
  t.mock.method(globalThis, "setTimeout", (callback, ms = 0) => {
    const timer = { at: now + ms, callback };
    timers.add(timer);
    return timer;
  });
  const clearReal = clearTimeout;
  t.mock.method(globalThis, "clearTimeout", (timer) => timers.delete(timer) || clearReal(timer));

  /** Moves on from timer to timer, each time when nothing else can happen any more, until it is done. */
  async function pass(isDone) {
    for (let steps = 0; steps < 100_000; steps++) {
      // A stream's body takes some turns of the event loop from its source to its reader.
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      if (isDone()) return;
      const [next] = [...timers].sort((a, b) => a.at - b.at);
      if (!next) throw new Error("Nothing will ever happen");
      timers.delete(next);
      now = Math.max(now, next.at);
      next.callback();
    }
    throw new Error("It never ends");
  }

  return {
    /** Milliseconds since the test began. */
    now: () => now,
    /** For a sandbox, so that its predictions live in this time. */
    clock: {
      now: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const done = () => {
            timers.delete(timer);
            signal.removeEventListener("abort", done);
            resolve();
          };
          const timer = { at: now + ms, callback: done };
          if (signal.aborted) return resolve();
          if (ms < Infinity) timers.add(timer);
          signal.addEventListener("abort", done);
        }),
    },
    /** What a promise settles to, time passing as fast as it can. */
    async of(promise) {
      let settled = false;
      const settle = () => (settled = true);
      promise.then(settle, settle);
      await pass(() => settled);
      return promise;
    },
    /** Lets time pass until something is so. */
    until: pass,
  };
}
