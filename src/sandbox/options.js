// The options of `createSandbox`: their defaults and their validation.

import { systemClock } from "./clock.js";
import { checkDirective } from "./directives.js";
import { inPage } from "./links.js";

const defaults = () => ({ seed: 0, stepMs: 60, faults: [], pageSize: 100, dataUris: inPage(), clock: systemClock });

const isString = (value) => typeof value === "string";

/** For each option a test, and the end of the sentence "… must be". */
const rules = {
  seed: [Number.isFinite, "a finite number"],
  stepMs: [(value) => Number.isFinite(value) && value >= 0, "a finite number of milliseconds, 0 or more"],
  token: [isString, "a string"],
  faults: [(value) => Array.isArray(value) && value.every(isString), 'a list of strings, such as ["429: 2"]'],
  apiUrl: [isString, "a string"],
  pageSize: [(value) => Number.isInteger(value) && value >= 1, "a whole number of rows, 1 or more"],
  dataUris: [(value) => typeof value === "boolean", "true or false"],
  clock: [(value) => typeof value?.now === "function" && typeof value.sleep === "function", "an object with the functions now and sleep"],
};

/**
 * Validates the options and adds defaults. An unknown name is an error, since a misspelt option would have no effect.
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
