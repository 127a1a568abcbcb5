// Connections to a real Cog server that break in mid-stream. The model always runs once for a call.

import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { Cog } from "replicate-wasm";
import { startProxy } from "../cog/proxy.mjs";
import { startCog } from "../cog/server.mjs";
import { all, failure } from "./client.mjs";

/** The servers of a group of tests, by model. Each is started once for many tests. */
const servers = {};
const start = (runner, options) => {
  before(async () => (servers[runner] = await startCog({ runner, ...options })));
  after(() => servers[runner]?.stop());
};

/** Runs a test with a client, a proxy that cuts its connection, and the journal of the model from here on. */
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

/** Cancels a stream and checks that the model has run once. */
async function endsAfterOneRun(stream, server, runs) {
  await stream.cancel();
  await server.idle();
  assert.equal(runs(), 1);
}

/** Reads `count` results of a stream. */
async function take(stream, count) {
  const results = [];
  while (results.length < count) results.push((await stream.next()).value);
  return results;
}

describe("the server did not notice the cut", () => {
  start("slow");

  // 0 is before the head of the answer. The head has about 130 bytes, an event about 60.
  for (const afterBytes of [0, 140, 300, 640, 1111]) {
    test(`a stream cut after ${afterBytes} bytes resumes without a lost or repeated word`, () =>
      withCut("slow", { afterBytes, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
        const stream = cog.streamText(slow);
        assert.deepEqual(await take(stream, words.length), words);
        assert.equal(proxy.cuts(), 1);
        await stream.cancel();
        await server.idle();
        assert.equal(runs(), 1);
      }));
  }

  test("a resumed stream repeats no other events either", () =>
    withCut("slow", { afterBytes: 500, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const stream = cog.stream(slow);
      const events = await take(stream, 1 + words.length);
      assert.deepEqual(events.map(({ event }) => event), ["start", ...words.map(() => "output")]);
      assert.deepEqual(events.slice(1).map(String), words);
      assert.equal(proxy.cuts(), 1);
      await endsAfterOneRun(stream, server, runs);
    }));

  test("a stream that is cut twice resumes twice", () =>
    withCut("slow", { afterBytes: 700, times: 2, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const stream = cog.streamText({ input: { ...slow.input, prompt: "a word that is longer" } });
      const expected = words.map((_, number) => `a word that is longer ${number} `);
      assert.deepEqual(await take(stream, expected.length), expected);
      assert.equal(proxy.cuts(), 2);
      await endsAfterOneRun(stream, server, runs);
    }));
});

describe("the server did not notice the cut, and its history is too short", () => {
  start("slow", { historyCapacity: 4 });

  test("the gap is filled from the output", () =>
    withCut("slow", { afterBytes: 640, upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const stream = cog.streamText(slow);
      assert.deepEqual(await take(stream, words.length), words);
      assert.equal(proxy.cuts(), 1);
      await endsAfterOneRun(stream, server, runs);
    }));
});

describe("the prediction is gone", () => {
  start("slow");
  start("text");
  start("plain");

  /** Reads a stream until it is interrupted. */
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

  /** A client whose second request waits until the model has finished and the server has forgotten the prediction. */
  function comingBackLate(server, proxy, journal) {
    let requests = 0;
    const fetch = async (url, init) => {
      if (requests++ > 0) await server.until(() => journal().includes("finished")).then(server.idle);
      return globalThis.fetch(url, init);
    };
    return new Cog({ baseUrl: proxy.url, fetch });
  }

  test("a cut that the server noticed is interrupted, with the text so far", () =>
    withCut("slow", { upstream: "close" }, async ({ server, proxy, cog, journal }) => {
      const stream = cog.streamText(slow);
      const before = await take(stream, 5);
      // Cog may not notice a reader who leaves between two words. From here on it does.
      await server.until(() => journal().includes("waiting"));
      proxy.cut();
      const { text, partial } = await interrupted(stream);
      assert.equal(partial, before.join("") + text);
      assert.ok(words.join("").startsWith(partial));
      await server.idle();
      assert.deepEqual(journal(), ["run", "waiting", "canceled"]);
    }));

  for (const afterBytes of [0, 300, 640]) {
    test(`a model that finishes after a cut at ${afterBytes} bytes does not run again`, () =>
      withCut("text", { afterBytes, upstream: "keep" }, async ({ server, proxy, journal }) => {
        const stream = comingBackLate(server, proxy, journal).streamText({ input: { prompt: "tide", max_tokens: 30, delay_ms: 0 } });
        const { text, partial } = await interrupted(stream);
        assert.equal(partial, text);
        assert.deepEqual(journal(), ["run", "finished"]);
      }));
  }

  test("run() is interrupted too, and the model does not run again", () =>
    withCut("text", { afterBytes: 300, upstream: "keep" }, async ({ server, proxy, journal }) => {
      const error = await failure(comingBackLate(server, proxy, journal).run({ input: { prompt: "tide", max_tokens: 30, delay_ms: 0 } }));
      assert.equal(error.code, "interrupted");
      assert.deepEqual(journal(), ["run", "finished"]);
    }));

  test("a model that does not stream does not run again when its answer is lost", () =>
    withCut("plain", { upstream: "keep" }, async ({ server, proxy, cog, runs }) => {
      const run = failure(cog.run({ input: { prompt: "tide", max_tokens: 20, delay_ms: 50 } }));
      await server.until(() => runs() === 1);
      proxy.cut();
      assert.equal((await run).code, "interrupted");
      await server.idle();
      assert.equal(runs(), 1);
    }));

  test("a cut after the end of a stream has no effect", () =>
    withCut("text", { upstream: "keep" }, async ({ proxy, cog, journal }) => {
      const texts = await all(cog.streamText({ input: { prompt: "tide", max_tokens: 10, delay_ms: 0 } }));
      proxy.cut();
      assert.equal(texts.length, 10);
      assert.deepEqual(journal(), ["run", "finished"]);
    }));
});
