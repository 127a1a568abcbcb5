// An exception in anything that a call uses ends the call with an error and closes its connection.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Cog, Replicate, ReplicateHome } from "replicate-wasm";
import { BASE, LLAMA, all, connect, failure } from "./client.mjs";

const input = { prompt: "tea" };
const urls = { get: `${BASE}/predictions/p1`, cancel: `${BASE}/predictions/p1/cancel`, stream: `${BASE}/predictions/p1/stream` };
const started = { id: "p1", status: "starting", urls };
const DEPTH = 5000;
const nested = "[".repeat(DEPTH) + "]".repeat(DEPTH);

/** A server that answers the create, and everything else with a function. */
const server = (answer, options) => {
  const asked = [];
  const fetch = async (url, init) => {
    asked.push({ url, init });
    return init.method === "POST" && !url.endsWith("/cancel") ? Response.json(started, { status: 201 }) : answer(url, init);
  };
  return { asked, client: new Replicate({ baseUrl: BASE, auth: "token", fetch, maxRetries: 0, ...options }) };
};

const events = (text) => new Response(text, { headers: { "content-type": "text/event-stream" } });
const json = (text) => new Response(text, { headers: { "content-type": "application/json" } });

/** Checks that every call settles, and that each failure is an error of the package. */
async function settles(client) {
  const uses = {
    run: () => client.run(LLAMA, { input, wait: { mode: "poll", interval: 0 } }),
    stream: () => all(client.stream(LLAMA, { input })),
    text: () => client.streamText(LLAMA, { input }).text(),
    async cancel() {
      const stream = client.streamText(LLAMA, { input });
      await stream.next().catch(() => {});
      await stream.cancel();
    },
  };
  for (const [name, use] of Object.entries(uses)) {
    try {
      await use();
    } catch (error) {
      assert.equal(error.name, "ReplicateError", `${name}: ${error.stack}`);
    }
  }
}

for (const field of ["output", "error", "detail", "logs", "status", "urls"]) {
  test(`an answer with ${DEPTH} nested brackets in ${field} settles everything`, async () => {
    for (const status of ["succeeded", "failed"]) {
      const answer = () => json(`{"id":"p1","status":"${status}","${field}":${nested}}`);
      await settles(server(answer).client);
      await settles(server(() => new Response(`{"${field}":${nested}}`, { status: 422 })).client);
    }
  });
}

test(`an event with ${DEPTH} nested brackets settles everything`, async () => {
  for (const event of ["output", "error", "done", "logs"]) {
    const answer = (url) => (url.endsWith("/stream") ? events(`event: ${event}\ndata: ${nested}\n\nevent: done\ndata: {}\n\n`) : json(JSON.stringify({ ...started, status: "succeeded", output: [nested] })));
    await settles(server(answer).client);
  }
});

test("an input that cannot be written as JSON is an invalid_argument, and nothing is sent", async () => {
  const circle = {};
  circle.self = circle;
  let deep = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const throwing = { toJSON: () => { throw new Error("no"); } };
  class Odd {
    toJSON() {
      throw new Error("no");
    }
  }
  for (const value of [1n, circle, deep, throwing, new Odd()]) {
    const { client, asked } = server(() => json("{}"));
    for (const call of [() => client.run(LLAMA, { input: { value } }), () => client.streamText(LLAMA, { input: { value } }).next(), () => client.predictions.create({ model: LLAMA, input: { value } })]) {
      const error = await failure(call());
      assert.equal(error.code, "invalid_argument", error.stack);
    }
    assert.deepEqual(asked, []);
    const cog = new Cog({ baseUrl: "http://cog.test", fetch: () => assert.fail("sent") });
    assert.equal((await failure(cog.run({ input: { value } }))).code, "invalid_argument");
    const home = ReplicateHome.createAsyncGenerator({ prompt: "tea", input: { value }, fetch: () => assert.fail("sent") });
    assert.equal((await failure(home.next())).code, "invalid_argument");
  }
});

/** Bodies that only a custom `fetch` may return. */
const bodies = {
  "whose read() throws": () => ({ read() { throw new Error("no"); }, cancel() {} }),
  "whose read() rejects": () => ({ read: async () => { throw new Error("no"); }, cancel() {} }),
  "whose read() gives nothing": () => ({ read() {}, cancel() {} }),
  "whose step has no chunk": () => ({ read: async () => ({ done: false }), cancel() {} }),
  "whose chunk is a string": () => ({ read: async () => ({ done: false, value: "event: done\n\n" }), cancel() {} }),
  "whose cancel() throws": () => ({ read: async () => ({ done: false, value: null }), cancel() { throw new Error("no"); } }),
};
for (const [what, reader] of Object.entries(bodies)) {
  test(`a body ${what} is a broken stream, and the output is polled`, async () => {
    const headers = new Headers({ "content-type": "text/event-stream" });
    const answer = (url) => (url.endsWith("/stream") ? { status: 200, ok: true, headers, body: { getReader: reader } } : json(JSON.stringify({ ...started, status: "succeeded", output: ["te", "a"] })));
    assert.equal(await server(answer).client.streamText(LLAMA, { input }).text(), "tea");
  });
}

const fetches = {
  "that throws": () => { throw new Error("no"); },
  "that rejects": async () => { throw new Error("no"); },
  "that rejects with nothing": () => Promise.reject(),
  "that gives nothing": () => {},
  "that gives a string": async () => "answer",
  "that gives an object": async () => ({}),
  "whose answer has no headers": async () => ({ status: 200, text: async () => "{}" }),
  "whose text() throws": async () => ({ status: 200, headers: new Headers(), text() { throw new Error("no"); } }),
  "whose text() is no text": async () => ({ status: 200, headers: new Headers(), text: async () => 7 }),
};
for (const [what, fetch] of Object.entries(fetches)) {
  test(`a fetch ${what} ends the call with an error`, async () => {
    await settles(new Replicate({ baseUrl: BASE, auth: "token", fetch, maxRetries: 0 }));
    const error = await failure(new Replicate({ baseUrl: BASE, auth: "token", fetch, maxRetries: 0 }).run(LLAMA, { input }));
    assert.equal(error.name, "ReplicateError");
    assert.equal((await failure(ReplicateHome.createAsyncGenerator({ prompt: "tea", fetch }).next())).name, "ReplicateError");
  });
}

test("an exception of a token or header function is passed on, and nothing is sent", async () => {
  const no = new Error("no");
  for (const thrower of [() => { throw no; }, async () => { throw no; }]) {
    for (const options of [{ auth: thrower }, { headers: thrower }]) {
      const { client, asked } = server(() => json("{}"), options);
      assert.equal(await failure(client.run(LLAMA, { input })), no);
      assert.equal(await failure(client.streamText(LLAMA, { input }).next()), no);
      assert.equal(await failure(client.models.list()), no);
      assert.deepEqual(asked, []);
    }
  }
});

test("an option whose getter throws rejects the first next()", async () => {
  const no = new Error("no");
  const options = Object.defineProperty({}, "input", { get() { throw no; } });
  const { client } = connect();
  assert.equal(await failure(client.stream(LLAMA, options).next()), no);
  assert.equal(await failure(client.run(LLAMA, options)), no);
});
