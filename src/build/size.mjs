/**
 * The size of what a page loads, measured one way: the main entry bundled and minified by esbuild, plus the
 * wasm, each compressed as a server would. `--check` fails above the budget in package.json.
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

export const bundle = (entry) =>
  Buffer.from(
    buildSync({ entryPoints: [join(root, entry)], bundle: true, minify: true, format: "esm", write: false, external: ["node:*"], logLevel: "error" })
      .outputFiles[0].contents,
  );

export function sizes() {
  const wasm = compressed(readFileSync(join(root, "pkg/replicate_bg.wasm")));
  const javascript = compressed(bundle("pkg/index.js"));
  const both = Object.fromEntries(Object.keys(wasm).map((key) => [key, wasm[key] + javascript[key]]));
  return { "replicate_bg.wasm": wasm, "JavaScript beside it": javascript, both };
}

export function printSizes() {
  const row = (name, { raw, gzip, brotli }) => console.log(`${name.padEnd(22)}${[raw, gzip, brotli].map((n) => String(n).padStart(10)).join("")}`);
  console.log(`${"bytes".padEnd(22)}${["raw", "gzip", "brotli"].map((name) => name.padStart(10)).join("")}`);
  for (const [name, size] of Object.entries(sizes())) row(name, size);
}

if (process.argv[1] === import.meta.filename) {
  printSizes();
  const { sizeBudget } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { brotli } = sizes().both;
  if (process.argv.includes("--check") && brotli > sizeBudget) {
    console.error(`wasm and JavaScript are ${brotli} bytes brotli, above the budget of ${sizeBudget} (sizeBudget in package.json).`);
    process.exit(1);
  }
}
