const minuteMs = 60_000;
// A slot may become free at any moment; this is when it is worth asking again.
const slotRetryMs = 5000;

/**
 * @typedef {object} Limits
 * @property {number} createsPerMinute for one caller
 * @property {number} totalCreatesPerMinute for all callers together
 * @property {number} running predictions of one caller at the same time
 * @property {number} totalRunning predictions of all callers at the same time
 * @property {number} slotMs how long a slot is held when nothing frees it before
 *
 * @typedef {{ creates: { caller: string, at: number }[], slots: { caller: string, id: string, until: number }[] }} State
 */

/**
 * Counts creates and running predictions. The lists stay as short as the limits allow, so they are plain
 * arrays; `state` is plain data too, for a store that must outlive the process (a Durable Object saves it).
 * Nothing is awaited between looking and counting: parallel creates cannot pass together.
 */
export class MemoryStore {
  /** @param {State} [state] a `state` saved earlier */
  constructor(state = { creates: [], slots: [] }) {
    this.state = state;
  }

  /**
   * Counts a create and takes a slot for it, or says how long to wait.
   * @param {string} caller
   * @param {string} id of the slot, for `release`
   * @param {Limits} limits
   * @returns {Promise<{ ok: true } | { ok: false, retryAfterMs: number }>}
   */
  async acquire(caller, id, limits) {
    const now = Date.now();
    const creates = this.state.creates.filter(({ at }) => at > now - minuteMs);
    const slots = this.state.slots.filter(({ until }) => until > now);
    this.state = { creates, slots };

    const mine = (entry) => entry.caller === caller;
    const waitMs = Math.max(
      rateWaitMs(creates.filter(mine), limits.createsPerMinute, now),
      rateWaitMs(creates, limits.totalCreatesPerMinute, now),
      slotWaitMs(slots.filter(mine), limits.running, now),
      slotWaitMs(slots, limits.totalRunning, now),
    );
    if (waitMs > 0) return { ok: false, retryAfterMs: waitMs };

    creates.push({ caller, at: now });
    slots.push({ caller, id, until: now + limits.slotMs });
    return { ok: true };
  }

  /** Frees a slot; one that is not held is no error, since an end may be seen twice. */
  async release(caller, id) {
    this.state.slots = this.state.slots.filter((slot) => slot.id !== id || slot.caller !== caller);
  }
}

function rateWaitMs(creates, limit, now) {
  if (creates.length < limit) return 0;
  const blocking = creates.at(-(limit || 1)) ?? { at: now };
  return blocking.at + minuteMs - now;
}

function slotWaitMs(slots, limit, now) {
  if (slots.length < limit) return 0;
  return Math.min(slotRetryMs, ...slots.map(({ until }) => until - now));
}
