// Every example of the README, run as it stands there: in a page with a sandbox instead of the relay, in Node, or in a project of its own.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startBrowser, stopBrowser } from "../npm/page.mjs";
import { blocks, example } from "./blocks.mjs";
import { components } from "./frameworks.mjs";
import { pages } from "./pages.mjs";
import { projects } from "./projects.mjs";
import { recipes } from "./recipes.mjs";
import { rust } from "./rust.mjs";
import { servers } from "./servers.mjs";
import { steps } from "./steps.mjs";

before(startBrowser);
after(stopBrowser);

/** By the name of the example: what it proves, and how it is run; or the name of another one, whose test runs both. */
const examples = { ...steps, ...pages, ...recipes, ...components, ...projects, ...rust, ...servers };

test("every example of the README is run, and nothing is run that it does not have", () => {
  const names = blocks.filter(({ how }) => how === "run").map(({ where }) => where);
  assert.deepEqual(names.sort(), Object.keys(examples).sort());
  const others = Object.values(examples).filter((one) => typeof one === "string");
  assert.ok(others.every((name) => Array.isArray(examples[name])));
});

for (const [name, one] of Object.entries(examples).filter(([, one]) => Array.isArray(one))) {
  const [behaviour, run] = one;
  test(`README: ${behaviour}`, { timeout: 60_000 }, (t) => run(t, example(name)));
}
