// The published package: its files, its types, and how tools find them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { build } from "esbuild";
import { contents, folder, tarball } from "./project.mjs";

const root = join(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(folder, "node_modules/replicate-wasm/package.json"), "utf8"));

const sourcesOf = (room) => readdirSync(join(root, "src", room)).filter((name) => /\.(js|d\.ts)$/.test(name));
/** The JavaScript files that wasm-bindgen copies. */
const SNIPPET = /^pkg\/snippets\/replicate-wasm-\w+\/src\/npm\/(\w+)\.js$/;

/** The output of a tool if it fails, else empty. */
const complaints = (tool, ...args) =>
  new Promise((resolve) =>
    execFile(join(root, "node_modules/.bin", tool), args, { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) => resolve(error ? stdout + stderr : "")),
  );

/** The minified bundle of a source, for a page or a server. */
async function bundle(source, platform = "browser") {
  const stdin = { contents: source, resolveDir: folder };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: "esm", platform, write: false, logLevel: "error" });
  return outputFiles[0].text;
}

describe("the tarball", () => {
  test("contains exactly these files", () => {
    const snippets = contents.filter((path) => SNIPPET.test(path));
    const named = snippets.map((path) => SNIPPET.exec(path)[1]).sort();
    assert.deepEqual(named, ["error", "events", "files", "inputs"]);
    const expected = [
      ...["CHANGELOG.md", "LICENSE", "README.md", "package.json"],
      ...["replicate.js", "replicate_bg.wasm", "wasm.js"].map((name) => `pkg/${name}`),
      // Files that the crate names are among the snippets alone.
      ...sourcesOf("npm").filter((name) => !named.includes(name.replace(/\.js$/, ""))).map((name) => `pkg/${name.replace(/^types\.d/, "index.d")}`),
      ...["relay", "sandbox"].flatMap((room) => sourcesOf(room).map((name) => `pkg/${room}/${name}`)),
      ...snippets,
    ];
    assert.deepEqual([...contents].sort(), expected.sort());
  });

  test("has no publint errors", async () => {
    assert.equal(await complaints("publint", tarball, "--strict"), "");
  });

  test("has the right types for every module resolution", async () => {
    // A CommonJS file needs require() of ES modules, from Node 20.19 on. The wasm has no types, since its value depends on
    // the bundler.
    const own = ["--ignore-rules", "cjs-resolves-to-esm", "--exclude-entrypoints", "replicate_bg.wasm"];
    assert.equal(await complaints("attw", tarball, ...own), "");
  });

  test("has no repository URL that does not exist, and is ready to be published", () => {
    const { repository, homepage, bugs, publishConfig, license, engines, keywords } = manifest;
    assert.deepEqual({ repository, homepage, bugs }, { repository: undefined, homepage: undefined, bugs: undefined });
    assert.deepEqual(publishConfig, { access: "public" });
    assert.deepEqual({ license, engines }, { license: "MIT", engines: { node: ">=20" } });
    assert.ok(keywords.includes("replicate"));
    assert.equal(manifest.dependencies, undefined, "no dependencies");
    assert.match(readFileSync(join(root, "CHANGELOG.md"), "utf8"), new RegExp(`^## ${manifest.version}$`, "m"));
  });

  test("tree-shakes unused exports, but not the loading of the module", async () => {
    assert.equal(await bundle('import "replicate-wasm"; import "replicate-wasm/relay"; import "replicate-wasm/sandbox";'), "");
    const small = await bundle('import { parseProgressFromLogs } from "replicate-wasm"; console.log(parseProgressFromLogs);');
    assert.ok(small.length < 1000, `${small.length} bytes`);
    assert.match(await bundle('import "replicate-wasm/auto";'), /replicate_bg\.wasm/);
    assert.match(await bundle('import { Replicate } from "replicate-wasm"; console.log(Replicate);', "node"), /AGFzbQ/);
  });
});
