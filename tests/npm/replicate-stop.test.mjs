// Leaving a prediction before its end: the connection is closed, and one cancel is sent.

import { test } from "node:test";
import assert from "node:assert/strict";
import { CANCEL, CREATE, LLAMA, all, connect, failure } from "./client.mjs";
import { until } from "./requests.mjs";
import { virtualTime } from "./virtual-time.mjs";

/** A prediction that hangs after half of its text. */
const hang = { input: { prompt: "[hang] tea" } };
const polled = { input: { prompt: "[hang] [no-stream] tea" } };
const end = { value: undefined, done: true };

/** A stream in the middle of its text, with a pending next(). */
async function midway(options = hang) {
  const connection = connect();
  const stream = connection.client.streamText(LLAMA, options);
  const text = connection.predictions;
  for (let i = 0; i === 0 || i < text()[0].output.length; i++) await stream.next();
  const waiting = stream.next();
  await new Promise(setImmediate);
  return { ...connection, stream, waiting, status: () => text()[0].status };
}

/** Checks that there is exactly one cancel, with keepalive and without a signal that may be aborted. */
function assertCanceledOnce({ requests, count, status }) {
  assert.equal(status(), "canceled");
  assert.equal(count(CANCEL), 1);
  const { init } = requests.find(({ line }) => line === CANCEL);
  assert.ok(!init.signal?.aborted);
  assert.equal(init.keepalive, true);
}

const everythingHappened = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
};

for (const [how, options] of Object.entries({ "an event stream": hang, "a polled stream": polled })) {
  test(`cancel() ends ${how} and resolves when the server has answered`, async () => {
    const at = await midway(options);
    await at.stream.cancel();
    assertCanceledOnce(at);
    assert.deepEqual(await at.waiting, end);
    assert.deepEqual(await at.stream.next(), end);
    await at.stream.cancel();
    await everythingHappened();
    assertCanceledOnce(at);
  });

  test(`return() ends ${how} at once and cancels it`, async () => {
    const at = await midway(options);
    assert.deepEqual(await at.stream.return(), end);
    assert.deepEqual(await at.waiting, end);
    await until(() => at.status() === "canceled");
    await everythingHappened();
    assertCanceledOnce(at);
  });

  test(`an aborted signal rejects ${how} with its reason, unchanged, and cancels it`, async () => {
    const abort = new AbortController();
    const at = await midway({ ...options, signal: abort.signal });
    const reason = { any: "thing" };
    abort.abort(reason);
    assert.equal(await failure(at.waiting), reason);
    assert.deepEqual(await at.stream.next(), end);
    await until(() => at.status() === "canceled");
    await everythingHappened();
    assertCanceledOnce(at);
  });
}

test("break cancels, even with unread chunks", async () => {
  const { client, requests, count, predictions } = connect({}, { stepMs: 1 });
  for await (const text of client.streamText(LLAMA, { input: { prompt: "[slow] tea" } })) if (text) break;
  const status = () => predictions()[0].status;
  await until(() => status() === "canceled");
  await everythingHappened();
  assertCanceledOnce({ requests, count, status });
});

test("every way to leave closes the connection of the event stream", async () => {
  for (const leave of [(stream) => stream.cancel(), (stream) => stream.return(), (stream) => stream.throw(new Error("x")).catch(() => {}), (stream) => stream[Symbol.asyncDispose]()]) {
    const { stream, requests } = await midway();
    const open = requests.find(({ url }) => url.includes("/stream/"));
    assert.equal(open.init.signal.aborted, false);
    await leave(stream);
    assert.equal(open.init.signal.aborted, true);
  }
});

test("with cancelOnBreak: false only cancel() cancels the prediction", async () => {
  const abort = new AbortController();
  const ways = [
    ({ stream }) => stream.return(),
    ({ stream }) => stream[Symbol.asyncDispose](),
    ({ waiting }) => (abort.abort(), failure(waiting)),
  ];
  for (const leave of ways) {
    const at = await midway({ ...hang, signal: abort.signal, cancelOnBreak: false });
    await leave(at);
    await everythingHappened();
    assert.equal(at.count(CANCEL), 0);
    assert.equal(at.status(), "processing");
    assert.ok(at.requests.find(({ url }) => url.includes("/stream/")).init.signal.aborted, "the connection is closed");
  }
  const at = await midway({ ...hang, cancelOnBreak: false });
  await at.stream.cancel();
  assertCanceledOnce(at);
});

test("leaving a stream that has ended cancels nothing", async () => {
  for (const prompt of ["tea", "[no-stream] tea", "[fail] tea"]) {
    const { client, count } = connect();
    const stream = client.streamText(LLAMA, { input: { prompt } });
    await stream.text().catch(() => {});
    await stream.cancel();
    await stream.return();
    await everythingHappened();
    assert.equal(count(CANCEL), 0);
  }
});

test("a stream that is left before its first next() sends nothing", async () => {
  const { client, requests } = connect();
  const stream = client.stream(LLAMA, hang);
  await stream.cancel();
  assert.deepEqual(await stream.next(), end);
  assert.equal(requests.length, 0);
});

test("a stream that is left during its create is cancelled when the create is answered, and not opened", async (t) => {
  const time = virtualTime(t);
  for (const leave of ["return", "cancel"]) {
    const { client, lines, count, requests, predictions } = connect({}, { clock: time.clock });
    const stream = client.stream(LLAMA, { input: { prompt: "[delay: 1000] [hang] tea" } });
    const waiting = stream.next();
    await time.until(() => predictions().length === 1);
    assert.deepEqual(lines(), [CREATE]);
    stream[leave]();
    assert.deepEqual(await waiting, end);
    await time.until(() => predictions()[0].status === "canceled");
    assertCanceledOnce({ requests, count, status: () => predictions()[0].status });
    assert.deepEqual(lines(), [CREATE, CANCEL]);
  }
});

