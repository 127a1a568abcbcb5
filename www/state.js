/** The line that says what goes on: the prediction's status in words, the seconds, the model's own progress. */
import { parseProgressFromLogs } from "/pkg/index.js";

const [status, clock, progress] = ["status", "clock", "progress"].map((id) => document.getElementById(id));

const tickMs = 100;

/** @param {string} text */
export function say(text) {
  // A status that is set again, even to the same words, may be read out again.
  if (status.textContent !== text) status.textContent = text;
}

/** Follows one prediction from its begin to its end. */
export class Following {
  #stream;
  #startedAt;
  #timer;
  #logs = "";
  #hasStarted = false;

  /**
   * @param {{ prediction?: { status: string, logs?: string } }} stream
   * @param {number} startedAt milliseconds since 1970
   */
  constructor(stream, startedAt) {
    this.#stream = stream;
    this.#startedAt = startedAt;
    this.#timer = setInterval(() => this.#show(), tickMs);
    this.#show();
  }

  /** In words. */
  get duration() {
    return `${((Date.now() - this.#startedAt) / 1000).toFixed(1)} s`;
  }

  /** What the stream brought is newer than its last snapshot. @param {{ text?: string, logs?: string, picture?: object }} piece */
  saw({ text, logs, picture }) {
    this.#hasStarted ||= Boolean(text || logs || picture);
    this.#logs += logs ?? "";
  }

  /** @param {string} outcome */
  end(outcome) {
    clearInterval(this.#timer);
    say(outcome);
    clock.textContent = "";
    progress.hidden = true;
  }

  #show() {
    const { prediction } = this.#stream;
    const bar = parseProgressFromLogs(this.#logs || prediction?.logs);
    if (this.#hasStarted || (prediction && prediction.status !== "starting")) say("Processing …");
    else say(prediction ? "Starting …" : "Asking …");
    clock.textContent = `${Math.floor((Date.now() - this.#startedAt) / 1000)} s`;
    progress.hidden = !bar;
    if (bar) progress.value = bar.percentage;
  }
}
