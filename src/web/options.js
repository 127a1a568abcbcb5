/** Reading what a page passed. Whatever is wrong names the option and the kind of its value. */

import { ReplicateError } from "./error.js";
import { attempt, baseHref, kindOf } from "./platform.js";

/** The longest time a browser's timer can count, 2^31 - 1 ms; a longer one fires at once. */
const LONGEST_MS = 2147483647;

export const invalid = (message, cause) => new ReplicateError("invalid_argument", message, { cause });

/** A text as a URL; undefined where it is none. Not by `URL.parse`, which Safari has since version 18 only. */
export const parseUrl = (text, base) => attempt(() => new URL(text, base));

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const is = (type) => (value) => typeof value === type;

const text = (pattern) => (value) => typeof value === "string" && pattern.test(value);

const whole = (least, most) => (value) => Number.isInteger(value) && value >= least && value <= most;

/** What a kind of value must be: the words for it, and how it is told. */
const kinds = {
  string: ["a string", is("string")],
  boolean: ["true or false", is("boolean")],
  function: ["a function", is("function")],
  object: ["an object", isObject],
  array: ["an array", Array.isArray],
  ms: [`a number of milliseconds from 0 to ${LONGEST_MS}`, (value) => typeof value === "number" && value >= 0 && value <= LONGEST_MS],
  attempts: ["a whole number from 1 to 1000000", whole(1, 1e6)],
  count: ["a whole number from 0 to 1000000", whole(0, 1e6)],
  seconds: ["a whole number of seconds from 1 to 60", whole(1, 60)],
  token: ["a text that a header can carry", text(/^[\x21-\x7e]+$/)],
  header: ["a text that a header can carry", text(/^[\x20-\x7e]*$/)],
  headers: ["names and values of headers", (value) => attempt(() => new Headers(value))],
  // "." and ".." would lead to another route, half a surrogate pair cannot be encoded.
  // A server uses it as the name of a folder, and a long one costs it a slot for ever.
  id: ["1 to 64 letters, digits, - and _", text(/^[\w-]{1,64}$/)],
  model: ["owner/name, or the option version be given", text(/^[^/:]+\/[^/:]+$/)],
  name: ["a string that names one thing", text(/^(?!\.{0,2}$)\P{Surrogate}*$/u)],
  url: ["a URL", (value) => parseUrl(value)],
  signal: ["an AbortSignal", (value) => typeof value?.aborted === "boolean" && typeof value.addEventListener === "function"],
  strategy: ["default, upload or data-uri", text(/^(default|upload|data-uri)$/)],
  wait: ['{mode: "block", timeout} or {mode: "poll", interval}', (value) => isObject(value) && /^(block|poll)$/.test(value.mode ?? "block")],
};

/** The value itself when it is of a kind. */
export function check(what, kind, value) {
  const [words, fits] = kinds[kind];
  if (!fits(value)) throw invalid(`${what} must be ${words}, not ${kindOf(value)}`);
  return value;
}

/** The value of an option; a missing, undefined or null one is its default. */
export function option(options, name, kind, fallback) {
  const value = options[name] ?? fallback;
  return value === undefined ? value : check(`The option ${name}`, kind, value);
}

/** An options object; a missing one is empty. */
export const optionsObject = (options = {}) => check("The options", "object", options);

/** The input of a prediction or a training; a webhook beside it makes sense. */
export function inputOf(options) {
  option(options, "webhook", "url");
  const input = option(options, "input", "object");
  if (!input) throw invalid("The option input is needed");
  return input;
}

/** The address of a server: absolute, without a slash at its end. In a page it may be relative. */
export function baseUrl(options, name) {
  const text = option(options, name, "string");
  if (text === undefined) return undefined;
  const { href, origin, pathname } = parseUrl(text, baseHref()) ?? {};
  // With a user name or password a page cannot send to it, and its errors would show them.
  if (!/^https?:\/\/[^/@]+\//.test(href)) {
    throw invalid(`The option ${name} is no URL of a server (without a password, absolute outside a page)`);
  }
  return (origin + pathname).replace(/\/+$/, "");
}

/** How requests are sent: `fetch` is looked up now and not once for all, since pages replace theirs. */
export const transport = (options, more) => ({
  fetch: option(options, "fetch", "function", globalThis.fetch),
  headers: new Headers(option(options, "headers", "headers")),
  ...more,
});
