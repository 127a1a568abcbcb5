/** Not Rust: it validates the arguments of the resources and webhooks, which are JavaScript. Its messages are like those of Rust. */

import { invalid } from "./error.js";
import { toBlob } from "./inputs.js";

/** The kind of a value for a message, such as "a string". Never the value itself, which may be a secret. */
function kindOf(value) {
  if (value === undefined || value === null) return `${value}`;
  if (typeof value === "number") return `the number ${value}`;
  // `instanceof` and `constructor` fail for a value of another realm.
  const kind = Object.prototype.toString.call(value).slice(8, -1).toLowerCase();
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

const mustBe = (what, words, value) => invalid(`${what} must be ${words}, not ${kindOf(value)}`);

/** Makes a function that returns a valid value, and throws an error that names the option for any other. */
const check = (words, fits) => (what, value) => {
  if (!fits(value)) throw mustBe(what, words, value);
  return value;
};

const matches = (pattern) => (value) => typeof value === "string" && pattern.test(value);

function isUrl(value) {
  try {
    return Boolean(new URL(value));
  } catch {
    return false;
  }
}

export const string = check("a string", (value) => typeof value === "string");
export const callable = check("a function", (value) => typeof value === "function");
export const object = check("an object", (value) => typeof value === "object" && value !== null && !Array.isArray(value));
export const milliseconds = check("a number of milliseconds", (value) => typeof value === "number" && value >= 0);
const url = check("a URL", isUrl);
const duration = check("a duration like 90s, 1m or 1h30m", matches(/^(?=.*[1-9])(\d{1,5}h)?(\d{1,5}m)?(\d{1,5}s)?$/));

/** A Blob or bytes, as a Blob. */
export function file(what, value) {
  const blob = toBlob(value);
  if (!blob) throw mustBe(what, "a Blob or bytes", value);
  return blob;
}

/** One segment of a path. "." and ".." would lead to another route, and a lone surrogate cannot be encoded. */
export const name = check("a string that names one thing", matches(/^(?!\.{0,2}$)\P{Surrogate}*$/u));
export const model = check("owner/name, or the option version be given", matches(/^[^/:]+\/[^/:]+$/));

/** Validates the input of a prediction or a training, and the options beside it. */
export function input({ webhook, cancelAfter, input }) {
  if ((webhook ?? null) !== null) url("The option webhook", webhook);
  if ((cancelAfter ?? null) !== null) duration("The option cancelAfter", cancelAfter);
  if ((input ?? null) === null) throw invalid("The option input is needed");
  return object("The option input", input);
}
