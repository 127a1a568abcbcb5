/**
 * The size of what a page loads, measured one way: the main entry bundled and minified by esbuild, plus the
 * wasm, each compressed as a server would. `--check` fails above the budgets in package.json.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

const root = join(import.meta.dirname, "../..");

export const compressed = (bytes) => ({
  raw: bytes.length,
  gzip: gzipSync(bytes, { level: 9 }).length,
  brotli: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
});

const options = { bundle: true, minify: true, format: "esm", write: false, external: ["node:*"], logLevel: "error" };
const outputOf = (input) => Buffer.from(buildSync({ ...options, ...input }).outputFiles[0].contents);

export const bundle = (entry) => outputOf({ entryPoints: [join(root, entry)] });

/** What a bundler leaves of the main entry for a page that imports the provider and what it gives. */
const home = () =>
  outputOf({ stdin: { contents: 'export { default, ReplicateHome, ImageResponse, ReplicateError } from "./pkg/index.js"', resolveDir: root } });

const sum = (one, other) => Object.fromEntries(Object.keys(one).map((key) => [key, one[key] + other[key]]));

export function sizes() {
  const wasm = compressed(readFileSync(join(root, "pkg/replicate_bg.wasm")));
  const javascript = compressed(bundle("pkg/index.js"));
  return {
    "replicate_bg.wasm": wasm,
    "JavaScript beside it": javascript,
    both: sum(wasm, javascript),
    "both, with ReplicateHome alone": sum(wasm, compressed(home())),
  };
}

export function printSizes() {
  const row = (name, { raw, gzip, brotli }) => console.log(`${name.padEnd(32)}${[raw, gzip, brotli].map((n) => String(n).padStart(10)).join("")}`);
  console.log(`${"bytes".padEnd(32)}${["raw", "gzip", "brotli"].map((name) => name.padStart(10)).join("")}`);
  for (const [name, size] of Object.entries(sizes())) row(name, size);
}

if (process.argv[1] === import.meta.filename) {
  printSizes();
  const { sizeBudget } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const [name, budget] of process.argv.includes("--check") ? Object.entries(sizeBudget) : []) {
    const { brotli } = sizes()[name];
    if (brotli <= budget) continue;
    console.error(`${name}: ${brotli} bytes brotli, above the budget of ${budget} (sizeBudget in package.json).`);
    process.exitCode = 1;
  }
}
