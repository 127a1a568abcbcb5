// The iterator of a stream, and what is left of it when it has ended, in each engine.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { openClient, until } from "./client-page.mjs";

inEachEngine((engine) => {
  test("concurrent calls of next() are answered in order, and are done after the end", async (t) => {
    const { page, predictions } = await openClient(t, engine);
    const { results, after } = await page.evaluate(async () => {
      const stream = client.streamText(LLAMA, { input: { prompt: "[tokens: 3] tea" } });
      const results = await Promise.all(Array.from({ length: 500 }, () => stream.next()));
      return { results, after: await stream.next() };
    });
    const texts = results.filter(({ done }) => !done).map(({ value }) => value);
    assert.deepEqual(texts, predictions()[0].output);
    assert.ok(results.slice(texts.length).every(({ done }) => done));
    assert.deepEqual(after, { value: undefined, done: true });
  });

  test("return() answers the pending calls, and throw() rejects with its error", async (t) => {
    const { page, predictions } = await openClient(t, engine);
    const { pending, thrown } = await page.evaluate(async () => {
      const hanging = () => client.streamText(LLAMA, { input: { prompt: "[hang] tea" } });
      const stream = hanging();
      const pending = [stream.next(), stream.next(), stream.return(), stream.next()];
      const other = hanging();
      const error = new Error("Enough");
      return { pending: await Promise.all(pending), thrown: await other.throw(error).catch((caught) => caught === error) };
    });
    assert.ok(pending.every(({ done }) => done));
    assert.equal(thrown, true);
    await until(() => predictions().every(({ status }) => status === "canceled"));
  });

  test("text() and toReadableStream() have the whole text", async (t) => {
    const { page, predictions } = await openClient(t, engine);
    const texts = await page.evaluate(async () => {
      const start = () => client.streamText(LLAMA, { input: { prompt: "tea", seed: 1 } });
      const stream = start();
      await stream.next();
      const texts = [await stream.text(), await stream.text()];
      let text = "";
      const reader = start().toReadableStream().getReader();
      for (let step; !(step = await reader.read()).done; ) text += step.value;
      return [...texts, text];
    });
    const whole = predictions()[0].output.join("");
    assert.deepEqual(texts, [whole, whole, predictions()[1].output.join("")]);
  });

  test("an open stream that is no longer referenced is closed", async (t) => {
    const { page, asked } = await openClient(t, engine);
    await page.evaluate(async () => {
      const begin = async () => void (await client.streamText(LLAMA, { input: { prompt: "[hang] tea" } }).next());
      await begin();
    });
    const open = asked.find(({ url }) => url.includes("/stream/"));
    await until(async () => {
      await page.collectGarbage();
      return open.signal.aborted;
    });
  });

  test("a stream listens to events of the page until it has ended", async (t) => {
    const { page } = await openClient(t, engine);
    const counts = await page.evaluate(async () => {
      const held = new Set();
      for (const target of [globalThis, document]) {
        const { addEventListener, removeEventListener } = target;
        target.addEventListener = (type, listener, ...rest) => (held.add(listener), addEventListener.call(target, type, listener, ...rest));
        target.removeEventListener = (type, listener, ...rest) => (held.delete(listener), removeEventListener.call(target, type, listener, ...rest));
      }
      const ends = [(stream) => stream.text(), (stream) => stream.return(), (stream) => stream.cancel()];
      const counts = [];
      for (const end of ends) {
        const stream = client.streamText(LLAMA, { input: { prompt: "tea" } });
        await stream.next();
        counts.push(held.size > 0);
        await end(stream);
        counts.push(held.size);
      }
      return counts;
    });
    assert.deepEqual(counts, [true, 0, true, 0, true, 0]);
  });

  test("an answer that is nested deeper than the engine's stack ends the call", async (t) => {
    const { page } = await openClient(t, engine);
    const odd = await page.evaluate(async () => {
      const urls = { get: `${location.origin}/p1`, cancel: `${location.origin}/p1/cancel`, stream: `${location.origin}/x/stream` };
      const ways = {
        run: (client) => client.run(LLAMA, { input: {}, wait: { mode: "poll", interval: 0 } }),
        text: (client) => client.streamText(LLAMA, { input: {} }).text(),
        events: async (client) => {
          for await (const _ of client.stream(LLAMA, { input: {} }));
        },
      };
      const odd = [];
      for (const depth of [5000, 500_000]) {
        const nested = "[".repeat(depth) + "]".repeat(depth);
        for (const field of ["output", "error", "detail", "logs", "status", "urls"]) {
          const fetch = async (url, { method }) => {
            if (method === "POST") return Response.json({ id: "p1", status: "starting", urls }, { status: 201 });
            if (!url.endsWith("/stream")) return new Response(`{"id":"p1","status":"failed","${field}":${nested}}`);
            const events = `event: output\ndata: ${nested}\n\nevent: done\ndata: ${nested}\n\n`;
            return new Response(events, { headers: { "content-type": "text/event-stream" } });
          };
          const client = new lib.Replicate({ baseUrl: "/v1", fetch, maxRetries: 0 });
          for (const [name, call] of Object.entries(ways)) {
            const outcome = await call(client).then(() => "ok", (error) => (error instanceof lib.ReplicateError ? "ok" : `${error}`));
            if (outcome !== "ok") odd.push(`${name}, ${field}, ${depth}: ${outcome}`);
          }
        }
      }
      return odd;
    });
    assert.deepEqual(odd, []);
  });
});
