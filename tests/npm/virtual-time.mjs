// Virtual time: it moves on only when everything waits, so pauses of minutes take no time and can be measured exactly.

/**
 * Replaces `performance.now()` and `setTimeout`, which the client uses, for a test.
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

  /** Moves on from timer to timer, each time when nothing else can happen, until `isDone`. */
  async function pass(isDone) {
    for (let steps = 0; steps < 100_000; steps++) {
      // A stream's body takes some turns of the event loop from its source to its reader.
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
      if (isDone()) return;
      const [next] = [...timers].sort((a, b) => a.at - b.at);
      if (!next) throw new Error("No timer is set, so nothing will ever happen");
      timers.delete(next);
      now = Math.max(now, next.at);
      next.callback();
    }
    throw new Error("Too many timers: the condition does not become true");
  }

  return {
    /** Milliseconds since the test began. */
    now: () => now,
    /** A clock for a sandbox. */
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
    /** Awaits a promise while time moves on. */
    async of(promise) {
      let settled = false;
      const settle = () => (settled = true);
      promise.then(settle, settle);
      await pass(() => settled);
      return promise;
    },
    /** Moves time on until a condition is true. */
    until: pass,
  };
}
