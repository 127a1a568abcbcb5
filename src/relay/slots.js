/**
 * The slots that creates hold, so that no caller runs more predictions at a time than it may.
 *
 * A slot is freed when the relay sees that its prediction is over, when its create was surely never sent, and by
 * time. A caller who reloads the page sees no end of its predictions. So before a caller is refused, the relay
 * looks at what the caller's slots hold: at the predictions themselves, and, where a create was sent but its
 * answer was lost, at Replicate's list of what was created since.
 */
import { Cache } from "./cache.js";
import { ownCodeMs } from "./caller.js";
import { nowMs, within } from "./clock.js";
import { newSlot } from "./ids.js";
import { MinuteCounter } from "./minute.js";
import { tooMany, unavailable } from "./problem.js";
import { finalStatuses } from "./rewrite.js";

/** Replicate may still process a create whose connection was lost. After this time its list is complete. */
const settleMs = 30_000;
/** The `Date` of an answer has whole seconds. */
const dateSlackMs = 2000;
/** The limit of these checks, which cost requests to Replicate. Above it a caller is refused without one. */
const looksPerMinute = 20;
const looksAtOnce = 10;
/** A note of the store becomes a part of an address that gets the token: it is used only if it has the form of `hold`'s. */
const heldPath = /^\/(predictions|trainings)\/[\w-]+$/;

/**
 * @typedef {object} Slot what this process knows of a slot
 * @property {string} caller
 * @property {string} [path] the prediction or training that holds it, below `/v1`
 * @property {{ list: string, sentMs: number, trueMs: number }} [lost] a create without an answer: the list that would
 * contain its prediction, when it was sent, and the time from which the list is complete
 */

/**
 * @param {{ store: import("./index.d.ts").LimitStore, limits: object }} config
 * @param {ReturnType<typeof import("./upstream.js").createUpstream>} upstream
 */
export function createSlots({ store, limits }, upstream) {
  /** @type {Map<string, Slot>} */
  const known = new Cache();
  const looks = new MinuteCounter();
  const looking = new Set();

  /**
   * Takes a slot for a create.
   * @throws {import("./problem.js").Problem} 429 when there is none, 503 when the store does not answer
   */
  async function take(caller, signal) {
    const slot = newSlot();
    let permit = await acquire(caller, slot, signal);
    if (!permit.ok) {
      const { hasFreed, waitMs } = await look(caller, signal);
      if (hasFreed) permit = await acquire(caller, slot, signal);
      if (!permit.ok) throw tooMany("Too many predictions.", Math.max(waitMs, Number(permit.retryAfterMs)));
    }
    known.set(slot, { caller });
    return slot;
  }

  /** Asks the store. Frees a slot that is granted after the wait has ended. */
  async function acquire(caller, slot, signal) {
    let isWaiting = true;
    const answer = async () => {
      const permit = await store.acquire(caller, slot, { ...limits });
      if (!isWaiting && permit?.ok) await free(caller, slot);
      return permit;
    };
    const aborted = new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    try {
      signal.throwIfAborted();
      const permit = await within(ownCodeMs, Promise.race([answer(), aborted]), new Error("The store did not answer."));
      if (typeof permit?.ok !== "boolean") throw new TypeError("store.acquire must return { ok } in a promise.");
      return permit;
    } catch (error) {
      isWaiting = false;
      if (signal.aborted && error === signal.reason) throw error;
      throw Object.assign(unavailable("The relay cannot count predictions at the moment."), {
        cause: error ?? new Error("The store threw undefined."),
      });
    }
  }

  /** Frees a slot. If the store fails, the slot expires later, and the caller still gets its answer. */
  async function free(caller, slot) {
    known.delete(slot);
    await attempt(() => store.release(caller, slot));
  }

  /** Remembers which prediction holds a slot. */
  async function hold(caller, slot, path) {
    known.set(slot, { caller, path });
    await attempt(() => store.note?.(caller, slot, path));
  }

  /**
   * Remembers that a create was sent and that its outcome is unknown.
   * @param {"/predictions" | "/trainings"} list
   * @param {boolean} isAnswered there was some answer, so Replicate no longer processes it
   */
  function lose(caller, slot, list, sentMs, isAnswered) {
    known.set(slot, { caller, lost: { list, sentMs, trueMs: isAnswered ? 0 : nowMs() + settleMs } });
  }

  /**
   * Checks a caller's slots, and frees those whose predictions have ended.
   * @returns {Promise<{ hasFreed: boolean, waitMs: number }>} whether one was freed, and for how long none can be
   */
  async function look(caller, signal) {
    if (looks.count(caller, looksPerMinute) > 0) return { hasFreed: false, waitMs: 0 };
    const held = await heldBy(caller);
    const slots = held.filter((slot) => !looking.has(slot)).slice(0, looksAtOnce);
    for (const slot of slots) looking.add(slot);
    try {
      const isFreed = await Promise.all(slots.map((slot) => freeIfOver(caller, slot, signal)));
      return { hasFreed: isFreed.includes(true), waitMs: settlesInMs(held) };
    } finally {
      for (const slot of slots) looking.delete(slot);
    }
  }

  async function freeIfOver(caller, slot, signal) {
    const { lost, path = await attempt(() => store.noted?.(caller, slot)) } = known.get(slot) ?? {};
    const isOver = heldPath.test(path) ? await hasEnded(path, signal) : lost && (await cameToNothing(lost, signal));
    if (isOver) await free(caller, slot);
    return Boolean(isOver);
  }

  /** How long none of these slots can become free; 0 when one may become free at any moment. */
  function settlesInMs(slots) {
    let waitMs = Infinity;
    for (const slot of slots) waitMs = Math.min(waitMs, (known.get(slot)?.lost?.trueMs ?? 0) - nowMs());
    return waitMs > 0 && waitMs < Infinity ? waitMs : 0;
  }

  async function heldBy(caller) {
    const held = await attempt(() => store.held?.(caller));
    if (Array.isArray(held)) return held;
    return [...known].filter(([, slot]) => slot.caller === caller).map(([id]) => id);
  }

  /** Whether a prediction has ended. If that is unknown, it counts as running. */
  async function hasEnded(path, signal) {
    try {
      const found = await upstream.look(path, ["status"], signal);
      return finalStatuses.includes(found?.status);
    } catch {
      return false;
    }
  }

  /**
   * Whether a lost create has left nothing running: all predictions that the account has created since have ended, except
   * those of other slots.
   */
  async function cameToNothing({ list, sentMs, trueMs }, signal) {
    if (nowMs() < trueMs) return false;
    try {
      const page = await upstream.lookUp(list, signal);
      const since = (page.dateMs ?? Date.now()) - (nowMs() - sentMs) - dateSlackMs;
      const held = new Set([...known.values()].map(({ path }) => path));
      const isOlder = ({ created_at: created }) => Date.parse(created) < since;
      const { results, next } = page.value;
      if (next && !results.some(isOlder)) return false; // there may be more on the next page
      return results.every(
        (item) => isOlder(item) || finalStatuses.includes(item.status) || held.has(`${list}/${item.id}`),
      );
    } catch {
      return false;
    }
  }

  async function attempt(call) {
    try {
      return await within(ownCodeMs, call(), new Error("The store did not answer."));
    } catch {
      return undefined;
    }
  }

  return { take, free, hold, lose };
}
