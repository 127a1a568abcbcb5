// A page that is left in the middle of a call and restored from the back/forward cache.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { CREATE, openClient, startReading, until } from "./client-page.mjs";

inEachEngine((engine) => {
  /** Leaves the page, waits until `condition` is true, and goes back. Firefox keeps no page with a request under way. */
  async function goAwayAndBack(t, page, condition) {
    await page.goAway();
    await until(condition);
    const kept = await page.goBack();
    assert.ok(kept || engine.name === "Firefox");
    if (!kept) t.skip(`${engine.name} does not keep a page in this state`);
    return kept;
  }

  test("a run polls at once when the page is restored", async (t) => {
    const { page, count, lines, predictions } = await openClient(t, engine);
    await page.evaluate(() => {
      globalThis.output = client.run(LLAMA, { input: { prompt: "tea" }, wait: { mode: "poll", interval: 1e9 } });
    });
    await until(() => lines().length === 1);
    if (!(await goAwayAndBack(t, page, () => predictions()[0].status === "succeeded"))) return;
    assert.deepEqual(await page.evaluate(() => output), predictions()[0].output);
    assert.equal(count(CREATE), 1);
  });

  test("a run with a pending poll resolves to its output after the page is restored, with one create", async (t) => {
    const { page, server, answer, count, predictions } = await openClient(t, engine);
    const away = new AbortController();
    const polls = [];
    server.sandbox = async (request) => {
      if (request.method === "GET" && !away.signal.aborted) {
        polls.push(request);
        await new Promise((resolve) => away.signal.addEventListener("abort", resolve));
      }
      return answer(request);
    };
    await page.evaluate(() => {
      globalThis.output = client.run(LLAMA, { input: { prompt: "tea" }, wait: { mode: "poll", interval: 1 } });
      output.catch(() => {});
    });
    await until(() => polls.length > 0);
    const release = () => (away.abort(), predictions()[0].status === "succeeded");
    if (!(await goAwayAndBack(t, page, release))) return;
    assert.deepEqual(await page.evaluate(() => output), predictions()[0].output);
    assert.equal(count(CREATE), 1);
  });

  test("a stream yields every token once and in order after the page is restored", async (t) => {
    const { page, count, predictions } = await openClient(t, engine, { stepMs: 20 });
    await startReading(page);
    if (!(await goAwayAndBack(t, page, () => predictions()[0].status === "succeeded"))) return;
    await page.evaluate(() => finished);
    assert.equal(await page.evaluate(() => texts.join("")), predictions()[0].output.join(""));
    assert.equal(count(CREATE), 1);
  });

  test("a run in block mode resolves to its output or rejects with unknown_outcome, with one create", async (t) => {
    const { page, count, predictions } = await openClient(t, engine, { stepMs: 20 });
    await page.evaluate(() => {
      globalThis.outcome = client.run(LLAMA, { input: { prompt: "tea" } }).catch(({ code }) => code);
    });
    await until(() => predictions().length === 1);
    if (!(await goAwayAndBack(t, page, () => predictions()[0].status === "succeeded"))) return;
    const outcome = await page.evaluate(() => outcome);
    if (outcome !== "unknown_outcome") assert.deepEqual(outcome, predictions()[0].output);
    t.diagnostic(`${engine.name}: ${outcome === "unknown_outcome" ? outcome : "the output"}`);
    assert.equal(count(CREATE), 1);
  });
});
