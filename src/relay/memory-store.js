/** Counts requests, creates and running predictions, in the memory of one process. */
import { nowMs } from "./clock.js";
import { MinuteCounter } from "./minute.js";

const minuteMs = 60_000;
/** A slot may become free at any moment; this is when it is worth asking again. */
const slotRetryMs = 5000;

/**
 * @typedef {object} Limits
 * @property {number} requestsPerMinute of one caller, of every kind
 * @property {number} createsPerMinute for one caller
 * @property {number} totalCreatesPerMinute for all callers together
 * @property {number} running predictions of one caller at the same time
 * @property {number} totalRunning predictions of all callers at the same time
 * @property {number} slotMs how long a slot is held when nothing frees it before
 *
 * @typedef {object} State
 * @property {{ caller: string, at: number }[]} creates
 * @property {{ caller: string, id: string, until: number, note?: string }[]} slots
 */

/**
 * The default store. Its lists stay as short as the limits allow, so they are plain arrays; `state` is plain data
 * too, for a store that must outlive the process (a Durable Object saves it). Requests are not in it: there are too many
 * to save after each. Nothing is awaited between the check and the count, so parallel creates cannot exceed a limit.
 */
export class MemoryStore {
  #requests = new MinuteCounter();

  /** @param {State} [state] one that was saved earlier */
  constructor({ creates, slots } = { creates: [], slots: [] }) {
    // The clock may have been set back since they were saved: no create was made later than now.
    const now = nowMs();
    this.state = { creates: creates.map((create) => ({ ...create, at: Math.min(create.at, now) })), slots };
  }

  /**
   * Counts a create and takes a slot for it, or says how long to wait.
   * @param {string} caller
   * @param {string} id of the slot, for `release`
   * @param {Limits} limits
   * @returns {Promise<{ ok: true } | { ok: false, retryAfterMs: number }>}
   */
  async acquire(caller, id, limits) {
    const now = nowMs();
    const creates = this.state.creates.filter(({ at }) => at > now - minuteMs);
    const slots = this.state.slots.filter(({ until }) => until > now);
    this.state = { creates, slots };

    const isOwn = (entry) => entry.caller === caller;
    const waitMs = Math.max(
      rateWaitMs(creates.filter(isOwn), limits.createsPerMinute, now),
      rateWaitMs(creates, limits.totalCreatesPerMinute, now),
      slotWaitMs(slots.filter(isOwn), limits.running, now),
      slotWaitMs(slots, limits.totalRunning, now),
    );
    if (waitMs > 0) return { ok: false, retryAfterMs: waitMs };

    creates.push({ caller, at: now });
    slots.push({ caller, id, until: now + limits.slotMs });
    return { ok: true };
  }

  /**
   * Counts a request, or says how long to wait.
   * @param {string} caller
   * @param {Limits} limits
   * @returns {Promise<{ ok: true } | { ok: false, retryAfterMs: number }>}
   */
  async countRequest(caller, { requestsPerMinute }) {
    const retryAfterMs = this.#requests.count(caller, requestsPerMinute);
    return retryAfterMs > 0 ? { ok: false, retryAfterMs } : { ok: true };
  }

  /** Frees a slot; one that is not held is no error, since an end may be seen twice. */
  async release(caller, id) {
    this.state.slots = this.state.slots.filter((slot) => slot.id !== id || slot.caller !== caller);
  }

  /** The ids of the slots that a caller holds. */
  async held(caller) {
    return this.#slots(caller).map(({ id }) => id);
  }

  /** Keeps a text beside a held slot. */
  async note(caller, id, text) {
    for (const slot of this.#slots(caller)) if (slot.id === id) slot.note = text;
  }

  /** The text that was kept beside a held slot. */
  async noted(caller, id) {
    return this.#slots(caller).find((slot) => slot.id === id)?.note;
  }

  #slots(caller) {
    const now = nowMs();
    return this.state.slots.filter((slot) => slot.caller === caller && slot.until > now);
  }
}

function rateWaitMs(creates, limit, now) {
  if (creates.length < limit) return 0;
  if (limit < 1) return minuteMs;
  return creates.at(-limit).at + minuteMs - now;
}

function slotWaitMs(slots, limit, now) {
  if (slots.length < limit) return 0;
  let waitMs = slotRetryMs;
  for (const { until } of slots) waitMs = Math.min(waitMs, until - now);
  return waitMs;
}
