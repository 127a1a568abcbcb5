// The three time limits. Time is virtual, so the defaults themselves are tested.

import { test } from "node:test";
import assert from "node:assert/strict";
import { CANCEL, CREATE, GET, LLAMA, all, connect, failure } from "./client.mjs";
import { silent } from "./requests.mjs";
import { virtualTime } from "./virtual-time.mjs";

const input = { prompt: "tea" };
const isStream = (url) => url.includes("/stream/");
const hang = { input: { prompt: "[hang] tea" } };

/** A sandbox that answers no request of a kind. */
const silentTo = (kind) => (fetch) => (url, init) => (url.includes(kind) ? silent(url, init) : fetch(url, init));

/** The error of a call and its time. */
async function timeout(t, use, { options, between, sandbox } = {}) {
  const time = virtualTime(t);
  const connection = connect(options, { clock: time.clock, stepMs: 0, ...sandbox }, between);
  const error = await time.of(failure(use(connection.client)));
  t.mock.restoreAll();
  return { error, at: Math.round(time.now() / 100) / 10, ...connection };
}

test("a create without an answer fails after connectTimeoutMs and is not sent again", async (t) => {
  for (const [options, seconds] of [[{}, 30], [{ connectTimeoutMs: 1500 }, 1.5]]) {
    const { error, at, lines } = await timeout(t, (client) => client.streamText(LLAMA, { input }).text(), { options, between: silentTo("") });
    assert.equal(error.code, "unknown_outcome");
    assert.match(error.message, /connectTimeoutMs/);
    assert.equal(at, seconds);
    assert.deepEqual(lines(), [CREATE]);
  }
});

test("in sync mode the wait of the server is added to connectTimeoutMs", async (t) => {
  for (const [wait, seconds] of [[undefined, 90], [{ mode: "block", timeout: 5 }, 35], [{ mode: "poll" }, 30]]) {
    const { error, at, lines } = await timeout(t, (client) => client.run(LLAMA, { input, wait }), { between: silentTo("") });
    assert.equal(error.code, "unknown_outcome");
    assert.match(error.message, /connectTimeoutMs/);
    assert.equal(at, seconds);
    assert.deepEqual(lines(), [CREATE]);
  }
});

test("a poll without an answer is retried and then a timeout", async (t) => {
  const use = (client) => client.run(LLAMA, { input: { prompt: "[hang] tea" } });
  const between = (fetch) => (url, init) => (init.method === "GET" ? silent(url, init) : fetch(url, init));
  const { error, count, predictions } = await timeout(t, use, { options: { connectTimeoutMs: 1000, maxRetries: 2 }, between });
  assert.match(error.message, /connectTimeoutMs/);
  assert.equal(count(GET), 3);
  assert.equal(error.predictionId, predictions()[0].id);
});

/** A server whose answers start and never end. */
const stalling = () => async (_, { signal }) => {
  const start = (stream) => {
    stream.enqueue(new TextEncoder().encode('{"id":"p1",'));
    signal.addEventListener("abort", () => stream.error(signal.reason));
  };
  return new Response(new ReadableStream({ start }), { headers: { "content-type": "application/json" } });
};

const resources = {
  "predictions.create": [(client) => client.predictions.create({ model: LLAMA, input }), "unknown_outcome"],
  "predictions.get": [(client) => client.predictions.get("p1"), "timeout"],
  "predictions.cancel": [(client) => client.predictions.cancel("p1"), "timeout"],
  "deployments.predictions.create": [(client) => client.deployments.predictions.create("a", "b", { input }), "unknown_outcome"],
  "files.create": [(client) => client.files.create(new Blob(["x"])), "unknown_outcome"],
  "models.list": [(client) => client.models.list(), "timeout"],
  paginate: [(client) => all(client.paginate(client.models.list)), "timeout"],
};

for (const [name, [use, code]] of Object.entries(resources)) {
  test(`${name}: an answer that never ends is an error after connectTimeoutMs, and its request is aborted`, async (t) => {
    const { error, at, requests } = await timeout(t, use, { options: { connectTimeoutMs: 1000, maxRetries: 0 }, between: stalling });
    assert.deepEqual([error.code, at, requests.length], [code, 1, 1]);
    assert.match(error.message, /connectTimeoutMs/);
    assert.ok(requests[0].init.signal.aborted);
  });
}

test("request() aborts a request without an answer, but not the body of an answer", async (t) => {
  const use = (client) => client.request("/models");
  const { error, requests } = await timeout(t, use, { options: { connectTimeoutMs: 1000, maxRetries: 0 }, between: silentTo("") });
  assert.equal(error.code, "timeout");
  assert.ok(requests[0].init.signal.aborted);

  let send;
  const slow = () => async () => new Response(new ReadableStream({ start: (stream) => (send = stream) }));
  const { client, requests: answered } = connect({}, {}, slow);
  const response = await client.request("/models");
  assert.equal(answered[0].init.signal.aborted, false);
  send.enqueue(new TextEncoder().encode("late"));
  send.close();
  assert.equal(await response.text(), "late");
});

test("the resources add the seconds of the option wait to connectTimeoutMs", async (t) => {
  for (const [wait, seconds] of [[true, 90], [10, 40], [undefined, 30]]) {
    const use = (client) => client.predictions.create({ model: LLAMA, input, wait });
    const { error, at } = await timeout(t, use, { between: silentTo("") });
    assert.deepEqual([error.code, at], ["unknown_outcome", seconds]);
  }
});

