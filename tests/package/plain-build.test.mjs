// Rust's tools make the package's module without further options, since the feature `npm` is the crate's default.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { env, execute, root } from "../../src/build/program.mjs";

const target = join(root, "target/plain");
const plain = { env: { ...env, CARGO_TARGET_DIR: target } };
const CLASSES = ["Cog", "PredictionStream", "Replicate", "ReplicateHome"];

/** The methods of the four classes in a module's exports. */
const methodsOf = (wasm) =>
  WebAssembly.Module.exports(new WebAssembly.Module(wasm))
    // In a module of cargo each name ends with a hash.
    .map(({ name }) => name.replace(/_[0-9a-f]{16}$/, ""))
    .filter((name) => CLASSES.some((className) => name.startsWith(`${className.toLowerCase()}_`)))
    .sort();

test("`cargo build --target wasm32-unknown-unknown` and `wasm-pack build --target web` make the package's module", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "replicate-wasm-plain-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ofPackage = methodsOf(readFileSync(join(root, "pkg/replicate_bg.wasm")));
  assert.ok(ofPackage.includes("predictionstream_next"));

  const cargo = await execute("cargo", ["build", "--lib", "--target", "wasm32-unknown-unknown"], plain);
  assert.ok(cargo.ok, cargo.text);
  assert.deepEqual(methodsOf(readFileSync(join(target, "wasm32-unknown-unknown/debug/replicate_wasm.wasm"))), ofPackage);

  const wasmPack = await execute("wasm-pack", ["build", "--dev", "--target", "web", "--out-dir", folder], plain);
  assert.ok(wasmPack.ok, wasmPack.text);
  const wasm = readFileSync(join(folder, "replicate_wasm_bg.wasm"));
  assert.deepEqual(methodsOf(wasm), ofPackage);

  const { initSync, ReplicateHome, ReplicateError } = await import(pathToFileURL(join(folder, "replicate_wasm.js")));
  initSync({ module: wasm });
  assert.equal(ReplicateHome.getModel("sd-3"), "stability-ai/stable-diffusion-3");
  assert.throws(() => ReplicateHome.getModel("no-such-model"), (error) => error instanceof ReplicateError && error.code === "model_not_supported");
});
