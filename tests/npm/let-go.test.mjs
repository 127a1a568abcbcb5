// A page keeps nothing of a stream that has ended.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { openPage } from "./page.mjs";

inEachEngine((engine) => {
  test("streams that were read to the end or left are collected when the page no longer references them", async (t) => {
    const { page } = await openPage(t, engine);
    await page.evaluate(async () => {
      const { default: init, Replicate } = await import("replicate-wasm");
      const { createSandbox } = await import("replicate-wasm/sandbox");
      await init();
      const replicate = new Replicate({ baseUrl: "/v1", fetch: createSandbox({ stepMs: 0 }) });
      globalThis.gone = { read: 0, left: 0 };
      globalThis.registry = new FinalizationRegistry((how) => gone[how]++);
      for (let i = 0; i < 20; i++) {
        const how = i % 2 ? "read" : "left";
        const stream = replicate.stream("meta/meta-llama-3-8b-instruct", { input: { prompt: "Spring" } });
        globalThis.registry.register(stream, how);
        for await (const _ of stream) if (how === "left") break;
      }
    });
    // The engine reports what it has collected in its own tasks.
    let gone;
    for (let i = 0; i < 50 && !(gone?.read >= 8 && gone.left >= 8); i++) {
      await page.collectGarbage();
      gone = await page.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(globalThis.gone))));
    }
    assert.ok(gone.read >= 8 && gone.left >= 8, `of ten each the engine collected ${gone.read} that were read and ${gone.left} that were left`);
  });
});
