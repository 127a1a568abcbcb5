// A call that has ended holds no request, no timer, no listener and no memory, even while the page still holds it.

import { test } from "node:test";
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Replicate } from "replicate-wasm";
import { fresh, wasm } from "./fresh.mjs";
import { BASE, LLAMA, connect, failure } from "./client.mjs";
import { until } from "./requests.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

const input = { prompt: "tea" };
const hang = { prompt: "[hang] tea" };

/** The ways in which a stream ends. */
const ends = {
  "read to its end": (stream) => stream.text(),
  "left after the first result": async (stream) => {
    await stream.next();
    await stream.return();
  },
  "left before the first result": (stream) => stream.return(),
  canceled: async (stream) => {
    await stream.next();
    await stream.cancel();
  },
  failed: (stream) => failure(stream.text()),
};

/** A server without timers, whose stream ends in the given way. */
function answer(how) {
  const last = { failed: "event: error\ndata: no\n\n", "read to its end": "event: done\ndata: {}\n\n" }[how];
  return async (url, init) => {
    if (!url.endsWith("/stream")) return Response.json({ id: "p1", status: "processing", urls: { stream: `${BASE}/predictions/p1/stream` } });
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`event: output\ndata: tea\n\n${last ?? ""}`));
        init.signal.addEventListener("abort", () => controller.error(init.signal.reason));
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

for (const [how, end] of Object.entries(ends)) {
  test(`a stream that is ${how} holds no timer, no listener and no request`, async (t) => {
    const timers = new Set();
    const [set, clear] = [setTimeout, clearTimeout];
    t.mock.method(globalThis, "setTimeout", (...args) => {
      const timer = set(...args);
      timers.add(timer);
      return timer;
    });
    t.mock.method(globalThis, "clearTimeout", (timer) => {
      timers.delete(timer);
      clear(timer);
    });
    const { signal } = new AbortController();
    const requests = [];
    const fetch = (url, init) => {
      requests.push(init);
      return answer(how)(url, init);
    };
    const client = new Replicate({ baseUrl: BASE, auth: "token", fetch });
    const stream = client.streamText(LLAMA, { input, signal });
    await end(stream);
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await until(() => stream.state.type === "ended");
    assert.equal(timers.size, 0);
    assert.ok(requests.every(({ signal, keepalive }) => keepalive || signal.aborted));
    assert.deepEqual(await stream.next(), { value: undefined, done: true });
  });
}

test("a hundred calls with one signal have one listener, and none when they have ended", async () => {
  const warnings = [];
  const warn = (warning) => warnings.push(warning);
  process.on("warning", warn);
  const abort = new AbortController();
  const { client } = connect({}, { stepMs: 1000 });
  const streams = Array.from({ length: 100 }, () => client.streamText(LLAMA, { input: hang, signal: abort.signal }));
  const ended = streams.map((stream) => failure(stream.text()));
  await until(() => getEventListeners(abort.signal, "abort").length === 1);
  abort.abort();
  for (const reason of await Promise.all(ended)) assert.equal(reason, abort.signal.reason);
  assert.equal(getEventListeners(abort.signal, "abort").length, 0);
  await new Promise(setImmediate);
  process.off("warning", warn);
  assert.deepEqual(warnings, []);
});

test("a signal still stops its other calls after one has ended", async () => {
  const abort = new AbortController();
  const { client } = connect({}, { stepMs: 1000 });
  const [left, stays] = [0, 1].map(() => client.streamText(LLAMA, { input: hang, signal: abort.signal }));
  await Promise.all([left.next(), stays.next()]);
  await left.return();
  assert.equal(getEventListeners(abort.signal, "abort").length, 1);
  const reason = failure(stays.text());
  abort.abort();
  assert.equal(await reason, abort.signal.reason);
});

