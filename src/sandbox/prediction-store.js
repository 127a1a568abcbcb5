// The predictions of a sandbox: all that still run, and the newest of those that have ended.

import { TERMINAL } from "./life.js";

/** How many are kept. Past it, each new prediction removes the oldest that has ended. */
const MAX_PREDICTIONS = 1000;

export class PredictionStore {
  #byId = new Map();

  /** @param {import("./prediction.js").Prediction} prediction @param {number} now */
  add(prediction, now) {
    this.#byId.set(prediction.id, prediction);
    if (this.#byId.size <= MAX_PREDICTIONS) return;
    for (const old of this.#byId.values()) {
      if (!TERMINAL.has(old.life.at(now).status)) continue;
      this.#byId.delete(old.id);
      return;
    }
  }

  /** @param {string} id @returns {import("./prediction.js").Prediction | undefined} */
  get(id) {
    return this.#byId.get(id);
  }

  /** @returns {import("./prediction.js").Prediction[]} the most recent first */
  newestFirst() {
    return [...this.#byId.values()].reverse();
  }
}
