// Cog with a real server: outputs, events, files, failures.

import { after, before, beforeEach, describe, test } from "node:test";
import assert from "node:assert/strict";
import { Cog, FileOutput, ReplicateError } from "replicate-wasm";
import { startCog } from "../cog/server.mjs";
import { all, failure } from "./client.mjs";

const outputs = (events) => events.filter(({ event }) => event === "output");
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Starts a server for the tests of a group. */
function server(runner) {
  const it = {};
  before(async () => {
    it.server = await startCog({ runner });
    it.cog = new Cog({ baseUrl: it.server.url });
  });
  after(() => it.server?.stop());
  // The slot is freed shortly after the answer. Until then the next call gets 409.
  beforeEach(() => it.server.idle());
  it.runs = () => it.server.journal().filter((word) => word === "run").length;
  return it;
}

describe("a streaming text model", () => {
  const it = server("text");
  const input = { prompt: "Tell me of the tide", max_tokens: 30, delay_ms: 0 };

  test("stream() yields the server's events in order with unchanged tokens, and keeps the newest snapshot", async () => {
    const stream = it.cog.stream({ input });
    const events = [];
    const statuses = [];
    for await (const event of stream) {
      events.push(event);
      statuses.push(stream.prediction?.status);
    }
    assert.deepEqual([...new Set(events.map(({ event }) => event))].sort(), ["completed", "log", "metric", "output", "start"]);
    assert.equal(events[0].event, "start");
    assert.equal(events.at(-1).event, "completed");
    const completed = JSON.parse(events.at(-1).data);
    assert.deepEqual(outputs(events).map(String), completed.output);
    assert.equal(outputs(events).length, 30);
    for (const event of events) assert.equal(`${event}`, event.event === "output" ? event.data : "");
    // A chunk may have all events. Then the newest snapshot is the last one from the start.
    assert.equal(statuses.at(-1), "succeeded");
    assert.deepEqual(stream.prediction, completed);
    assert.match(stream.id, /^[a-z2-7]{26}$/);
    assert.equal(completed.id, stream.id);
  });

  test("streamText() yields the words that run() resolves to, with the same seed", async () => {
    const words = await all(it.cog.streamText({ input }));
    await it.server.idle();
    assert.deepEqual(await it.cog.run({ input }), words);
    await it.server.idle();
    assert.notDeepEqual(await it.cog.run({ input: { ...input, seed: 1 } }), words);
    await it.server.idle();
    assert.equal(await it.cog.streamText({ input }).text(), words.join(""));
  });

  test("a call runs the model once", async () => {
    const before = it.runs();
    await it.cog.run({ input });
    await it.server.idle();
    await it.cog.streamText({ input }).text();
    assert.equal(it.runs(), before + 2);
  });

  test("an empty output is delivered", async () => {
    assert.deepEqual(await it.cog.run({ input: { ...input, max_tokens: 0 } }), []);
    await it.server.idle();
    assert.equal(await it.cog.streamText({ input: { ...input, max_tokens: 0 } }).text(), "");
  });

  test("the option id is the id of the prediction", async () => {
    const stream = it.cog.stream({ input, id: "My-own_id-7" });
    await all(stream);
    assert.equal(stream.id, "My-own_id-7");
    assert.equal(stream.prediction.id, "My-own_id-7");
  });

  test("an invalid input is refused with the server's detail, and nothing runs", async () => {
    const before = it.runs();
    for (const call of [() => it.cog.run({ input: {} }), () => it.cog.streamText({ input: {} }).text()]) {
      const error = await failure(call());
      assert.deepEqual([error.code, error.status], ["http", 422]);
      assert.match(error.detail, /prompt.*Field required|Field required.*prompt/);
    }
    assert.equal(it.runs(), before);
  });

  test("health() resolves to the state of the server", async () => {
    const health = await it.cog.health();
    assert.equal(health.status, "READY");
    assert.ok(health.version && health.setup);
  });
});

