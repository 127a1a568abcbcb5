/** Not Rust: it adds to generated classes what a Rust method cannot be, since that knows no `this`. */

import { pulling } from "./files.js";

const UNLOADED = "replicate-wasm is not loaded yet: await init() first";

let loaded = false;

/** Says that the module is there. */
export const setLoaded = () => (loaded = true);

function check() {
  if (!loaded) throw new Error(UNLOADED);
}

/** What a subclass or `instanceof` reads of a class. */
const structure = (key) => typeof key === "symbol" || ["prototype", "name", "length"].includes(key);

/**
 * A class that says until `init()` that it is to be awaited. It stays the same afterwards, so that a reference that was
 * taken early stays good. Subclasses may be made before.
 */
export function guarded(Class) {
  const proxy = new Proxy(Class, {
    construct(target, args, newTarget) {
      check();
      return Reflect.construct(target, args, newTarget);
    },
    get(target, key, receiver) {
      if (!structure(key)) check();
      return Reflect.get(target, key, receiver);
    },
  });
  Object.defineProperty(Class.prototype, "constructor", { value: proxy, configurable: true, writable: true });
  return proxy;
}

/** A generated class without what is the glue's own business. */
export function clean(Class) {
  const { prototype } = Class;
  // The glue sets the handle's address as a field that everybody would see.
  Object.defineProperty(prototype, "__wbg_ptr", {
    set(value) {
      Object.defineProperty(this, "__wbg_ptr", { value, writable: true });
    },
  });
  // A handle is given back when it is collected; one that was given back by hand would be a null pointer.
  delete prototype.free;
  if (Symbol.dispose) delete prototype[Symbol.dispose];
  return Class;
}

/** Makes an async iterator, and a source of readable streams, of a class with `next` and `return`. */
export function iterable(Class) {
  const method = (key, value) => Object.defineProperty(Class.prototype, key, { value, configurable: true, writable: true });
  method(Symbol.asyncIterator, function iterator() {
    return this;
  });
  method("toReadableStream", function toReadableStream() {
    return new ReadableStream(...pulling(this, () => this.return()));
  });
  // Older engines have no such symbol, and would get a method of the name "undefined".
  if (Symbol.asyncDispose) {
    method(Symbol.asyncDispose, async function dispose() {
      await this.return();
    });
  }
  return Class;
}
