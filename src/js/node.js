/** Node, Deno and Bun: the module is initialised when the import resolves, and `init()` has nothing to do. */

import { initSync } from "./replicate.js";
import wasm from "./wasm.js";

initSync({ module: wasm });

export * from "./index.js";
export default async function init() {}
