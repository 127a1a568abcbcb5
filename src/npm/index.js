/** Not Rust: the entry of pages and bundlers. It alone says where the module is, since Jest cannot read `import.meta`. */

import { load } from "./load.js";

export * from "./main.js";

let loading;

/** Loads the module once. Concurrent calls share one load, and one that failed can be tried again. */
export default function init(moduleOrPath) {
  loading ??= load(moduleOrPath ?? new URL("replicate_bg.wasm", import.meta.url)).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
