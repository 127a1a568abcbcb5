// The README's table of figures is the one that the last benchmark gave.

import { readFile } from "node:fs/promises";
import { test } from "node:test";
import assert from "node:assert/strict";
import { rows } from "./report.mjs";
import { README, inReadme, markdown, results } from "./table.mjs";

test("the README's table is made from results.json", async () => {
  assert.equal(inReadme(await readFile(README, "utf8")), markdown(await results()));
});

test("ratios, goals and verdicts of results.json follow from its figures", async () => {
  const { page, table } = await results();
  assert.deepEqual(table, JSON.parse(JSON.stringify(rows(page))));
});