test("a request that times out is aborted", async (t) => {
  const { requests } = await timeout(t, (client) => client.run(LLAMA, { input }), { between: silentTo("") });
  assert.ok(requests[0].init.signal.aborted);
});

/** A server that answers no polls. */
const silentToPolls = (fetch) => (url, init) => (init.method === "GET" && !isStream(url) ? silent(url, init) : fetch(url, init));

test("a silent stream is kept while polls say that the prediction runs", async (t) => {
  const { error, at, count } = await timeout(t, (client) => client.streamText(LLAMA, hang).text(), { options: { idleTimeoutMs: 100_000 } });
  assert.equal(error.code, "timeout");
  assert.match(error.message, /\(timeoutMs\)/);
  assert.equal(at, 1800);
  assert.ok(count(GET) > 10);
  assert.equal(count(CANCEL), 1);
});

test("a silent stream whose poll gets no answer is a timeout of idleTimeoutMs", async (t) => {
  const use = (client) => client.streamText(LLAMA, hang).text();
  const { error, predictions } = await timeout(t, use, { options: { idleTimeoutMs: 100_000 }, between: silentToPolls });
  assert.equal(error.code, "timeout");
  assert.match(error.message, /idleTimeoutMs/);
  assert.equal(error.partial, predictions()[0].output.join(""));
});

test("the time of a slow reader does not count as silence", async (t) => {
  const time = virtualTime(t);
  const { client, predictions } = connect({}, { stepMs: 10, clock: time.clock });
  const texts = [];
  for (const stream = client.streamText(LLAMA, { input }); ; ) {
    const { value, done } = await time.of(stream.next());
    if (done) break;
    texts.push(value);
    if (texts.length % 20 === 0) {
      const later = time.now() + 400_000;
      const waited = time.clock.sleep(400_000, new AbortController().signal);
      await time.of(waited);
      assert.ok(time.now() >= later);
    }
  }
  assert.deepEqual(texts, predictions()[0].output);
});

test("timeoutMs limits the whole call, by default to half an hour", async (t) => {
  const uses = {
    "a run": (client) => client.run(LLAMA, hang),
    "a stream that is polled": (client) => all(client.stream(LLAMA, { input: { prompt: "[hang] [no-stream] tea" } })),
  };
  for (const use of Object.values(uses)) {
    for (const [options, seconds] of [[{}, 1800], [{ timeoutMs: 42_000 }, 42]]) {
      const { error, at, predictions } = await timeout(t, use, { options });
      assert.match(error.message, /timeoutMs/);
      assert.equal(at, seconds);
      assert.equal(error.predictionId, predictions()[0].id);
    }
  }
});

test("timeoutMs ends a stream with constant events too", async (t) => {
  const use = (client) => client.streamText(LLAMA, { input }).text();
  const { error, at } = await timeout(t, use, { options: { timeoutMs: 10_000 }, sandbox: { stepMs: 1000 } });
  assert.match(error.message, /timeoutMs/);
  assert.doesNotMatch(error.message, /connect|idle/);
  assert.equal(at, 10);
  assert.ok(error.partial.length > 0);
});

test("the limits of a call override those of the client", async (t) => {
  const limits = [
    [{ connectTimeoutMs: 2000 }, silentTo(""), 2],
    [{ timeoutMs: 1000 }, undefined, 1],
  ];
  for (const [limit, between, seconds] of limits) {
    const { error, at } = await timeout(t, (client) => client.streamText(LLAMA, { ...hang, ...limit }).text(), { between });
    assert.match(error.message, /connectTimeoutMs|timeoutMs/);
    assert.equal(at, seconds);
  }
});

test("invalid limits are refused by the client and by a call", async () => {
  for (const name of ["connectTimeoutMs", "idleTimeoutMs", "timeoutMs", "maxRetries"]) {
    for (const value of [-1, NaN, Infinity, "5", 2 ** 31]) {
      const refusal = { code: "invalid_argument", message: new RegExp(`option ${name} must be`) };
      assert.throws(() => connect({ [name]: value }), refusal, `${name}: ${value}`);
      const { client, requests } = connect();
      await assert.rejects(client.run(LLAMA, { input, [name]: value }), refusal);
      assert.equal(requests.length, 0);
    }
  }
});

for (const [what, between, leave] of [
  ["the create", silentTo(""), (stream) => stream.cancel()],
  ["the cancel", (fetch) => (url, init) => (url.endsWith("/cancel") ? silent(url, { signal: new AbortController().signal }) : fetch(url, init)), (stream) => stream.cancel()],
]) {
  test(`leaving while ${what} has no answer ends the call without a busy loop`, async (t) => {
    const time = virtualTime(t);
    const { client } = connect({ timeoutMs: 1000 }, { clock: time.clock, stepMs: 10_000 }, between);
    const stream = client.streamText(LLAMA, hang);
    const next = stream.next();
    if (what === "the cancel") await time.until(() => stream.id !== undefined);
    else await new Promise(setImmediate);
    const timers = globalThis.setTimeout.mock.callCount();
    await time.of(leave(stream));
    assert.deepEqual(await next, { value: undefined, done: true });
    assert.ok(globalThis.setTimeout.mock.callCount() - timers < 10);
    assert.ok(time.now() <= 30_001);
  });
}
