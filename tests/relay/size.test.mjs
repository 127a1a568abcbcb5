import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("../../src/relay/index.js", import.meta.url));

test("the relay is below 8 kB, minified and compressed", async () => {
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, format: "esm", write: false });
  const bytes = brotliCompressSync(outputFiles[0].contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  assert.ok(bytes < 8000, `${bytes} bytes`);
});

test("the relay imports nothing but itself", async () => {
  const { metafile } = await build({ entryPoints: [entry], bundle: true, format: "esm", write: false, metafile: true });
  const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  assert.ok(imports.length > 0);
  assert.deepEqual(
    imports.filter(({ external }) => external),
    [],
  );
});
