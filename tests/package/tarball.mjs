// What is published: these files, with the right types, found by every tool.

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
/** What wasm-bindgen copies of the JavaScript that the crate names. */
const SNIPPET = /^pkg\/snippets\/replicate-wasm-\w+\/src\/npm\/(\w+)\.js$/;

/** What a tool says that ends with a failure; empty where it does not. */
const complaints = (tool, ...args) =>
  new Promise((resolve) =>
    execFile(join(root, "node_modules/.bin", tool), args, { cwd: folder, timeout: 120_000 }, (error, stdout, stderr) => resolve(error ? stdout + stderr : "")),
  );

/** What a page's bundle has of the package, or a server's, minified. */
async function bundle(source, platform = "browser") {
  const stdin = { contents: source, resolveDir: folder };
  const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: "esm", platform, write: false, logLevel: "error" });
  return outputFiles[0].text;
}

describe("the tarball", () => {
  test("holds these files and no others", () => {
    const snippets = contents.filter((path) => SNIPPET.test(path));
    assert.deepEqual(snippets.map((path) => SNIPPET.exec(path)[1]).sort(), ["error", "files", "inputs", "transform"]);
    const expected = [
      ...["CHANGELOG.md", "LICENSE", "README.md", "package.json"],
      ...["replicate.js", "replicate_bg.wasm", "wasm.js"].map((name) => `pkg/${name}`),
      ...sourcesOf("npm").map((name) => `pkg/${name.replace(/^types\.d/, "index.d")}`),
      ...["relay", "sandbox"].flatMap((room) => sourcesOf(room).map((name) => `pkg/${room}/${name}`)),
      ...snippets,
    ];
    assert.deepEqual([...contents].sort(), expected.sort());
  });

  test("has nothing that publint finds fault with", async () => {
    assert.equal(await complaints("publint", tarball, "--strict"), "");
  });

  test("has the right types for every way to find them", async () => {
    // A CommonJS file needs Node 20.19's require() of ES modules. The wasm is no module of TypeScript: each bundler gives
    // something else for it.
    const own = ["--ignore-rules", "cjs-resolves-to-esm", "--exclude-entrypoints", "replicate_bg.wasm"];
    assert.equal(await complaints("attw", tarball, ...own), "");
  });

  test("names no address that nobody owns, and is ready to be published", () => {
    const { repository, homepage, bugs, publishConfig, license, engines, keywords } = manifest;
    assert.deepEqual({ repository, homepage, bugs }, { repository: undefined, homepage: undefined, bugs: undefined });
    assert.deepEqual(publishConfig, { access: "public" });
    assert.deepEqual({ license, engines }, { license: "MIT", engines: { node: ">=20" } });
    assert.ok(keywords.includes("replicate"));
    assert.equal(manifest.dependencies, undefined, "it depends on nothing");
    assert.match(readFileSync(join(root, "CHANGELOG.md"), "utf8"), new RegExp(`^## ${manifest.version}$`, "m"));
  });

  test("leaves out of a bundle what is not used, and never what loads the module", async () => {
    assert.equal(await bundle('import "replicate-wasm"; import "replicate-wasm/relay"; import "replicate-wasm/sandbox";'), "");
    const small = await bundle('import { parseProgressFromLogs } from "replicate-wasm"; console.log(parseProgressFromLogs);');
    assert.ok(small.length < 1000, `${small.length} bytes`);
    assert.match(await bundle('import "replicate-wasm/auto";'), /replicate_bg\.wasm/);
    assert.match(await bundle('import { Replicate } from "replicate-wasm"; console.log(Replicate);', "node"), /AGFzbQ/);
  });
});