test("a failed cancel is no error for the reader", async () => {
  const { client, predictions, count } = connect();
  const stream = client.streamText(LLAMA, { input: { prompt: "[hang] [drop@cancel] tea" } });
  await stream.next();
  await stream.cancel();
  assert.deepEqual(await stream.next(), end);
  assert.equal(count(CANCEL), 1);
  assert.equal(predictions().length, 1);
});

test("an abort during a poll ends a run and cancels the prediction", async (t) => {
  const time = virtualTime(t);
  const abort = new AbortController();
  const { client, predictions, count, requests } = connect({}, { clock: time.clock });
  const reason = new Error("Enough");
  let seen = 0;
  const run = client.run(LLAMA, { ...hang, signal: abort.signal }, () => ++seen === 3 && abort.abort(reason));
  assert.equal(await time.of(failure(run)), reason);
  await time.until(() => predictions()[0].status === "canceled");
  assertCanceledOnce({ requests, count, status: () => predictions()[0].status });
});

test("an abort during a create that the server holds ends a run at once, and the prediction is cancelled when it answers", async (t) => {
  const time = virtualTime(t);
  const abort = new AbortController();
  const { client, predictions, count, requests, lines } = connect({}, { stepMs: 1000, clock: time.clock });
  const run = failure(client.run(LLAMA, { ...hang, wait: { mode: "block", timeout: 20 }, signal: abort.signal }));
  await time.until(() => predictions()[0]?.status === "processing");
  abort.abort();
  assert.equal(await run, abort.signal.reason);
  assert.ok(time.now() < 20_000);
  await time.until(() => predictions()[0].status === "canceled");
  assertCanceledOnce({ requests, count, status: () => predictions()[0].status });
  assert.deepEqual(lines(), [CREATE, CANCEL]);
});

test("an abort during the pause between two polls leaves no timer", async (t) => {
  const time = virtualTime(t);
  const abort = new AbortController();
  const { client, count } = connect({}, { clock: time.clock });
  const run = failure(client.run(LLAMA, { ...hang, wait: { mode: "poll", interval: 1e9 }, signal: abort.signal }));
  await time.until(() => count(CREATE) === 1);
  await new Promise(setImmediate);
  abort.abort();
  assert.equal((await run).name, "AbortError");
  assert.equal(time.now(), 0);
});

test("a signal that is already aborted sends nothing and rejects with its reason", async () => {
  const reason = new Error("No");
  const signal = AbortSignal.abort(reason);
  const { client, requests } = connect();
  const calls = {
    run: () => client.run(LLAMA, { ...hang, signal }),
    stream: () => client.stream(LLAMA, { ...hang, signal }).next(),
    streamText: () => client.streamText(LLAMA, { ...hang, signal }).text(),
    resume: () => client.resume("p1", { signal }).next(),
    wait: () => client.wait({ id: "p1", status: "starting" }, { signal }),
    request: () => client.request("/account", { signal }),
    paginate: () => client.paginate(client.models.list, { signal }).next(),
    create: () => client.predictions.create({ model: LLAMA, ...hang, signal }),
    get: () => client.predictions.get("p1", { signal }),
    cancel: () => client.predictions.cancel("p1", { signal }),
    upload: () => client.files.create(new Blob(["x"]), {}, { signal }),
    list: () => client.models.list({ signal }),
  };
  for (const [name, call] of Object.entries(calls)) assert.equal(await failure(call()), reason, name);
  await everythingHappened();
  assert.equal(requests.length, 0);
});

test("an abort during an upload creates no prediction", async () => {
  const abort = new AbortController();
  const between = (fetch) => (url, init) => {
    if (!url.endsWith("/files")) return fetch(url, init);
    setImmediate(() => abort.abort());
    return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
  };
  const { client, predictions } = connect({}, {}, between);
  const error = await failure(client.run(LLAMA, { input: { prompt: "hi", image: new Blob(["x"]) }, signal: abort.signal }));
  assert.equal(error, abort.signal.reason);
  await everythingHappened();
  assert.equal(predictions().length, 0);
});

test("leaving a stream does not stop another stream of the same client", async () => {
  const { client, predictions } = connect();
  const [left, kept] = [client.streamText(LLAMA, hang), client.streamText(LLAMA, { input: { prompt: "tea" } })];
  await Promise.all([left.next(), kept.next()]);
  await left.cancel();
  await all(kept);
  assert.deepEqual(predictions().map(({ status }) => status).sort(), ["canceled", "succeeded"]);
});

test("a reader who leaves during an upload stops it, and no create follows, even with a fetch that ignores signals", async () => {
  let open;
  const gate = new Promise((resolve) => (open = resolve));
  let signal;
  const between = (fetch) => async (url, init) => {
    if (url.endsWith("/files")) {
      ({ signal } = init);
      await gate;
    }
    return fetch(url, { ...init, signal: undefined });
  };
  const { client, lines } = connect({ fileEncodingStrategy: "upload" }, {}, between);
  const stream = client.streamText(LLAMA, { input: { prompt: "tea", image: new Blob(["tea"]) } });
  const first = stream.next();
  await until(() => signal);
  await stream.return();
  assert.ok(signal.aborted);
  assert.equal((await first).done, true);
  open();
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  assert.deepEqual(lines(), ["POST /v1/files"]);
});
