// The options of `createSandbox`: their defaults, and what each must be.

import { systemClock } from "./clock.js";
import { checkDirective } from "./directives.js";
import { inPage } from "./links.js";

const defaults = () => ({ seed: 0, stepMs: 60, faults: [], pageSize: 100, dataUris: inPage(), clock: systemClock });

const isNumber = (least) => (value) => typeof value === "number" && value >= least;
const isString = (value) => typeof value === "string";

/** What each option must be, as a test and as the end of a sentence. */
const rules = {
  seed: [(value) => typeof value === "number" || isString(value), "a number"],
  stepMs: [isNumber(0), "a number of milliseconds, 0 or more"],
  token: [isString, "a string"],
  faults: [(value) => Array.isArray(value) && value.every(isString), 'a list of strings, such as ["429: 2"]'],
  apiUrl: [isString, "a string"],
  pageSize: [isNumber(1), "a number of rows, 1 or more"],
  dataUris: [(value) => typeof value === "boolean", "true or false"],
  clock: [(value) => typeof value?.now === "function" && typeof value.sleep === "function", "an object with the functions now and sleep"],
};

/**
 * The options, checked and with their defaults. A misspelt name is a mistake too: what it meant would silently not hold.
 *
 * @param {import("./index.js").Options} given
 * @throws {TypeError}
 */
export function readOptions(given) {
  const options = { ...defaults(), ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) fail(`${name} must be left out: there is no such option, only ${Object.keys(rules).join(", ")}.`);
    const [fits, what] = rules[name];
    if (!fits(value)) fail(`${name} must be ${what}.`);
  }
  options.faults.forEach(checkDirective);
  return options;
}

function fail(sentence) {
  throw new TypeError(`createSandbox: ${sentence}`);
}