describe("an image model", () => {
  const it = server("image");

  test("run() resolves to a file with the bytes of a PNG, which can be read any number of times", async () => {
    const file = await it.cog.run({ input: { prompt: "A lake", width: 32, height: 32 } });
    assert.ok(file instanceof FileOutput);
    for (let time = 0; time < 2; time++) assert.deepEqual([...(await file.bytes()).subarray(0, 8)], PNG);
    assert.equal((await file.blob()).type, "image/png");
    assert.equal(file.url().protocol, "data:");
  });

  test("stream() yields the file at the end", async () => {
    const [event] = outputs(await all(it.cog.stream({ input: { prompt: "A lake", width: 8, height: 8 } })));
    assert.ok(event.data instanceof FileOutput);
  });

  test("a file of the input reaches the model byte for byte", async () => {
    const picture = async (source) => {
      await it.server.idle();
      const file = await it.cog.run({ input: { prompt: "A lake", width: 8, height: 8, source } });
      return Buffer.from(await file.bytes()).toString("base64");
    };
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i * 7);
    const uri = `data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`;
    const expected = await picture(uri);
    assert.equal(await picture(new Blob([bytes])), expected);
    assert.equal(await picture(bytes), expected);
    assert.notEqual(await picture(bytes.subarray(1)), expected);
  });
});

describe("a model that streams texts and files", () => {
  const it = server("mixed");
  test("texts and files are yielded in order", async () => {
    const events = outputs(await all(it.cog.stream({ input: { prompt: "sea", count: 2 } })));
    assert.deepEqual(events.map(({ data }) => (data instanceof FileOutput ? "file" : data)), ["sea 0", "file", "sea 1", "file"]);
    for (const { data } of events) if (data instanceof FileOutput) assert.deepEqual([...(await data.bytes()).subarray(0, 8)], PNG);
  });
});

describe("a model that fails", () => {
  const it = server("failing");
  const calls = {
    run: (input) => it.cog.run({ input }),
    stream: (input) => all(it.cog.stream({ input })),
    streamText: (input) => it.cog.streamText({ input }).text(),
  };
  for (const [name, call] of Object.entries(calls)) {
    test(`${name}() rejects as failed, with the reason once, the logs and the text before`, async () => {
      const before = it.runs();
      const error = await failure(call({ message: "boom", max_tokens: 2 }));
      assert.ok(error instanceof ReplicateError);
      assert.equal(error.code, "failed");
      assert.match(error.message, /^Prediction failed: (?!Prediction failed).*boom$/);
      assert.match(error.logs, /loading weights\n/);
      assert.equal(error.partial, "token 0 token 1 ");
      assert.match(error.predictionId, /^[a-z2-7]{26}$/);
      assert.equal(it.runs(), before + 1);
    });
  }
});

describe("a model that does not stream", () => {
  const it = server("plain");
  const input = { prompt: "Tell me of the tide", max_tokens: 10 };

  test("run() and stream() run it once each, and the output comes at the end", async () => {
    const words = await it.cog.run({ input });
    assert.equal(words.length, 10);
    await it.server.idle();
    const events = await all(it.cog.stream({ input }));
    assert.deepEqual(outputs(events).map(({ data }) => data), words);
    await it.server.idle();
    assert.equal(await it.cog.streamText({ input }).text(), words.join(""));
    assert.equal(it.runs(), 3);
  });
});

test("a busy server is an error with status 409 at once, and the model runs only for the first caller", async () => {
  const server = await startCog({ runner: "slow" });
  try {
    const cog = new Cog({ baseUrl: server.url });
    const first = cog.streamText({ input: {} });
    await first.next();
    for (const call of [() => cog.run({ input: {} }), () => cog.stream({ input: {} }).next()]) {
      const error = await failure(call());
      assert.deepEqual([error.code, error.status], ["http", 409]);
    }
    assert.equal((await cog.health()).status, "BUSY");
    await first.cancel();
    await server.idle();
    assert.equal(server.journal().filter((word) => word === "run").length, 1);
  } finally {
    await server.stop();
  }
});
