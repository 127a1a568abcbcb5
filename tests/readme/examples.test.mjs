// Every example of the README, run as it stands there: in a page of each engine that has a sandbox in place of the
// relay, or in Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachEngine } from "../engines/engines.mjs";
import { blocks, example } from "./blocks.mjs";
import { pages } from "./pages.mjs";
import { recipes } from "./recipes.mjs";
import { servers } from "./servers.mjs";

/** By the name of an example: what it proves, and how it is run. */
const inPages = { ...pages, ...recipes };

test("every example of the README is run, and nothing is run that it does not have", () => {
  const names = blocks.filter(({ how }) => how === "run").map(({ where }) => where);
  assert.deepEqual(names.sort(), Object.keys({ ...servers, ...inPages }).sort());
});

for (const [name, [behaviour, run]] of Object.entries(servers)) {
  test(`README: ${behaviour}`, { timeout: 60_000 }, (t) => run(t, example(name)));
}

inEachEngine((engine) => {
  for (const [name, [behaviour, run]] of Object.entries(inPages)) {
    test(`README: ${behaviour}`, { timeout: 60_000 }, (t) => run(t, example(name), engine));
  }
});
