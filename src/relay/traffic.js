/**
 * Requests under way, so that no number of callers can fill the memory of this process: how many there are, of one
 * caller and in all, and how many bytes of large bodies and answers are held at once.
 *
 * A caller who neither sends the body nor reads the answer keeps its request while there is room. When another request
 * needs room, the one that has stalled for the longest time is ended, so that callers who stall on purpose cannot keep
 * others out.
 */
import { nowMs } from "./clock.js";
import { Problem, tooMany } from "./problem.js";

/** Bodies and answers up to this size are not counted: as many as may be under way fit into memory. */
export const smallBytes = 64 * 1024;
/** The memory for all larger ones together: three of the largest bodies, or one of the largest answers. */
const heldBytes = 48 * 1024 * 1024;
/** A request that has stalled for longer than this may be ended to make room. */
const patienceMs = 2000;
/** How often waiting requests look for one that has stalled. */
const lookMs = 250;

export class Traffic {
  #limits;
  /** @type {Set<Visit>} */
  #visits = new Set();
  /** @type {Map<string, number>} requests under way of each caller */
  #callers = new Map();
  #bytes = 0;
  /** @type {Set<{ visit: Visit, bytes: number, resolve: () => void }>} requests that wait for room, the first one first */
  #waiting = new Set();
  #timer;
  #isServing = false;

  /** @param {{ requests: number, totalRequests: number }} limits */
  constructor(limits) {
    this.#limits = limits;
  }

  /**
   * Lets a request in.
   * @param {AbortSignal} signal the caller's
   * @throws {Problem} 429 when too many are under way
   */
  enter(signal) {
    if (this.#visits.size >= this.#limits.totalRequests && !this.#evict()) {
      throw tooMany("The relay has too many requests under way from all callers.", 1000);
    }
    const visit = new Visit(this, signal);
    this.#visits.add(visit);
    return visit;
  }

  /** Counts a request for its caller. */
  identify(visit, caller) {
    const underWay = this.#callers.get(caller) ?? 0;
    if (underWay >= this.#limits.requests) throw tooMany("Too many requests at once.", 1000);
    this.#callers.set(caller, underWay + 1);
    visit.caller = caller;
  }

  /** Waits for room, in turn. */
  async reserve(visit, bytes, signal) {
    this.#giveBack(visit);
    if (bytes <= smallBytes) return;
    signal.throwIfAborted();
    await new Promise((resolve, reject) => {
      const waiting = { visit, bytes, resolve };
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
        this.#serve();
      };
      waiting.resolve = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      signal.addEventListener("abort", leave);
      this.#waiting.add(waiting);
      this.#serve();
    });
  }

  /** Gives room to those who wait, as long as there is some. */
  #serve() {
    if (this.#isServing) return; // what is evicted gives its room back while this looks for some
    this.#isServing = true;
    clearTimeout(this.#timer);
    for (const waiting of this.#waiting) {
      if (!this.#makeRoom(waiting.bytes)) {
        this.#timer = setTimeout(() => this.#serve(), lookMs);
        break;
      }
      this.#waiting.delete(waiting);
      waiting.visit.bytes = waiting.bytes;
      this.#bytes += waiting.bytes;
      waiting.resolve();
    }
    this.#isServing = false;
  }

  #makeRoom(bytes) {
    while (this.#bytes > 0 && this.#bytes + bytes > heldBytes) {
      if (!this.#evict((visit) => visit.bytes > 0)) return false;
    }
    return true;
  }

  leave(visit) {
    if (!this.#visits.delete(visit)) return;
    this.#giveBack(visit);
    if (visit.caller === undefined) return;
    const left = this.#callers.get(visit.caller) - 1;
    if (left > 0) this.#callers.set(visit.caller, left);
    else this.#callers.delete(visit.caller);
  }

  #giveBack(visit) {
    if (visit.bytes === 0) return;
    this.#bytes -= visit.bytes;
    visit.bytes = 0;
    if (this.#waiting.size > 0) this.#serve();
  }

  /** Ends the request whose caller has stalled longest. */
  #evict(isOne = () => true) {
    const latest = nowMs() - patienceMs;
    let longest;
    for (const visit of this.#visits) {
      if (visit.stalledSince < latest && isOne(visit) && !(longest?.stalledSince <= visit.stalledSince)) longest = visit;
    }
    longest?.stop(new Problem(408, "The request had stalled, and the relay needed its place."));
    return longest !== undefined;
  }
}

/** One request under way. */
class Visit {
  #traffic;
  #controller = new AbortController();
  #callerSignal;
  #onAbort = () => this.#controller.abort(new Problem(499, "The caller left."));
  #moved = 0;
  caller;
  bytes = 0;
  /** Since when the relay waits for the caller; `NaN`, which is before and after nothing, while it does not. */
  stalledSince = NaN;

  constructor(traffic, callerSignal) {
    this.#traffic = traffic;
    this.#callerSignal = callerSignal;
    if (callerSignal.aborted) this.#onAbort();
    else callerSignal.addEventListener("abort", this.#onAbort);
  }

  /** Aborted with a `Problem` when the caller has left or the request was stopped. */
  get signal() {
    return this.#controller.signal;
  }

  /**
   * Says whose request it is.
   * @throws {Problem} 429 when this caller has too many
   */
  identify(caller) {
    this.#traffic.identify(this, caller);
  }

  /**
   * Waits until so many bytes may be held; what was reserved before is given back.
   * @param {number} bytes
   * @param {AbortSignal} [signal] ends the wait
   */
  reserve(bytes, signal = this.signal) {
    return this.#traffic.reserve(this, bytes, signal);
  }

  /** It is the caller's turn: to send more of the body, or to read more of the answer. */
  waitForCaller() {
    if (Number.isNaN(this.stalledSince)) this.stalledSince = nowMs();
  }

  /** The caller has moved some bytes. Single bytes are no progress. */
  callerMoved(bytes) {
    this.#moved += bytes;
    if (this.#moved < smallBytes) return;
    this.#moved = 0;
    this.stalledSince = nowMs();
  }

  /** The caller has done its part. */
  callerDone() {
    this.stalledSince = NaN;
  }

  /** Ends the request, whatever it waits for. */
  stop(problem) {
    this.leave();
    this.#controller.abort(problem);
  }

  /** The request is over: its room is free. */
  leave() {
    this.#callerSignal.removeEventListener("abort", this.#onAbort);
    this.#traffic.leave(this);
  }
}
