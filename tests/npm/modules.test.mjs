// The JavaScript files that the crate imports. wasm-bindgen copies only these for Rust apps and the tests in a browser.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { build } from "esbuild";

const root = join(import.meta.dirname, "../..");
const read = (file) => readFileSync(join(root, file), "utf8");

const sources = readdirSync(join(root, "src"), { recursive: true }).filter((file) => file.endsWith(".rs"));
const named = [...new Set(sources.flatMap((file) => [...read(join("src", file)).matchAll(/module = "\/(.+?)"/g)].map(([, path]) => path)))];

test("the crate imports at most four modules, since the server of wasm-bindgen's test runner stalls at a fifth connection", () => {
  assert.ok(named.length > 0);
  assert.ok(named.length <= 4, named.join(", "));
});

test("these modules import only each other", () => {
  for (const path of named) {
    for (const [, other] of read(path).matchAll(/^(?:import|export)\b.*? from "(.+?)"/gm)) {
      const imported = posix.join(posix.dirname(path), other);
      assert.ok(named.includes(imported), `${path} imports ${other}, which is not copied`);
    }
  }
});

test("all files that a page loads are ASCII, since a page may have no charset", () => {
  const files = readdirSync(join(root, "pkg"), { recursive: true }).filter((file) => !/^(relay|sandbox)\b/.test(file));
  const scripts = files.filter((file) => file.endsWith(".js")).map((file) => join("pkg", file));
  assert.ok(scripts.length > 15);
  for (const file of scripts) {
    const code = read(file).replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
    assert.doesNotMatch(code, /[^\x00-\x7f]/, file);
  }
});

test("a bundler has nothing to warn of: the glue imports no module twice", async () => {
  const entryPoints = ["index.js", "auto.js", "node.js"].map((name) => join(root, "pkg", name));
  const { warnings } = await build({ entryPoints, bundle: true, format: "esm", platform: "node", outdir: "/", write: false, logLevel: "silent" });
  assert.deepEqual(warnings.map(({ text }) => text), []);
});
