// A clock that only a test moves, so that no test of the sandbox waits for real time.

/** @returns {import("../../src/sandbox/clock.js").Clock & { advance(ms: number): Promise<void>, readonly sleepers: number }} */
export function createVirtualClock(start = Date.UTC(2023, 6, 24, 15, 24, 52)) {
  let now = start;
  const sleeping = new Set();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { at: now + ms, wake };
        function wake() {
          sleeping.delete(sleeper);
          signal.removeEventListener("abort", wake);
          resolve();
        }
        if (signal.aborted) return resolve();
        sleeping.add(sleeper);
        signal.addEventListener("abort", wake);
      }),
    /** The number of pending sleeps. */
    get sleepers() {
      return sleeping.size;
    },
    /** Moves the clock on, and wakes each sleeper at its time. */
    async advance(ms) {
      const until = now + ms;
      for (;;) {
        await turn();
        const next = [...sleeping].sort((a, b) => a.at - b.at).find(({ at }) => at <= until);
        if (!next) break;
        now = Math.max(now, next.at);
        next.wake();
      }
      now = until;
      await turn();
    },
  };
}

/** Waits for a turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
