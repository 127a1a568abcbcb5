/** Not Rust: the entry for Node, Deno and Bun. The module is initialised when the import resolves, so `init()` does nothing. */

import { loadSync } from "./load.js";
import wasm from "./wasm.js";

loadSync(wasm);

export * from "./main.js";
export default async function init() {}
