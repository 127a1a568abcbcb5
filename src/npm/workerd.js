/** Not Rust: the entry of Cloudflare Workers. The bundler hands over a compiled module, since compiling at run time is forbidden. */

import { loadSync } from "./load.js";
import module from "./replicate_bg.wasm";

loadSync(module);

export * from "./main.js";
export default async function init() {}
