// The README's table of engines, runtimes and bundlers has the versions of the tests.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findChromium, findFirefox, findWebKit } from "../../src/build/browsers.mjs";
import { readme, root } from "./blocks.mjs";

const [, section] = readme.match(/\n## Where it runs\n([^]*?)\n## /);
const rows = [...section.matchAll(/^\| (.*?) \| (.*?) \|/gm)].slice(1).map(([, where, version]) => ({ where, version }));
const versionOf = (where) => rows.find((row) => row.where.startsWith(where))?.version ?? assert.fail(`${where} is not in the table`);

const manifest = (folder) => JSON.parse(readFileSync(new URL(`${folder}/package.json`, root), "utf8"));
const short = (version, parts) => version.split(".").slice(0, parts).join(".");

test("each runtime, bundler and test runner has the version that is installed", () => {
  const installed = (parts, ...folders) => folders.map((folder) => short(manifest(folder).version, parts)).join(", ");
  assert.equal(versionOf("Deno, Bun"), installed(2, "tests/package/deno/node_modules/deno", "node_modules/bun"));
  const consumers = ["tests/package/node_modules/vite", "tests/package/node_modules/webpack", "tests/package/apps/next/node_modules/next"];
  assert.equal(versionOf("Vite, webpack, Next.js"), installed(1, ...consumers));
  assert.equal(versionOf("Vitest, Jest"), installed(1, "tests/package/tools/node_modules/vitest", "tests/package/tools/node_modules/jest"));
  assert.equal(versionOf("esbuild").split(";")[0], installed(2, "node_modules/esbuild"));
});

test("the version of Node is that of package.json", () => {
  assert.equal(versionOf("Node"), `${manifest(".").engines.node.replace(">=", "")} and newer`);
});

const print = (program, ...args) => execFileSync(program, args, { encoding: "utf8" });
// A machine may have a newer browser: the table may have an older version, but not a newer one.
const engines = {
  Chromium: [findChromium, (program) => print(program, "--version")],
  Firefox: [findFirefox, (program) => print(program, "--version")],
  // MiniBrowser shows its version only on a display, so it comes from Debian's package.
  WebKit: [findWebKit, () => print("dpkg-query", "--show", "--showformat=${Version}", "webkit2gtk-driver")],
};
for (const [name, [find, ask]] of Object.entries(engines)) {
  const found = find();
  test(`${name} is at least as new as the table says`, { skip: !found && `${name} is not installed` }, () => {
    const [tested, named] = [ask(found), versionOf(name)].map((text) => Number(text.match(/\d+(?:\.\d+)?/)[0]));
    assert.ok(tested >= named, `${name} ${tested} is installed, the README has ${named}`);
  });
}
