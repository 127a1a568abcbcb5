/** Not Rust: the entry for pages and bundlers. It alone uses `import.meta` to find the module, since Jest cannot parse that. */

import { load } from "./load.js";

export * from "./main.js";

let loading;

/** Loads the module once. Concurrent calls share one load. A failed load can be tried again. */
export default function init(moduleOrPath) {
  loading ??= load(moduleOrPath ?? new URL("replicate_bg.wasm", import.meta.url)).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
