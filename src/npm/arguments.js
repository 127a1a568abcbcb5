/** Not Rust: it validates the arguments of the resources and webhooks, which are JavaScript. Its messages are like those of Rust. */

import { invalid, mustBe } from "./error.js";
import { toBlob } from "./inputs.js";

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
// A Map, a Blob or a Promise would be sent as `{}`.
export const object = check("an object", (value) => /^\[object (Object|Module)\]$/.test(Object.prototype.toString.call(value)));
export const milliseconds = check("a number of milliseconds", (value) => typeof value === "number" && value >= 0);
const url = check("a string with an absolute URL", isUrl);
const duration = check("a string: a duration like 90s, 1m or 1h30m", matches(/^(?=.*[1-9])(\d{1,5}h)?(\d{1,5}m)?(\d{1,5}s)?$/));

/** A Blob or bytes, as a Blob. */
export function file(what, value) {
  const blob = toBlob(value);
  if (!blob) throw mustBe(what, "a Blob or bytes", value);
  return blob;
}

/** One segment of a path. "." and ".." would lead to another route, and a lone surrogate cannot be encoded. */
export const name = check("a string: a plain name or id", matches(/^(?!\.{0,2}$)\P{Surrogate}*$/u));

/** Whether an id from a server is one segment of a path for every URL parser. The same rule as `is_segment` in address.rs. */
export const isSegment = matches(/^(?!\.{1,2}$)[^/\\?#%\s\p{Cc}\p{Surrogate}]+$/u);

export const model = check("a string: owner/name, unless the option version is given", matches(/^[^/:]+\/[^/:]+$/));

/** Validates the input of a prediction or a training, and its options `webhook` and `cancelAfter`. */
export function input({ webhook, cancelAfter, input }) {
  if ((webhook ?? null) !== null) url("The option webhook", webhook);
  if ((cancelAfter ?? null) !== null) duration("The option cancelAfter", cancelAfter);
  if ((input ?? null) === null) throw invalid("The option input is needed");
  return object("The option input", input);
}
