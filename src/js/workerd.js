/** Cloudflare Workers: the bundler hands over a compiled module, since compiling at run time is forbidden. */

import { initSync } from "./replicate.js";
import module from "./replicate_bg.wasm";

initSync({ module });

export * from "./index.js";
export default async function init() {}