/** Collects garbage until a condition is true. */
async function collected(isSo) {
  for (let i = 0; i < 100 && !isSo(); i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.ok(isSo());
}

test("a stream that is no longer referenced is closed", async () => {
  const { client, requests } = connect({}, { stepMs: 1000 });
  const begin = async () => void (await client.streamText(LLAMA, { input: hang }).next());
  await begin();
  await collected(() => requests.at(-1).init.signal.aborted);
});

test("a client that has uploaded files is collected", async () => {
  let gone = 0;
  const registry = new FinalizationRegistry(() => gone++);
  const use = async () => {
    const { client } = connect();
    registry.register(client);
    await client.run(LLAMA, { input: { ...input, file: new Blob(["x"]) } });
    await client.run(LLAMA, { input: { ...input, file: new Blob(["y"]) } });
  };
  await use();
  await collected(() => gone === 1);
});

/** A client whose wasm memory can be measured, with a server that answers at once. */
async function measured(t) {
  const { default: init, Replicate } = await fresh(t);
  const instantiate = WebAssembly.instantiate;
  let memory;
  t.mock.method(WebAssembly, "instantiate", async (...args) => {
    const made = await instantiate(...args);
    memory = (made.instance ?? made).exports.memory;
    return made;
  });
  await init(wasm);
  t.mock.restoreAll();
  const started = { id: "p1", status: "starting", urls: { stream: `${BASE}/predictions/p1/stream` } };
  let last;
  const fetch = async (url, init) => {
    if (init?.method === "POST" && init.body) last = JSON.parse(init.body).input.fails ? { status: "failed", error: "no" } : { status: "succeeded", output: ["tea"] };
    if (url.endsWith("/cancel")) last = { status: "canceled" };
    if (!url.endsWith("/stream")) return Response.json({ ...started, ...(url.endsWith("/p1") && last) });
    const end = last.status === "failed" ? "event: error\ndata: no\n\n" : "event: done\nid: 2\ndata: {}\n\n";
    return new Response(`event: output\nid: 1\ndata: tea\n\n${end}`, { headers: { "content-type": "text/event-stream" } });
  };
  return { client: new Replicate({ baseUrl: BASE, auth: "token", fetch }), bytes: () => memory.buffer.byteLength };
}

/** Ways to the end of a stream by the server of `measured`. */
const waysToTheEnd = {
  "read to its end": async (client) => {
    const stream = client.streamText(LLAMA, { input });
    assert.equal(await stream.text(), "tea");
    return stream;
  },
  "read by a loop": async (client) => {
    const stream = client.streamText(LLAMA, { input });
    for await (const text of stream) assert.equal(text, "tea");
    return stream;
  },
  "left after the first result": async (client) => {
    const stream = client.streamText(LLAMA, { input });
    await stream.next();
    await stream.return();
    return stream;
  },
  canceled: async (client) => {
    const stream = client.streamText(LLAMA, { input });
    await stream.next();
    await stream.cancel();
    return stream;
  },
  "failed in text()": async (client) => {
    const stream = client.streamText(LLAMA, { input: { fails: true } });
    assert.equal((await failure(stream.text())).code, "failed");
    return stream;
  },
  "failed in a loop": async (client) => {
    const stream = client.streamText(LLAMA, { input: { fails: true } });
    const loop = async () => {
      for await (const _ of stream);
    };
    assert.equal((await failure(loop())).code, "failed");
    return stream;
  },
};

// 64 bytes, and one page of 64 kB that may be there or not: 16 bytes for each of 4,096.
for (const [how, finish] of Object.entries(waysToTheEnd)) {
  test(`a stream that is ${how} and is still referenced costs at most 80 bytes of the module's memory`, async (t) => {
    const { client, bytes } = await measured(t);
    const held = [];
    const hold = async (count) => {
      for (let i = 0; i < count; i++) held.push(await finish(client));
    };
    await hold(1000);
    const before = bytes();
    await hold(4096);
    const each = (bytes() - before) / 4096;
    assert.ok(each <= 80, `${each} bytes`);
    assert.equal(held[0].id, "p1");
  });
}

test("a finished stream that is still referenced keeps its text and its handle", async (t) => {
  const { client } = await measured(t);
  const stream = client.streamText(LLAMA, { input });
  assert.equal(await stream.text(), "tea");
  assert.equal(await stream.text(), "tea");
  assert.deepEqual(stream.toJSON(), { id: "p1", lastEventId: "2", delivered: 3 });
});

test("consecutive calls without a pause do not accumulate memory", async (t) => {
  const { client, bytes } = await measured(t);
  const run = async (count) => {
    for (let i = 0; i < count; i++) {
      await client.run(LLAMA, { input, wait: { mode: "poll", interval: 0 } });
      await client.predictions.get("p1");
    }
  };
  await run(200);
  const before = bytes();
  await run(2000);
  assert.equal(bytes(), before);
});

test("a stream that has ended keeps only its handle in memory until the event loop turns", async (t) => {
  const { client, bytes } = await measured(t);
  const read = async (count) => {
    for (let i = 0; i < count; i++) await client.streamText(LLAMA, { input }).text();
  };
  await read(1000);
  const before = bytes();
  await read(4096);
  const each = (bytes() - before) / 4096;
  assert.ok(each <= 64, `${each} bytes`);
});

test("a call works when its client is no longer referenced", async () => {
  const text = await new Replicate({ baseUrl: BASE, auth: "token", fetch: connect().sandbox }).streamText(LLAMA, { input }).text();
  assert.ok(text.length > 0);
});
