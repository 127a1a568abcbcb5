// The states of a call in `onState` and `stream.state`.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Cog, ReplicateHome } from "replicate-wasm";
import { CREATE, LLAMA, all, connect, failure } from "./client.mjs";
import { answering, recorded } from "./requests.mjs";
import { virtualTime } from "./virtual-time.mjs";

const input = { prompt: "tea" };
const types = (states) => states.map(({ type }) => type);

/** The states of a call. */
async function statesOf(t, use, options, sandbox, between) {
  const time = virtualTime(t);
  const states = [];
  const { client } = connect({ onState: (state) => states.push(state), ...options }, { clock: time.clock, ...sandbox }, between);
  await time.of(use(client).catch(() => {}));
  return states;
}

test("a streamed call goes from sending to running, streaming and ended", async (t) => {
  const states = await statesOf(t, (client) => client.streamText(LLAMA, { input }).text());
  assert.deepEqual(types(states), ["sending", "running", "streaming", "ended"]);
  assert.deepEqual(states.at(-1), { type: "ended", status: "succeeded" });
});

test("a run is polling without a reason", async (t) => {
  const states = await statesOf(t, (client) => client.run(LLAMA, { input, wait: { mode: "poll" } }), {}, { stepMs: 200 });
  assert.deepEqual(types(states).filter((type, i, all) => type !== all[i - 1])[0], "sending");
  assert.ok(states.some(({ type, reason }) => type === "polling" && reason === undefined));
  assert.equal(states.at(-1).status, "succeeded");
});

test("a stream that cannot be opened is polling with the reason", async (t) => {
  const refused = (fetch) => async (url, init) => (url.includes("/stream/") ? new Response("no", { status: 403 }) : fetch(url, init));
  const states = await statesOf(t, (client) => client.streamText(LLAMA, { input }).text(), {}, { stepMs: 200 }, refused);
  const { reason } = states.find(({ type }) => type === "polling");
  assert.equal(reason.name, "ReplicateError");
  assert.equal(reason.code, "http");
});

test("a rate limit is waiting with its pause and its attempt", async (t) => {
  let refusals = 2;
  const limited = (fetch) => async (url, init) => (refusals-- > 0 ? new Response("slow down", { status: 429, headers: { "retry-after": "7" } }) : fetch(url, init));
  const states = await statesOf(t, (client) => client.run(LLAMA, { input }), {}, {}, limited);
  const waits = states.filter(({ type }) => type === "waiting");
  assert.deepEqual(waits.map(({ reason, retryAfterMs, attempt }) => [reason, retryAfterMs, attempt]), [["rate_limited", 7000, 1], ["rate_limited", 7000, 2]]);
  assert.equal(waits[0].error.status, 429);
});

test("uploading comes before sending", async (t) => {
  const states = await statesOf(t, (client) => client.run(LLAMA, { input: { ...input, file: new Blob(["x"]) } }));
  const told = types(states);
  assert.ok(told.indexOf("uploading") >= 0);
  assert.equal(told[told.indexOf("uploading") + 1], "sending");
});

test("stream.state is the newest state of onState", async () => {
  const { client } = connect();
  const told = [];
  const stream = client.streamText(LLAMA, { input, onState: (state) => told.push(state) });
  assert.deepEqual(stream.state, { type: "sending" });
  assert.deepEqual(told, []);
  await stream.next();
  assert.equal(stream.state.type, "streaming");
  await stream.text();
  assert.deepEqual(stream.state, told.at(-1));
  assert.equal(stream.state.type, "ended");
});

test("a call with invalid arguments is ended", async () => {
  const { client } = connect();
  const stream = client.stream("no model", { input });
  await failure(stream.next());
  assert.deepEqual(stream.state, { type: "ended" });
});

test("ended says whether the server confirmed the cancel", async () => {
  for (const [between, canceled] of [[(fetch) => fetch, true], [(fetch) => async (url, init) => (url.endsWith("/cancel") ? new Response("no", { status: 500 }) : fetch(url, init)), false]]) {
    const { client } = connect({ maxRetries: 0 }, { stepMs: 1000 }, between);
    const stream = client.streamText(LLAMA, { input: { prompt: "[hang] tea" } });
    await stream.next();
    await stream.cancel();
    assert.equal(stream.state.type, "ended");
    assert.equal(stream.state.canceled, canceled);
  }
});

test("onState may cancel the stream", async () => {
  const { client, predictions } = connect({}, { stepMs: 1000 });
  const stream = client.streamText(LLAMA, { input: { prompt: "[hang] tea" }, onState: ({ type }) => type === "streaming" && stream.cancel() });
  assert.deepEqual(await stream.next(), { value: undefined, done: true });
  await stream.cancel();
  assert.equal(predictions()[0].status, "canceled");
});

test("an exception of onState is reported, and the call goes on", async (t) => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  t.after(() => delete globalThis.reportError);
  const no = new Error("no");
  const { client, predictions } = connect();
  const onState = () => {
    throw no;
  };
  assert.equal(await client.streamText(LLAMA, { input, onState }).text(), predictions()[0].output.join(""));
  assert.ok(reported.length >= 3);
  assert.ok(reported.every((error) => error === no));
});

test("without reportError an exception of onState goes to the console", async (t) => {
  const log = t.mock.method(console, "error", () => {});
  const saved = globalThis.reportError;
  delete globalThis.reportError;
  t.after(() => saved && (globalThis.reportError = saved));
  const { client } = connect();
  await client.streamText(LLAMA, { input, onState: () => { throw new Error("no"); } }).text();
  assert.ok(log.mock.callCount() >= 3);
});

test("onState of a call replaces the client's, also for Cog and the provider", async () => {
  const [ofClient, ofCall] = [[], []];
  const { client } = connect({ onState: (state) => ofClient.push(state) });
  await client.run(LLAMA, { input, onState: (state) => ofCall.push(state) });
  assert.equal(ofClient.length, 0);
  assert.ok(ofCall.length > 0);

  const states = [];
  const onState = (state) => states.push(state.type);
  const fetch = recorded(answering({ id: "p1" }, { id: "p1", status: "succeeded", output: ["tea"] }));
  await all(ReplicateHome.createAsyncGenerator({ prompt: "tea", fetch, pollIntervalMs: 0, onState }));
  assert.deepEqual([states[0], states.at(-1)], ["sending", "ended"]);

  states.length = 0;
  const cog = new Cog({ baseUrl: "http://cog.test", fetch: async () => new Response("no", { status: 409 }), onState });
  await failure(cog.run({ input }));
  assert.deepEqual([states[0], states.at(-1)], ["sending", "ended"]);
});

test("onState must be a function", async () => {
  assert.throws(() => connect({ onState: 7 }), { code: "invalid_argument", message: "The option onState must be a function, not the number 7" });
  const { client, count } = connect();
  assert.equal((await failure(client.run(LLAMA, { input, onState: "log" }))).code, "invalid_argument");
  assert.equal(count(CREATE), 0);
});
