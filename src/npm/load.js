/** Loading the module: everything that a page, a server or a bundler may have of it. */

import init, { initSync } from "./replicate.js";

/**
 * @param {unknown} [source] a URL or a Request to fetch, a Response, bytes, or a compiled module; or a
 *   promise of one of them. By default the file beside this one
 */
export const load = (source = new URL("replicate_bg.wasm", import.meta.url)) => init({ module_or_path: source });

/** The same at once, where bytes or a compiled module are at hand. */
export const loadSync = (module) => initSync({ module });
