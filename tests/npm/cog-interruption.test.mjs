// Connections to a real Cog server that break in mid-stream. Whatever happens, the model runs once for one call.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { Cog } from "replicate-wasm";
import { startProxy } from "../cog/proxy.mjs";
import { startCog } from "../cog/server.mjs";
import { all, failure } from "./client.mjs";

/** Servers for the tests of a group, by model: one start for many cuts. */
const servers = {};
const start = (runner, options) => {
  before(async () => (servers[runner] = await startCog({ runner, ...options })));
  after(() => servers[runner]?.stop());
};

/** A client of a server behind a proxy of its own, and what the model does from here on. */
async function withCut(runner, cut, body) {
  const server = servers[runner];
  await server.idle();
  const earlier = server.journal().length;
  const proxy = await startProxy(server.url, cut);
  const journal = () => server.journal().slice(earlier);
  try {
    await body({ server, proxy, cog: new Cog({ baseUrl: proxy.url }), journal, runs: () => journal().filter((word) => word === "run").length });
  } finally {
    await proxy.stop();
  }
}

const words = Array.from({ length: 20 }, (_, number) => `tick ${number} `);
const slow = { input: { max_tokens: words.length, delay_ms: 5 } };

/** So many results of a stream. */
async function take(stream, count) {
  const results = [];
  while (results.length < count) results.push((await stream.next()).value);
  return results;
}

describe("the server did not notice", () => {
  start("slow");

  // 0: before the answer's head. The head is about 130 bytes, an event about 60.
  for (const afterBytes of [0, 140, 300, 640, 1111]) {
    test(`a stream cut after ${afterBytes} bytes goes on without a lost or repeated word`, () =>
      withCut("slow", { afterBytes, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
        const stream = cog.streamText(slow);
        assert.deepEqual(await take(stream, words.length), words);
        assert.equal(proxy.cuts(), 1);
        await stream.cancel();
        await server.idle();
        assert.equal(runs(), 1);
      }));
  }

  test("its other events are not repeated either", () =>
    withCut("slow", { afterBytes: 500, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const stream = cog.stream(slow);
      const events = await take(stream, 1 + words.length);
      assert.deepEqual(events.map(({ event }) => event), ["start", ...words.map(() => "output")]);
      assert.deepEqual(events.slice(1).map(String), words);
      assert.equal(proxy.cuts(), 1);
      await stream.cancel();
      await server.idle();
      assert.equal(runs(), 1);
    }));

  test("a stream that is cut again and again goes on each time", () =>
    withCut("slow", { afterBytes: 700, times: 2, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const stream = cog.streamText({ input: { ...slow.input, prompt: "a word that is longer" } });
      const expected = words.map((_, number) => `a word that is longer ${number} `);
      assert.deepEqual(await take(stream, expected.length), expected);
      assert.equal(proxy.cuts(), 2);
      await stream.cancel();
      await server.idle();
      assert.equal(runs(), 1);
    }));
});

describe("the server did not notice, and its history is too short", () => {
  start("slow", { historyCapacity: 4 });

  test("the output so far fills the gap", () =>
    withCut("slow", { afterBytes: 640, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const stream = cog.streamText(slow);
      assert.deepEqual(await take(stream, words.length), words);
      assert.equal(proxy.cuts(), 1);
      await stream.cancel();
      await server.idle();
      assert.equal(runs(), 1);
    }));
});

describe("the prediction is gone", () => {
  start("slow");
  start("text");
  start("plain");

  /** Reads to the error. */
  async function interrupted(stream) {
    const texts = [];
    const error = await failure((async () => {
      for await (const text of stream) texts.push(text);
    })());
    assert.equal(error.code, "interrupted");
    assert.match(error.message, /interrupted/);
    assert.equal(error.predictionId, stream.id);
    return { text: texts.join(""), partial: error.partial ?? "" };
  }

  for (const afterBytes of [0, 300, 640]) {
    test(`a cut after ${afterBytes} bytes that the server noticed ends as interrupted, with the text so far`, () =>
      withCut("slow", { afterBytes, upstream: "close" }, async ({ server, cog, journal, runs }) => {
        const { text, partial } = await interrupted(cog.streamText(slow));
        assert.equal(partial, text);
        assert.ok(words.join("").startsWith(text));
        assert.equal(text === "", afterBytes === 0);
        await server.idle();
        assert.ok(runs() <= 1);
        assert.ok(!journal().includes("finished"));
      }));

    test(`a model that finished behind a cut after ${afterBytes} bytes is not run again`, () =>
      withCut("text", { afterBytes, upstream: "keep" }, async ({ cog, journal }) => {
        const { text, partial } = await interrupted(cog.streamText({ input: { prompt: "tide", max_tokens: 30, delay_ms: 0 } }));
        assert.equal(partial, text);
        assert.deepEqual(journal(), ["run", "finished"]);
      }));
  }

  test("run() is interrupted as well, and the model not run again", () =>
    withCut("text", { afterBytes: 300, upstream: "keep" }, async ({ cog, journal }) => {
      const error = await failure(cog.run({ input: { prompt: "tide", max_tokens: 30, delay_ms: 0 } }));
      assert.equal(error.code, "interrupted");
      assert.deepEqual(journal(), ["run", "finished"]);
    }));

  test("a model that does not stream is not run again when its answer is lost", () =>
    withCut("plain", { upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const run = failure(cog.run({ input: { prompt: "tide", max_tokens: 20, delay_ms: 50 } }));
      await server.until(() => runs() === 1);
      proxy.cut();
      assert.equal((await run).code, "interrupted");
      await server.idle();
      assert.equal(runs(), 1);
    }));

  test("a stream that is read to its end leaves nothing to be cut", () =>
    withCut("text", { upstream: "keep" }, async ({ proxy, cog, journal }) => {
      const texts = await all(cog.streamText({ input: { prompt: "tide", max_tokens: 10, delay_ms: 0 } }));
      proxy.cut();
      assert.equal(texts.length, 10);
      assert.deepEqual(journal(), ["run", "finished"]);
    }));
});
