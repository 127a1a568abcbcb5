/** The package's main entry: everything, once `init()` has loaded the module. */

import { load } from "./load.js";

export * from "./main.js";

let loading;

/** Loads the module once; concurrent calls share one load, and one that failed can be tried again. */
export default function init(moduleOrPath = new URL("replicate_bg.wasm", import.meta.url)) {
  loading ??= load(moduleOrPath).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}
