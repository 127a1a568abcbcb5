import { ReplicateError } from "./error.js";

/** Is `value` an array or an object literal (of any realm), not an instance of a class? */
export const isContainer = (value) =>
  Array.isArray(value) || (typeof value === "object" && value !== null && !Object.getPrototypeOf(Object.getPrototypeOf(value) ?? value));

/**
 * Replaces the leaves of a JSON-like value, at any depth. Plain objects and arrays are walked, all else
 * is a leaf; what has not changed is not copied, and the argument is never written to.
 *
 * @param {unknown} value
 * @param {(leaf: unknown) => unknown} replace gives the leaf itself where nothing changes
 * @param {unknown[]} [ancestors] the containers around `value`
 * @throws {ReplicateError} "invalid_argument" when a container holds itself
 */
export function transform(value, replace, ancestors = []) {
  if (!isContainer(value)) return replace(value);
  if (ancestors.includes(value)) throw new ReplicateError("invalid_argument", "Input contains itself");
  const path = [...ancestors, value];
  let copy = value;
  for (const key of Object.keys(value)) {
    const item = transform(value[key], replace, path);
    if (Object.is(item, value[key])) continue;
    if (copy === value) copy = Array.isArray(value) ? [...value] : { ...value };
    copy[key] = item;
  }
  return copy;
}
