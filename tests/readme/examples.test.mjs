// Every example of the README, run as it stands there: in a page that has a sandbox in place of the relay, or in Node.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBrowser, stopBrowser } from "../npm/page.mjs";
import { blocks, example } from "./blocks.mjs";
import { pages } from "./pages.mjs";
import { recipes } from "./recipes.mjs";
import { servers } from "./servers.mjs";

before(startBrowser);
after(stopBrowser);

/** By the name of the example: what it proves, and how it is run. */
const examples = { ...servers, ...pages, ...recipes };

test("every example of the README is run, and nothing is run that it does not have", () => {
  const names = blocks.filter(({ how }) => how === "run").map(({ where }) => where);
  assert.deepEqual(names.sort(), Object.keys(examples).sort());
});

for (const [name, [behaviour, run]] of Object.entries(examples)) {
  test(`README: ${behaviour}`, { timeout: 60_000 }, (t) => run(t, example(name)));
}
