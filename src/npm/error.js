/** Not Rust: the class extends JavaScript's `Error`, and works before the module is loaded. */

/** The fields of an error. `toJSON` writes only these, so that no secret gets into a log. */
const FIELDS = ["status", "detail", "predictionId", "retryAfterMs", "logs", "partial", "request"];

/**
 * The error of this package. `code` says what went wrong. The fields hold what was known then: the prediction's id, its
 * logs, the text delivered so far.
 */
export class ReplicateError extends Error {
  /**
   * @param {string} code one of the codes in types.d.ts
   * @param {string} message one sentence, with the server's text at its end
   * @param {object} [fields] those of `FIELDS`, and `cause` and `response`, which may hold secrets and are not enumerable
   */
  constructor(code, message, fields = {}) {
    const { cause, response } = fields;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const name of FIELDS) if (fields[name] !== undefined) this[name] = fields[name];
    if (response) Object.defineProperty(this, "response", { value: response });
  }

  get name() {
    return "ReplicateError";
  }

  toJSON() {
    const { name, message, code } = this;
    const known = FIELDS.filter((field) => this[field] !== undefined).map((field) => [field, this[field]]);
    return { name, message, code, ...Object.fromEntries(known) };
  }
}

/** The error of an invalid argument. */
export const invalid = (message, cause) => new ReplicateError("invalid_argument", message, { cause });

/** The kind of a value for a message, such as "a string". Never the value itself, which may be a secret, except a number. */
function kindOf(value) {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === "number") return `the number ${value}`;
  // `instanceof` and `constructor` fail for a value of another realm.
  const kind = Object.prototype.toString.call(value).slice(8, -1).toLowerCase();
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

/**
 * The error of an argument or an option that is not what it must be. It does not repeat the kind of a value that has the
 * right kind and the wrong content.
 */
export function mustBe(what, words, value) {
  const kind = kindOf(value);
  return invalid(`${what} must be ${words}${words.startsWith(kind) ? "" : `, not ${kind}`}`);
}
