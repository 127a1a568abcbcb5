/**
 * Everything that goes wrong in this package is one of these: `code` says what, and what was known
 * by then (the prediction's id, its logs, the text delivered so far) travels with it.
 */
export class ReplicateError extends Error {
  /**
   * @param {string} code one of the codes in types.d.ts
   * @param {string} message one sentence, the server's own words last
   * @param {object} [fields] status, detail, predictionId, retryAfterMs, logs, partial, request; and
   * `cause` and `response`, which are kept out of `JSON.stringify` since they may hold anything
   */
  constructor(code, message, { cause, response, ...fields } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const name in fields) if (fields[name] !== undefined) this[name] = fields[name];
    if (response) Object.defineProperty(this, "response", { value: response });
  }

  get name() {
    return "ReplicateError";
  }
}
