// A page that goes away in the middle of a call and comes back, kept by the engine with all that runs in it.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { CREATE, openClient, until } from "./client-page.mjs";

inEachEngine((engine) => {
  /** Goes away, waits until `condition` is true, and comes back. Skips the test where the engine has not kept the page. */
  async function goAwayAndBack(t, page, condition) {
    await page.goAway();
    await until(condition);
    const kept = await page.goBack();
    if (!kept) t.skip(`${engine.name} does not keep a page in this state`);
    return kept;
  }

  test("a run that polls goes on when the page is back: its next look is at once", async (t) => {
    const { page, count, lines, predictions } = await openClient(t, engine);
    await page.evaluate(() => {
      globalThis.output = client.run(LLAMA, { input: { prompt: "tea" }, wait: { mode: "poll", interval: 1e9 } });
    });
    await until(() => lines().length === 1);
    if (!(await goAwayAndBack(t, page, () => predictions()[0].status === "succeeded"))) return;
    assert.deepEqual(await page.evaluate(() => output), predictions()[0].output);
    assert.equal(count(CREATE), 1);
  });

  test("a run whose poll was under way when the page went gives its output, from one prediction", async (t) => {
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

  test("a stream gives every token once, in order, although the page was away in its middle", async (t) => {
    const { page, count, predictions } = await openClient(t, engine, { stepMs: 20 });
    await page.evaluate(async () => {
      globalThis.texts = [];
      const stream = client.streamText(LLAMA, { input: { prompt: "tea" } });
      texts.push((await stream.next()).value);
      globalThis.finished = (async () => {
        for await (const text of stream) texts.push(text);
      })();
      finished.catch(() => {});
    });
    if (!(await goAwayAndBack(t, page, () => predictions()[0].status === "succeeded"))) return;
    await page.evaluate(() => finished);
    assert.equal(await page.evaluate(() => texts.join("")), predictions()[0].output.join(""));
    assert.equal(count(CREATE), 1);
  });

  test("a run in block mode gives its output or says unknown_outcome, and is never sent twice", async (t) => {
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
