/** The operator's hooks. They are for logs and metrics: nothing that they do may become the caller's problem. */
import { nowMs } from "./clock.js";

const reportEveryMs = 60_000;

/**
 * @typedef {object} RequestInfo what the hooks see; it holds no secret
 * @property {string} method
 * @property {string} [route] as in routes.js, "GET /v1/predictions/:id"
 * @property {string} [caller]
 * @property {string} [predictionId] Replicate's own id, of no use to a page
 * @property {number} [status] of the answer; this and the next two for `onResponse` only
 * @property {number} [durationMs] to the head of the answer
 * @property {unknown} [error] what was thrown by `authorize` or `store`
 */

export function createHooks(hooks) {
  /** When each kind of report may be made again. */
  const quietUntil = new Map();

  /** Says what was thrown, at most once a minute for each `what`. One that fails often does not hide another. */
  function report(what, error) {
    const now = nowMs();
    if (now < quietUntil.get(what)) return;
    quietUntil.set(what, now + reportEveryMs);
    const sentence = `replicate-wasm/relay: ${what} threw an error.`;
    try {
      console.error(sentence, error);
    } catch {
      // To print a value may call its own code, which may throw too.
      console.error(sentence, "It cannot be printed.");
    }
  }

  /**
   * Calls a hook, with a copy: it may do with it what it likes.
   * @param {"onRequest" | "onResponse"} name
   * @param {RequestInfo} info
   */
  async function tell(name, info) {
    try {
      await hooks[name]?.({ ...info });
    } catch (error) {
      report(name, error);
    }
  }

  return { tell, report };
}
