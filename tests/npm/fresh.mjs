// The package before its module is loaded.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const pkg = join(import.meta.dirname, "../../pkg");
export const wasm = readFileSync(join(pkg, "replicate_bg.wasm"));

/** Imports a copy of the package, which is a module that was not loaded yet. */
export async function fresh(t) {
  const folder = mkdtempSync(join(tmpdir(), "replicate-wasm-"));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync(pkg, folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  return import(pathToFileURL(join(folder, "index.js")));
}
