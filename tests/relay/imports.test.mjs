/**
 * The relay and the sandbox run on every platform with web standards, also in a page. So they import only files of their own
 * folder: no package and no module of Node.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { build } from "esbuild";

const src = fileURLToPath(new URL("../../src/", import.meta.url));

/** The imports of each file of a room, as a bundler sees them. */
async function importsOf(room) {
  const files = readdirSync(src + room).filter((name) => name.endsWith(".js"));
  assert.ok(files.length > 1);
  const { metafile } = await build({
    absWorkingDir: src,
    entryPoints: files.map((name) => `${room}/${name}`),
    outdir: "out",
    write: false,
    bundle: true,
    metafile: true,
    platform: "neutral",
    packages: "external",
  });
  return Object.entries(metafile.inputs);
}

for (const room of ["relay", "sandbox"]) {
  test(`${room} imports nothing from outside its folder`, async () => {
    for (const [name, { imports }] of await importsOf(room)) {
      for (const { path } of imports) assert.match(path, new RegExp(`^${room}/[^/]+$`), `${name} imports ${path}`);
    }
  });

  test(`${room} has no import cycle`, async () => {
    const inputs = new Map(await importsOf(room));
    const done = new Set();
    function visit(name, above) {
      assert.ok(!above.includes(name), [...above, name].join(" imports "));
      if (done.has(name)) return;
      for (const { path } of inputs.get(name)?.imports ?? []) visit(path, [...above, name]);
      done.add(name);
    }
    for (const name of inputs.keys()) visit(name, []);
  });
}
