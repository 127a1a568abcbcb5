/** The same as the main entry, initialised when the import resolves. */
export * from "./index.js";
export { default } from "./index.js";
