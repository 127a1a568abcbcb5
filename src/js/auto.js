/** The same as the main entry, initialised when the import resolves. */

import init from "replicate-wasm";

await init();

export * from "replicate-wasm";
export { default } from "replicate-wasm";
