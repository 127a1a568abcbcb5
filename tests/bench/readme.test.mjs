// What the documents say of speed and size is what the last benchmark measured.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compare } from "./documents.mjs";
import { rows } from "./report.mjs";
import { figures, summary } from "./summary.mjs";
import { markdown, markdownOfEngines, results } from "./table.mjs";

for (const { file, text, wanted } of await compare()) {
  test(`${file} is made from the results: run node tests/bench/documents.mjs`, () => assert.equal(text, wanted));
}

test("both documents have a place for their figures", async () => {
  const [readme, own] = await compare();
  assert.ok(readme.text.includes(summary(await results())));
  assert.ok(own.text.includes(markdown(await results())));
  assert.ok(own.text.includes(markdownOfEngines(await Promise.all(["firefox", "webkit"].map(results)))));
});

test("the chart has a bar for every value, as long as the value says", async () => {
  const [, , { text: svg }] = await compare();
  const lengths = [...svg.matchAll(/class="(?:ours|theirs)".*? width="(\d+)"/g)].map(([, length]) => Number(length));
  const values = figures(await results()).flatMap(({ values }) => values.map(([, value]) => value / Math.max(...values.map(([, value]) => value))));
  assert.equal(lengths.length, values.length);
  lengths.forEach((length, i) => assert.ok(Math.abs(length / Math.max(...lengths) - values[i]) < 0.01));
});

for (const name of ["chromium", "firefox", "webkit"]) {
  test(`ratios, goals and verdicts follow from the figures: ${name}`, async () => {
    const { page, table } = await results(name);
    assert.deepEqual(table, JSON.parse(JSON.stringify(rows(page))));
  });
}
