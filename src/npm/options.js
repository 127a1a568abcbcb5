/** Reading what a page passed. Whatever is wrong names the option and the kind of its value. */

import { ReplicateError } from "./error.js";
import * as kinds from "./kinds.js";
import { baseHref, kindOf } from "./platform.js";

export const invalid = (message, cause) => new ReplicateError("invalid_argument", message, { cause });

/** The value itself when it is of a kind. */
export function check(what, [words, fits], value) {
  if (!fits(value)) throw invalid(`${what} must be ${words}, not ${kindOf(value)}`);
  return value;
}

/** The value of an option; a missing, undefined or null one is its default. */
export function option(options, name, kind, fallback) {
  const value = options[name] ?? fallback;
  return value === undefined ? value : check(`The option ${name}`, kind, value);
}

/** An options object; a missing one is empty. */
export const optionsObject = (options = {}) => check("The options", kinds.OBJECT, options);

/** The input of a prediction or a training; a webhook beside it makes sense. */
export function inputOf(options) {
  option(options, "webhook", kinds.ADDRESS);
  const input = option(options, "input", kinds.OBJECT);
  if (!input) throw invalid("The option input is needed");
  return input;
}

/** The address of a server: absolute, without a slash at its end. In a page it may be relative. */
export function baseUrl(options, name) {
  const text = option(options, name, kinds.STRING);
  if (text === undefined) return undefined;
  const { href, origin, pathname } = kinds.parseUrl(text, baseHref()) ?? {};
  // With a user name or password a page cannot send to it, and its errors would show them.
  if (!/^https?:\/\/[^/@]+\//.test(href)) {
    throw invalid(`The option ${name} is no URL of a server (without a password, absolute outside a page)`);
  }
  return (origin + pathname).replace(/\/+$/, "");
}

/** How requests are sent: `fetch` is looked up now and not once for all, since pages replace theirs. */
export const transport = (options) => ({
  fetch: option(options, "fetch", kinds.FUNCTION, globalThis.fetch),
  headers: new Headers(option(options, "headers", kinds.HEADERS)),
});
