import { nowMs } from "./clock.js";

const minuteMs = 60_000;
// Beyond so many keys each new one looks for finished minutes to forget.
const keptKeys = 1000;

/** Counts what each key does in a minute, which begins with the first thing it does. */
export class MinuteCounter {
  /** @type {Map<string, { startMs: number, count: number }>} in the order of `startMs` */
  #minutes = new Map();

  /**
   * Counts one more, unless that would be more than `limit`.
   * @returns {number} 0, or the milliseconds until the next minute
   */
  count(key, limit) {
    const now = nowMs();
    const minute = this.#minutes.get(key);
    if (minute && now < minute.startMs + minuteMs) {
      if (minute.count >= limit) return minute.startMs + minuteMs - now;
      minute.count++;
      return 0;
    }
    if (limit < 1) return minuteMs;
    this.#minutes.delete(key); // set() would leave it at its old place
    this.#minutes.set(key, { startMs: now, count: 1 });
    if (this.#minutes.size > keptKeys) this.#forget(now);
    return 0;
  }

  #forget(now) {
    for (const [key, { startMs }] of this.#minutes) {
      if (now < startMs + minuteMs) return;
      this.#minutes.delete(key);
    }
  }
}
