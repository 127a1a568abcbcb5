// Leaving a prediction on a real Cog server. The model's journal shows whether it stopped.

import { after, before, beforeEach, describe, test } from "node:test";
import assert from "node:assert/strict";
import { Cog } from "replicate-wasm";
import { startCog } from "../cog/server.mjs";
import { failure } from "./client.mjs";

const end = { value: undefined, done: true };

describe("a model that never ends by itself is stopped", () => {
  let server;
  let cog;
  let earlier;
  before(async () => {
    server = await startCog({ runner: "slow" });
    cog = new Cog({ baseUrl: server.url });
  });
  after(() => server?.stop());
  beforeEach(async () => {
    await server.idle();
    earlier = server.journal().length;
  });
  const journal = () => server.journal().slice(earlier);

  /** A stream whose model has written its last token and waits. */
  async function waiting(options) {
    const stream = cog.streamText({ input: { max_tokens: 2 }, ...options });
    assert.equal((await stream.next()).value, "tick 0 ");
    await server.until(() => journal().includes("waiting"));
    return stream;
  }

  async function assertStopped() {
    await server.until(() => journal().length === 3, "the model has stopped");
    assert.deepEqual(journal(), ["run", "waiting", "canceled"]);
    await server.idle();
  }

  test("by cancel(), which resolves when the server no longer knows the prediction", async () => {
    const stream = await waiting();
    await stream.cancel();
    assert.deepEqual(await stream.next(), end);
    assert.equal((await fetch(`${server.url}/predictions/${stream.id}/cancel`, { method: "POST" })).status, 404);
    await assertStopped();
  });

  test("by break", async () => {
    for await (const _ of cog.streamText({ input: { max_tokens: 2 } })) {
      await server.until(() => journal().includes("waiting"));
      break;
    }
    await assertStopped();
  });

  test("by a signal, with its reason", async () => {
    const abort = new AbortController();
    const stream = await waiting({ signal: abort.signal });
    await stream.next();
    const more = failure(stream.next());
    const reason = new Error("Enough");
    abort.abort(reason);
    assert.equal(await more, reason);
    await assertStopped();
  });

  test("by a signal during run()", async () => {
    const abort = new AbortController();
    const run = failure(cog.run({ input: { max_tokens: 2 }, signal: abort.signal }));
    await server.until(() => journal().includes("waiting"));
    abort.abort();
    assert.equal(await run, abort.signal.reason);
    await assertStopped();
  });

  test("by disposal", async () => {
    const stream = await waiting();
    await stream[Symbol.asyncDispose]();
    await assertStopped();
  });

  test("by its time limit", async () => {
    const error = await failure(cog.streamText({ input: { max_tokens: 2 }, timeoutMs: 1500 }).text());
    assert.equal(error.code, "timeout");
    assert.match(error.message, /timeoutMs/);
    await assertStopped();
  });

  test("by an early cancel, which is repeated when the server loses it", async () => {
    for (let round = 0; round < 10; round++) {
      const before = journal().length;
      const stream = cog.streamText({ input: { max_tokens: 100_000, delay_ms: 0 } });
      await stream.next();
      await stream.cancel();
      await server.idle(); // Only after the model has stopped.
      const words = journal().slice(before);
      assert.equal(words[0], "run", `round ${round}`);
      assert.ok(!words.includes("waiting") && !words.includes("finished"), `round ${round}`);
    }
  });

  test("a signal that is already aborted runs nothing", async () => {
    const signal = AbortSignal.abort(new Error("No"));
    const calls = [() => cog.run({ input: {}, signal }), () => cog.stream({ input: {}, signal }).next(), () => cog.health({ signal })];
    for (const call of calls) assert.equal(await failure(call()), signal.reason);
    assert.deepEqual(journal(), []);
  });
});

test("a model that does not stream is stopped by a signal too", async () => {
  const server = await startCog({ runner: "plain" });
  try {
    const abort = new AbortController();
    // Cog loses a cancel between two tokens, so each takes long.
    const run = failure(new Cog({ baseUrl: server.url }).run({ input: { prompt: "tide", max_tokens: 1000, delay_ms: 300 }, signal: abort.signal }));
    await server.until(() => server.journal().includes("run"));
    abort.abort();
    assert.equal(await run, abort.signal.reason);
    await server.idle();
    assert.deepEqual(server.journal(), ["run", "canceled"]);
  } finally {
    await server.stop();
  }
});
