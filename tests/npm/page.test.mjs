// The package in a page: loading, and predictions with the page's own fetch or a sandbox in the page.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { openPage } from "./page.mjs";

inEachEngine((engine) => {
  test("a page reads a text from a relay on its own server, by a relative URL", async (t) => {
    const { page, server } = await openPage(t, engine);
    const text = await page.evaluate(async () => {
      const { default: init, ReplicateHome } = await import("replicate-wasm");
      await init();
      const messages = [{ role: "user", content: "Write a short poem about spring." }];
      return ReplicateHome.createAsyncGenerator({ model: "gemma-2b", messages, proxy: "/relay" }).text();
    });
    const [prediction] = server.sandbox.predictions.values();
    assert.equal(text, prediction.output.join(""));
    assert.ok(server.requests.includes("POST /relay/api/prediction"));
    assert.deepEqual(await page.messages(), []);
  });

  test("a page reads a text and shows an image from a sandbox inside it", async (t) => {
    const { page, server } = await openPage(t, engine);
    const seen = await page.evaluate(async () => {
      const { default: init, ReplicateHome } = await import("replicate-wasm");
      const { createSandbox } = await import("replicate-wasm/sandbox");
      await init();
      const fetch = createSandbox({ stepMs: 0 });
      const text = await ReplicateHome.createAsyncGenerator({ prompt: "Spring", fetch }).text();
      const images = [];
      const prompt = "A beautiful landscape with mountains and a lake.";
      for await (const { url, alt } of ReplicateHome.createAsyncGenerator({ model: "sd-3", prompt, fetch })) {
        const image = Object.assign(new Image(), { src: url, alt });
        document.body.append(image);
        await image.decode();
        images.push({ url: url.slice(0, 21), alt, width: image.naturalWidth, height: image.naturalHeight });
      }
      const [{ output }] = fetch.predictions.values();
      return { text, output: output.join(""), images };
    });
    assert.ok(seen.text.length > 20);
    assert.equal(seen.text, seen.output);
    assert.equal(seen.images.length, 1);
    const [{ url, alt, width, height }] = seen.images;
    assert.match(url, /^data:image\/(png|svg\+xml)/);
    assert.equal(alt, "A beautiful landscape with mountains and a lake.");
    assert.ok(width > 0 && height > 0);
    assert.ok(server.requests.every((request) => request === "GET /" || request.startsWith("GET /pkg/")), "no other requests");
    assert.deepEqual(await page.messages(), []);
  });

  test("use before init() says what to do, concurrent calls share one load, and a failed load can be tried again", async (t) => {
    const { page, server } = await openPage(t, engine);
    server.failures = 1;
    const told = await page.evaluate(async () => {
      const { default: init, ReplicateHome } = await import("replicate-wasm");
      const said = (error) => error.message;
      const early = await Promise.resolve().then(() => ReplicateHome.models).catch(said);
      const failures = await Promise.all([init().catch(said), init().catch(said)]);
      const [first, second] = await Promise.all([init(), init()]);
      await init();
      return { early, failures, shared: first === second, models: ReplicateHome.models.length };
    });
    assert.match(told.early, /await init\(\) first/);
    assert.equal(told.failures.length, 2);
    assert.equal(typeof told.failures[0], "string");
    assert.equal(told.failures[1], told.failures[0]);
    assert.ok(told.shared);
    assert.equal(told.models, 4);
    assert.equal(server.requests.filter((request) => request.endsWith(".wasm")).length, 2, "one failed load and one successful load");
  });
});
