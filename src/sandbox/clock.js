// The sandbox reads time only through a clock, so that a test can replace it.

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds since 1970
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} sleep resolves early, without an error, when the signal is aborted
 */

/** `setTimeout` takes a signed 32-bit number of milliseconds. A longer delay fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @type {Clock} */
export const systemClock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
      signal.addEventListener("abort", done);
    }),
};
