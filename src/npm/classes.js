/** Not Rust: it adds methods to the generated classes that need `this`, which Rust methods do not have. */

import { pulling } from "./files.js";

const UNLOADED = "replicate-wasm is not loaded yet: await init() first";

let loaded = false;

/** Marks the module as loaded. */
export const setLoaded = () => (loaded = true);

function check() {
  if (!loaded) throw new Error(UNLOADED);
}

/** Whether a property of a class needs the module. A subclass or `instanceof` reads the first three, and a promise reads `then` of anything. */
const isStatic = (Class, key) => Object.hasOwn(Class, key) && !["prototype", "name", "length"].includes(key);

/**
 * Wraps a class so that its use before `init()` throws an error that says so. The wrapper stays the same afterwards: early
 * references stay valid, and subclasses can be declared before.
 *
 * @param {Function} Class
 * @param {string} [instead] what to use in place of `new`, for a class without a constructor
 */
export function guarded(Class, instead) {
  const proxy = new Proxy(Class, {
    construct(target, args, newTarget) {
      if (instead) throw new TypeError(`${target.name} has no constructor: ${instead}`);
      check();
      return Reflect.construct(target, args, newTarget);
    },
    get(target, key, receiver) {
      if (isStatic(target, key)) check();
      return Reflect.get(target, key, receiver);
    },
  });
  Object.defineProperty(Class.prototype, "constructor", { value: proxy, configurable: true, writable: true });
  return proxy;
}

/** Hides what the generated glue exposes. */
export function clean(Class) {
  const { prototype } = Class;
  // The glue sets the handle's pointer as an enumerable property.
  Object.defineProperty(prototype, "__wbg_ptr", {
    set(value) {
      Object.defineProperty(this, "__wbg_ptr", { value, writable: true });
    },
  });
  // A handle is freed when it is collected. A call after `free()` would use a null pointer.
  delete prototype.free;
  delete prototype.__destroy_into_raw;
  if (Symbol.dispose) delete prototype[Symbol.dispose];
  return Class;
}

/** Makes a class with `next` and `return` an async iterator. */
export function iterable(Class) {
  const method = (key, value) => Object.defineProperty(Class.prototype, key, { value, configurable: true, writable: true });
  method(Symbol.asyncIterator, function iterator() {
    return this;
  });
  method("toReadableStream", function toReadableStream() {
    return new ReadableStream(...pulling(this, () => this.return()));
  });
  // In engines without the symbol the method would be named "undefined".
  if (Symbol.asyncDispose) {
    method(Symbol.asyncDispose, async function dispose() {
      await this.return();
    });
  }
  return Class;
}
