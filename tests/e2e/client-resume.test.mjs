// A reload in the middle of a stream: the page resumes it from a stored handle or id.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { CANCEL, CREATE, load, openClient } from "./client-page.mjs";

inEachEngine((engine) => {
  test("after a reload a stream resumes after its last token, from a handle in sessionStorage", async (t) => {
    const { page, count, predictions } = await openClient(t, engine, { stepMs: 5 });
    await page.evaluate(async () => {
      const stream = client.streamText(LLAMA, { input: { prompt: "tea" } });
      let text = "";
      for (let i = 0; i < 7; i++) {
        text += (await stream.next()).value;
        sessionStorage.setItem("unfinished", JSON.stringify({ handle: stream, text }));
      }
    });
    await page.reload();
    await load(page);
    const text = await page.evaluate(async () => {
      const { handle, text } = JSON.parse(sessionStorage.getItem("unfinished"));
      return text + (await client.resume(handle).text());
    });
    assert.equal(text, predictions()[0].output.join(""));
    assert.equal(count(CREATE), 1);
    assert.equal(count(CANCEL), 0);
  });

  test("after a reload an id replays the whole output", async (t) => {
    const { page, count, predictions } = await openClient(t, engine, { stepMs: 5 });
    await page.evaluate(async () => {
      const stream = client.stream(LLAMA, { input: { prompt: "tea" } });
      await stream.next();
      sessionStorage.setItem("id", stream.id);
    });
    await page.reload();
    await load(page);
    const text = await page.evaluate(() => client.resume(sessionStorage.getItem("id")).text());
    assert.equal(text, predictions()[0].output.join(""));
    assert.equal(count(CREATE), 1);
  });
});
