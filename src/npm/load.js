/** Loading the module: everything that a page, a server or a bundler may have of it. */

import { getImports, setInstance } from "./replicate.js";

/**
 * @param {unknown} [source] a URL or a Request to fetch, a Response, bytes, or a compiled module; or a
 *   promise of one of them
 */
export async function load(source) {
  source = await source;
  if (typeof source === "string" || source instanceof URL || source instanceof Request) source = await fetch(source);
  if (source instanceof Response) {
    if (!source.ok) throw new Error(`The module of replicate-wasm was answered with status ${source.status}`);
    // The only type that is compiled while it comes: some servers have another one for the file.
    const streams = source.headers.get("content-type") === "application/wasm";
    source = streams ? await WebAssembly.compileStreaming(source) : await source.arrayBuffer();
  }
  const made = await WebAssembly.instantiate(source, getImports());
  // Of bytes both come, the instance and the compiled module; of a module the instance alone.
  setInstance(made.instance ?? made);
}

/** The same at once, where bytes or a compiled module are at hand. */
export function loadSync(source) {
  const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
  setInstance(new WebAssembly.Instance(module, getImports()));
}
