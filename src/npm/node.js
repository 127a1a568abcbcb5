/** Not Rust: the entry of Node, Deno and Bun. The module is initialised when the import resolves, and `init()` has nothing to do. */

import { loadSync } from "./load.js";
import wasm from "./wasm.js";

loadSync(wasm);

export * from "./main.js";
export default async function init() {}
