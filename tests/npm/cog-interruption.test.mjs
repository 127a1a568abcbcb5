// Connections to a real Cog server that break in mid-stream. Whatever happens, the model runs once for one call.

import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { Cog } from "replicate-wasm";
import { startProxy } from "../cog/proxy.mjs";
import { startCog } from "../cog/server.mjs";
import { all, failure } from "./client.mjs";

/** A server behind a proxy of its own. */
async function withCut({ runner, historyCapacity, ...cut }, body) {
  const server = await startCog({ runner, historyCapacity });
  const proxy = await startProxy(server.url, cut);
  try {
    await body({ server, proxy, cog: new Cog({ baseUrl: proxy.url }) });
  } finally {
    await proxy.stop();
    await server.stop();
  }
}

const runs = (server) => server.journal().filter((word) => word === "run").length;
const words = Array.from({ length: 20 }, (_, number) => `tick ${number} `);
const slow = { input: { max_tokens: words.length, delay_ms: 5 } };

/** So many results of a stream. */
async function take(stream, count) {
  const results = [];
  while (results.length < count) results.push((await stream.next()).value);
  return results;
}

describe("the server did not notice", { concurrency: 2 }, () => {
  // 0: before the answer's head. The head is about 130 bytes, an event about 60.
  for (const afterBytes of [0, 140, 300, 640, 1111]) {
    test(`a stream cut after ${afterBytes} bytes goes on without a lost or repeated word`, () =>
      withCut({ runner: "slow", afterBytes, upstream: "keep" }, async ({ server, proxy, cog }) => {
        const stream = cog.streamText(slow);
        assert.deepEqual(await take(stream, words.length), words);
        assert.equal(proxy.cuts(), 1);
        await stream.cancel();
        await server.idle();
        assert.equal(runs(server), 1);
      }));
  }

  test("its other events are not repeated either", () =>
    withCut({ runner: "slow", afterBytes: 500, upstream: "keep" }, async ({ server, proxy, cog }) => {
      const stream = cog.stream(slow);
      const events = await take(stream, 1 + words.length);
      assert.deepEqual(events.map(({ event }) => event), ["start", ...words.map(() => "output")]);
      assert.deepEqual(events.slice(1).map(String), words);
      assert.equal(proxy.cuts(), 1);
      await stream.cancel();
      await server.idle();
      assert.equal(runs(server), 1);
    }));

  test("a stream that is cut again and again goes on each time", () =>
    withCut({ runner: "slow", afterBytes: 700, times: 2, upstream: "keep" }, async ({ server, proxy, cog }) => {
      const stream = cog.streamText({ input: { ...slow.input, prompt: "a word that is longer" } });
      const expected = words.map((_, number) => `a word that is longer ${number} `);
      assert.deepEqual(await take(stream, expected.length), expected);
      assert.equal(proxy.cuts(), 2);
      await stream.cancel();
      await server.idle();
      assert.equal(runs(server), 1);
    }));

  test("where the server's history is too short, the output so far fills the gap", () =>
    withCut({ runner: "slow", historyCapacity: 4, afterBytes: 640, upstream: "keep" }, async ({ server, proxy, cog }) => {
      const stream = cog.streamText(slow);
      assert.deepEqual(await take(stream, words.length), words);
      assert.equal(proxy.cuts(), 1);
      await stream.cancel();
      await server.idle();
      assert.equal(runs(server), 1);
    }));
});

describe("the prediction is gone", { concurrency: 2 }, () => {
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
      withCut({ runner: "slow", afterBytes, upstream: "close" }, async ({ server, cog }) => {
        const { text, partial } = await interrupted(cog.streamText(slow));
        assert.equal(partial, text);
        assert.ok(words.join("").startsWith(text));
        assert.equal(text === "", afterBytes === 0);
        await server.idle();
        assert.ok(runs(server) <= 1);
        assert.ok(!server.journal().includes("finished"));
      }));

    test(`a model that finished behind a cut after ${afterBytes} bytes is not run again`, () =>
      withCut({ runner: "text", afterBytes, upstream: "keep" }, async ({ server, cog }) => {
        const { text, partial } = await interrupted(cog.streamText({ input: { prompt: "tide", max_tokens: 30, delay_ms: 0 } }));
        assert.equal(partial, text);
        assert.deepEqual(server.journal(), ["run", "finished"]);
      }));
  }

  test("run() is interrupted as well, and the model not run again", () =>
    withCut({ runner: "text", afterBytes: 300, upstream: "keep" }, async ({ server, cog }) => {
      const error = await failure(cog.run({ input: { prompt: "tide", max_tokens: 30, delay_ms: 0 } }));
      assert.equal(error.code, "interrupted");
      assert.deepEqual(server.journal(), ["run", "finished"]);
    }));

  test("a model that does not stream is not run again when its answer is lost", () =>
    withCut({ runner: "plain", upstream: "keep" }, async ({ server, proxy, cog }) => {
      const run = failure(cog.run({ input: { prompt: "tide", max_tokens: 20, delay_ms: 50 } }));
      await server.until(() => runs(server) === 1);
      proxy.cut();
      assert.equal((await run).code, "interrupted");
      await server.idle();
      assert.equal(runs(server), 1);
    }));
});

test("a stream that is read to its end leaves nothing to be cut", () =>
  withCut({ runner: "text", upstream: "keep" }, async ({ server, proxy, cog }) => {
    const texts = await all(cog.streamText({ input: { prompt: "tide", max_tokens: 10, delay_ms: 0 } }));
    proxy.cut();
    assert.equal(texts.length, 10);
    assert.deepEqual(server.journal(), ["run", "finished"]);
  }));
