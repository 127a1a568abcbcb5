/** Not Rust: the entry for Cloudflare Workers. The bundler provides a compiled module, since Workers cannot compile at run time. */

import { loadSync } from "./load.js";
import module from "./replicate_bg.wasm";

loadSync(module);

export * from "./main.js";
export default async function init() {}
