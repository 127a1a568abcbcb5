// Cog in a page, with a real server behind the page's own origin.

import { test } from "node:test";
import assert from "node:assert/strict";
import { startCog } from "../cog/server.mjs";
import { createCogProxy } from "../../www/cog-proxy.mjs";
import { inEachEngine } from "../engines/engines.mjs";
import { openClient } from "./client-page.mjs";

/** Opens a page with `cog`, a client of a server with this model. */
async function open(t, engine, runner) {
  const cog = await startCog({ runner });
  t.after(() => cog.stop());
  const { page, server } = await openClient(t, engine);
  const proxy = createCogProxy(cog.url);
  server.sandbox = (request) => proxy(new Request(request.url.replace("/relay/cog/", "/cog/"), request));
  await page.evaluate(() => {
    globalThis.cog = new lib.Cog({ baseUrl: "/relay/cog" });
  });
  return { page, cog };
}

inEachEngine((engine) => {
  test("tokens arrive unchanged and in order", async (t) => {
    const { page, cog } = await open(t, engine, "text");
    const { texts, output, health } = await page.evaluate(async () => {
      const stream = globalThis.cog.streamText({ input: { prompt: "Tell me of the tide", max_tokens: 30, delay_ms: 0 } });
      const texts = [];
      for await (const text of stream) texts.push(text);
      return { texts, output: stream.prediction.output, health: await globalThis.cog.health() };
    });
    assert.equal(texts.length, 30);
    assert.deepEqual(texts, output);
    assert.ok(["READY", "BUSY"].includes(health.status));
    assert.deepEqual(cog.journal(), ["run", "finished"]);
  });

  test("an image is shown", async (t) => {
    const { page } = await open(t, engine, "image");
    const seen = await page.evaluate(async () => {
      const file = await globalThis.cog.run({ input: { prompt: "A lake", width: 96, height: 64, source: new Blob(["pixels"]) } });
      const image = Object.assign(new Image(), { src: URL.createObjectURL(await file.blob()) });
      document.body.append(image);
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    assert.deepEqual(seen, [96, 64]);
  });

  test("cancel() and break stop the model", async (t) => {
    const { page, cog } = await open(t, engine, "slow");
    const times = (word) => cog.journal().filter((entry) => entry === word).length;
    await page.evaluate(async () => {
      globalThis.stream = globalThis.cog.streamText({ input: { max_tokens: 1 } });
      await stream.next();
    });
    await cog.until(() => times("waiting") === 1);
    await page.evaluate(() => stream.cancel());
    await cog.until(() => times("canceled") === 1);
    await cog.idle();
    await page.evaluate(() => {
      const leaving = new Promise((resolve) => (globalThis.leave = resolve));
      globalThis.left = (async () => {
        for await (const _ of globalThis.cog.streamText({ input: { max_tokens: 1 } })) if (await leaving) break;
      })();
    });
    await cog.until(() => times("waiting") === 2);
    await page.evaluate(() => (leave(true), left));
    await cog.until(() => times("canceled") === 2);
    await cog.idle();
    assert.equal(times("run"), 2);
  });

  test("the error of a failure has its logs", async (t) => {
    const { page } = await open(t, engine, "failing");
    const error = await page.evaluate(() =>
      globalThis.cog.run({ input: { message: "boom" } }).catch(({ code, message, logs, partial }) => ({ code, message, logs, partial })),
    );
    assert.equal(error.code, "failed");
    assert.match(error.message, /boom$/);
    assert.match(error.logs, /loading weights/);
    assert.equal(error.partial, "token 0 token 1 ");
  });
});
