/** Not Rust: it walks values that JavaScript made and that JavaScript gets, and calls back for each leaf. */

import { invalid } from "./error.js";

/** Is `value` an array or an object literal (of any realm), not an instance of a class? */
export const isContainer = (value) =>
  Array.isArray(value) || (typeof value === "object" && value !== null && !Object.getPrototypeOf(Object.getPrototypeOf(value) ?? value));

/** A container on the way from the root to the current leaf. `copy` is the container itself until an item changes. */
const enter = (container) => ({ container, keys: Object.keys(container), at: 0, copy: container });

/** Puts an item's replacement in its place and goes on to the next item. */
function settle(level, item, replacement) {
  const { container, keys } = level;
  const key = keys[level.at++];
  if (Object.is(item, replacement)) return;
  if (level.copy === container) level.copy = Array.isArray(container) ? [...container] : { ...container };
  level.copy[key] = replacement;
}

/**
 * Replaces the leaves of a JSON-like value. It walks plain objects and arrays; everything else is a leaf. It copies only
 * what changes and never writes to its argument.
 *
 * The walk keeps its own stack: a server may nest an output deeper than an engine's call stack reaches.
 *
 * @param {unknown} value
 * @param {(leaf: unknown) => unknown} replace returns the leaf itself where nothing changes
 * @param {number} [maxDepth] how many containers may stand inside one another; by default as many as there are
 * @throws {ReplicateError} "invalid_argument" for a container that holds itself, and for one too deep
 */
export function transform(value, replace, maxDepth = Infinity) {
  if (!isContainer(value)) return replace(value);
  const open = new Set([value]);
  const levels = [enter(value)];
  for (;;) {
    const level = levels.at(-1);
    const { container, keys, at, copy } = level;
    if (at < keys.length) {
      const item = container[keys[at]];
      if (!isContainer(item)) settle(level, item, replace(item));
      else if (open.has(item)) throw invalid("The input contains itself");
      else if (levels.length >= maxDepth) throw invalid(`The input is nested more than ${maxDepth} levels deep`);
      else {
        open.add(item);
        levels.push(enter(item));
      }
      continue;
    }
    levels.pop();
    open.delete(container);
    const parent = levels.at(-1);
    if (!parent) return copy;
    settle(parent, container, copy);
  }
}
