/** Everything of the main entry, initialised when the import resolves: no `init()` is needed. */
export * from "./index.js";
/** Does nothing here, so that code written for the main entry works unchanged. */
export { default } from "./index.js";
