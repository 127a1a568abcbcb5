// The life of a prediction or training: its whole script is written when it is created, and `at(now)` reads the state at a time. No timer
// runs in between, so an idle sandbox does no work and all readers see the same life.

/**
 * A frame of the script. A tick is a step of `stepMs`.
 *
 * @typedef {{ tick: number } & ({ type: "start" } | { type: "logs", text: string } | { type: "output", value: unknown } |
 *   { type: "end", status: string, error?: string })} Frame
 * @typedef {object} View the state of the life at a time
 * @property {string} status
 * @property {unknown[]} outputs
 * @property {string} logs
 * @property {string | null} error
 * @property {number | null} startedAt milliseconds since 1970
 * @property {number | null} completedAt
 * @typedef {{ event: string, data: string, id: string }} LifeEvent a server-sent event
 */

export const TERMINAL = new Set(["succeeded", "failed", "canceled", "aborted"]);

export class Life {
  #frames;
  #events;
  #stepMs;
  #deadlineAt;
  #canceledAt = Infinity;
  #endsAt;
  #startsAt;
  #sleepers = new Set();

  /**
   * @param {Frame[]} frames in order; without an "end" the life ends only by a cancel or its deadline
   * @param {{ createdAt: number, stepMs: number, deadlineMs?: number }} times milliseconds; with a step of 0 the whole script has happened
   *   at once
   */
  constructor(frames, { createdAt, stepMs, deadlineMs = Infinity }) {
    this.createdAt = createdAt;
    this.#frames = frames;
    this.#stepMs = stepMs;
    this.#deadlineAt = createdAt + deadlineMs;
    this.#endsAt = this.#timeOf(frames.find(({ type }) => type === "end"));
    this.#startsAt = this.#timeOf(frames.find(({ type }) => type === "start"));
    this.#events = frames.flatMap(toEvents);
  }

  /** The state in the answer to the create. @returns {View} */
  get atBirth() {
    return this.#view(0, null);
  }

  /** @param {number} now @returns {View} */
  at(now) {
    const stop = this.#stop(now);
    return this.#view(this.#tick(stop?.at ?? now), stop);
  }

  /** Cancels the life, if it has not ended. @param {number} now */
  cancel(now) {
    this.#canceledAt = Math.min(this.#canceledAt, now);
    for (const wake of this.#sleepers) wake();
  }

  /**
   * The event at an index of the stream.
   *
   * @param {number} index
   * @param {number} now
   * @returns {LifeEvent | undefined} undefined when it has not happened yet
   */
  event(index, now) {
    const stop = this.#stop(now);
    const tick = this.#tick(stop?.at ?? now);
    const due = this.#events[index];
    if (due && due.tick <= tick) return { event: due.event, data: due.data, id: eventId(this.#timeOf(due), index) };
    const isNext = index === 0 || this.#events[index - 1]?.tick <= tick;
    if (stop && isNext) return { event: "done", data: '{"reason":"canceled"}', id: eventId(stop.at, index) };
    return undefined;
  }

  /**
   * The index at which a reader resumes after `Last-Event-ID`.
   *
   * @param {string | null} lastEventId
   * @param {number} now
   * @returns {number} 0, the start, for an id that this life has not sent
   */
  positionAfter(lastEventId, now) {
    const index = Number(lastEventId?.match(/^\d+:(\d+)$/)?.[1] ?? NaN);
    return this.event(index, now)?.id === lastEventId ? index + 1 : 0;
  }

  /**
   * Resolves when the state may have changed since it was read: at the next frame, at a cancel or the deadline, after `maxMs`, or when the
   * signal is aborted.
   *
   * @param {import("./clock.js").Clock} clock
   * @param {number} since when the state was read. The clock goes on meanwhile, and a frame may have become due
   * @param {number} maxMs
   * @param {AbortSignal} signal
   */
  async changed(clock, since, maxMs, signal) {
    const next = this.#frames.find((frame) => this.#timeOf(frame) > since);
    const ms = Math.min(maxMs, this.#timeOf(next) - since, this.#deadlineAt > since ? this.#deadlineAt - since : Infinity);
    const waking = new AbortController();
    const wake = () => waking.abort();
    this.#sleepers.add(wake);
    signal.addEventListener("abort", wake);
    if (signal.aborted) wake();
    try {
      await clock.sleep(ms, waking.signal);
    } finally {
      this.#sleepers.delete(wake);
      signal.removeEventListener("abort", wake);
    }
  }

  #timeOf(frame) {
    return frame ? this.createdAt + frame.tick * this.#stepMs : Infinity;
  }

  #tick(now) {
    return this.#stepMs === 0 ? Infinity : Math.floor((now - this.createdAt) / this.#stepMs);
  }

  /** The cancel or the deadline, whichever came first. A deadline before the start is "aborted"; all else is "canceled". */
  #stop(now) {
    const at = Math.min(this.#canceledAt, this.#deadlineAt);
    if (at > now || at >= this.#endsAt) return null;
    const late = this.#deadlineAt < this.#canceledAt && at < this.#startsAt;
    return { at, status: late ? "aborted" : "canceled" };
  }

  #view(tick, stop) {
    const view = { status: "starting", outputs: [], logs: "", error: null, startedAt: null, completedAt: null };
    for (const frame of this.#frames) {
      if (frame.tick > tick) break;
      if (frame.type === "start") Object.assign(view, { status: "processing", startedAt: this.#timeOf(frame) });
      else if (frame.type === "logs") view.logs += frame.text;
      else if (frame.type === "output") view.outputs.push(frame.value);
      else Object.assign(view, { status: frame.status, error: frame.error ?? null, completedAt: this.#timeOf(frame) });
    }
    return stop ? { ...view, status: stop.status, completedAt: stop.at } : view;
  }
}

/** Ids have Replicate's form: `1690212292:0`. */
const eventId = (timeMs, index) => `${Math.floor(timeMs / 1000)}:${index}`;

function toEvents({ tick, type, ...frame }) {
  if (type === "output")
    return [
      { tick, event: "output", data: typeof frame.value === "string" ? frame.value : JSON.stringify(frame.value) },
    ];
  if (type === "logs") return [{ tick, event: "logs", data: frame.text }];
  if (type !== "end") return [];
  if (frame.status === "succeeded") return [{ tick, event: "done", data: "{}" }];
  if (frame.status !== "failed") return [{ tick, event: "done", data: '{"reason":"canceled"}' }];
  return [
    { tick, event: "error", data: JSON.stringify({ detail: frame.error }) },
    { tick, event: "done", data: '{"reason":"error"}' },
  ];
}
