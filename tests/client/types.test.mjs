import test from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve("typescript/package.json")), "bin", "tsc");
const nodeTypes = () => dirname(dirname(require.resolve("@types/node/package.json")));

/** The compiler's errors in these files, with the strictest options; empty if there are none. */
function compile(files, ...options) {
  const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"];
  const args = [tsc, ...strict, "--module", "nodenext", "--target", "es2022", ...options, ...files.map((file) => join(here, file))];
  return new Promise((resolve) => execFile(process.execPath, args, (_, stdout, stderr) => resolve(stdout + stderr)));
}

const PLACES = {
  "a page": () => compile(["types.test-d.ts"], "--lib", "es2022,dom"),
  "a page that disposes": () => compile(["types.test-d.ts", "types-disposable.test-d.ts"], "--lib", "es2022,dom,esnext.disposable"),
  "Node without the DOM": () =>
    compile(["types.test-d.ts", "types-node.test-d.ts"], "--lib", "es2022", "--types", "node", "--typeRoots", nodeTypes()),
  "Node with the DOM": () =>
    compile(["types.test-d.ts", "types-node.test-d.ts"], "--lib", "es2022,dom", "--types", "node", "--typeRoots", nodeTypes()),
};

for (const [place, check] of Object.entries(PLACES)) {
  test(`valid uses compile and invalid ones do not, in ${place}`, async () => assert.equal(await check(), ""));
}
