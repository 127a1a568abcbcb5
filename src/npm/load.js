/** Not Rust: it loads the Rust module, so it runs before that is there. */

import init, { initSync } from "./replicate.js";
import { setLoaded } from "./classes.js";

/**
 * Loads the module.
 *
 * @param {unknown} source a URL or a Request to fetch, a Response, bytes, or a compiled module; a promise of one of them;
 *   or one of them as `{ module_or_path }`
 */
export async function load(source) {
  source = await (source?.module_or_path ?? source);
  if (typeof source === "string" || source instanceof URL || source instanceof Request) source = await answer(source);
  if (source instanceof Response) source = await moduleOf(source);
  await init({ module_or_path: source });
  setLoaded();
}

/** The URL of a source, for an error. */
const address = (source) => String(source?.url || source);

async function answer(source) {
  try {
    return await fetch(source);
  } catch (cause) {
    throw new Error(`The module of replicate-wasm could not be loaded from ${address(source)}: ${cause.message}`, { cause });
  }
}

/** Checks that an answer is the module, since many servers answer a missing file with an HTML page and status 200. */
async function moduleOf(response) {
  const type = response.headers.get("content-type") ?? "";
  const refuse = (what) => {
    const where = response.url ? `${response.url} ` : "";
    throw new Error(`The module of replicate-wasm could not be loaded: ${where}${what}. Serve replicate_bg.wasm there, or give its address to init()`);
  };
  if (!response.ok) refuse(`was answered with status ${response.status}`);
  // The engine compiles the module while it downloads, but only with exactly this type.
  if (type === "application/wasm") return response;
  const bytes = await response.arrayBuffer();
  const isModule = String.fromCharCode(...new Uint8Array(bytes.slice(0, 4))) === "\0asm";
  if (!isModule) refuse(`is no module${type ? ` but ${type}` : ""}`);
  return bytes;
}

/** Loads the module synchronously from bytes or a compiled module. */
export function loadSync(module) {
  initSync({ module });
  setLoaded();
}
