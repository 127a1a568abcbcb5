/** The README's server examples are the files that the other tests run. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const folder = new URL("examples/", import.meta.url);

for (const file of readdirSync(folder)) {
  test(`the README has ${file} as it is`, () => {
    const code = readFileSync(new URL(file, folder), "utf8");
    const bare = (text) => text.replace(/^\s*(\/\*\*?[^]*?\*\/|\/\/.*)\s*/, "").trim();
    const blocks = [...readme.matchAll(/```js\n([^]*?)```/g)].map(([, block]) => block.trim());
    assert.ok(blocks.some((block) => block === code.trim() || block === bare(code)), code);
  });
}
