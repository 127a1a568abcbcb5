// Every block of code in the README is run by a test.

import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { blocks, example, readme, root } from "./blocks.mjs";

const read = (path) => readFileSync(new URL(path, root), "utf8");
const tests = readdirSync(new URL("tests/", root), { recursive: true })
  .map((file) => `tests/${file}`)
  .filter((file) => /\.(mjs|rs)$/.test(file) && !file.includes("node_modules"));

test("every block of code says how it is tested", () => {
  // A block that the pattern does not match has no mark.
  assert.equal(blocks.length * 2, readme.match(/^ *```/gm).length);
  assert.deepEqual(blocks.filter(({ how }) => !how).map(({ code }) => code), []);
});

for (const { where, code } of blocks.filter(({ how }) => how === "in")) {
  test(`${where} has the code that the README shows of it, and a test runs it`, () => {
    const files = where.endsWith("/") ? readdirSync(new URL(where, root)).map((file) => where + file) : [where];
    // The files of a folder have their own last lines below the comment that ends the README's block.
    const parts = where.endsWith("/") ? code.replace(/^\/\/.*\n/gm, "").split("\n\n") : [code];
    for (const part of parts) assert.ok(files.some((file) => read(file).includes(part.trim())), part);
    const named = (file) => tests.some((test) => test !== file && read(test).includes(basename(file)));
    assert.deepEqual(files.filter((file) => !named(file)), []);
  });
}

test("the React component is the same as in the Next.js app", () => {
  assert.equal(read("tests/package/apps/next/app/ask/ask.jsx"), example("react"));
});

test("every link within the repository has a target", () => {
  const anchors = [...readme.matchAll(/^##+ (.*)$/gm)].map(([, title]) => `#${title.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")}`);
  const links = [...readme.matchAll(/\]\((?!https:)(.*?)\)/g)].map(([, link]) => link);
  assert.ok(links.length > 0);
  const leads = (link) => (link.startsWith("#") ? anchors.includes(link) : existsSync(new URL(link, root)));
  assert.deepEqual(links.filter((link) => !leads(link)), []);
});
