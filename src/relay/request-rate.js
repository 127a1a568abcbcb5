/**
 * Limits the requests of a caller in a minute. A store that several relays share counts the requests to all of them. If it
 * cannot, this relay counts its own requests, so that callers can still read their predictions while the store is down.
 */
import { nowMs, within } from "./clock.js";
import { MinuteCounter } from "./minute.js";
import { tooMany } from "./problem.js";

/** The longest time for an answer of the store. It is short, since every request waits for it. */
const storeMs = 1000;
/** The pause before a store that failed is called again. */
const pauseMs = 5000;

/**
 * @param {{ store: import("./index.d.ts").LimitStore, limits: import("./index.d.ts").Limits }} config
 * @param {(what: string, error: unknown) => void} report
 * @returns {(caller: string) => Promise<void>} counts a request; throws a `Problem` 429 above the limit
 */
export function createRequestRate({ store, limits }, report) {
  const minutes = new MinuteCounter();
  let pausedUntil = -Infinity;

  async function waitMs(caller) {
    const { requestsPerMinute } = limits;
    if (requestsPerMinute === Infinity) return 0;
    if (store.countRequest && nowMs() >= pausedUntil) {
      try {
        const permit = await within(storeMs, store.countRequest(caller, { ...limits }), new Error("The store did not answer."));
        if (permit?.ok === true) return 0;
        if (permit?.ok === false) return Math.max(1, Number(permit.retryAfterMs) || 0);
        throw new TypeError("store.countRequest must return { ok } in a promise.");
      } catch (error) {
        pausedUntil = nowMs() + pauseMs;
        report("store.countRequest", error);
      }
    }
    return minutes.count(caller, requestsPerMinute);
  }

  return async function countRequest(caller) {
    const ms = await waitMs(caller);
    if (ms > 0) throw tooMany("Too many requests.", ms);
  };
}
