// Runs every example of the README unchanged: in a page of each engine with a sandbox in place of the relay, in Node, or in a
// fresh project.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachEngine } from "../engines/engines.mjs";
import { blocks, example } from "./blocks.mjs";
import { components } from "./frameworks.mjs";
import { pages } from "./pages.mjs";
import { projects, projectsInPages } from "./projects.mjs";
import { recipes } from "./recipes.mjs";
import { rust } from "./rust.mjs";
import { servers } from "./servers.mjs";
import { steps, stepsInPages } from "./steps.mjs";

/** By the name of an example: its behaviour and a function that runs it, or the name of another example whose test runs both. */
const elsewhere = { ...steps, ...projects, ...rust, ...servers };
const inPages = { ...stepsInPages, ...pages, ...recipes, ...components, ...projectsInPages };

test("exactly the examples of the README are run", () => {
  const all = { ...elsewhere, ...inPages };
  const names = blocks.filter(({ how }) => how === "run").map(({ where }) => where);
  assert.deepEqual(names.sort(), Object.keys(all).sort());
  const others = Object.values(all).filter((one) => typeof one === "string");
  assert.ok(others.every((name) => Array.isArray(all[name])));
});

function define(examples, engine) {
  for (const [name, one] of Object.entries(examples).filter(([, one]) => Array.isArray(one))) {
    const [behaviour, run] = one;
    test(`README: ${behaviour}`, { timeout: 120_000 }, (t) => run(t, example(name), engine));
  }
}

define(elsewhere);
inEachEngine((engine) => define(inPages, engine));
