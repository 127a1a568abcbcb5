// The async iterator in Node. tests/browser.rs tests its timers and its abort in a browser.

import { test } from "node:test";
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { PredictionStream, Replicate, ReplicateHome } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";
import { answering, recorded, silent, until } from "./requests.mjs";

const created = { id: "p1", status: "starting" };
const processing = { id: "p1", status: "processing", output: ["Spring"] };
const succeeded = { id: "p1", status: "succeeded", output: ["Spring", " is", " here"] };

const end = { value: undefined, done: true };
const more = (value) => ({ value, done: false });

/** A text prediction that polls once a minute, so that no test passes by waiting. */
const poem = (fetch, options) => ReplicateHome.createAsyncGenerator({ prompt: "Spring", pollIntervalMs: 60_000, fetch, ...options });

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

/** A stream in the pause between two polls, with a pending next(). */
async function pausing(options) {
  const before = timers();
  const fetch = recorded(answering(created, processing));
  const stream = poem(fetch, options);
  assert.deepEqual(await stream.next(), more("Spring"));
  const waiting = stream.next();
  assert.equal(fetch.requests.length, 2);
  assert.equal(timers(), before + 1, "the pause");
  return { stream, waiting, fetch, timersLeft: () => timers() - before };
}

test("nothing is sent before the first next()", async () => {
  const fetch = recorded(answering(created, succeeded));
  const stream = poem(fetch);
  stream[Symbol.asyncIterator]();
  JSON.stringify(stream);
  await new Promise(setImmediate);
  assert.equal(fetch.requests.length, 0);
  await stream.next();
  assert.deepEqual(fetch.requests.map(({ line }) => line), ["POST /api/prediction", "GET /api/poll?id=p1"]);
});

test("a stream is its own iterator and has all methods of an async generator", () => {
  const stream = poem(silent);
  const iterator = stream[Symbol.asyncIterator]();
  for (const it of [stream, iterator]) {
    assert.ok(it instanceof PredictionStream);
    for (const name of ["next", "return", "throw", Symbol.asyncIterator, Symbol.asyncDispose]) {
      assert.equal(typeof it[name], "function", String(name));
    }
  }
});

test("concurrent calls of next() are answered in order", async () => {
  const stream = poem(answering(created, processing, succeeded), { pollIntervalMs: 0 });
  const calls = [stream.next(), stream.next(), stream.next(), stream.next(), stream.next()];
  assert.deepEqual(await Promise.all(calls), [more("Spring"), more(" is"), more(" here"), end, end]);
});

test("new chunks of a processing prediction are yielded once", async () => {
  const chunks = [];
  for await (const chunk of poem(answering(created, processing, processing, succeeded), { pollIntervalMs: 0 })) chunks.push(chunk);
  assert.deepEqual(chunks, ["Spring", " is", " here"]);
});

test("a stream has the id and the newest state of its prediction", async () => {
  const stream = poem(answering(created, succeeded));
  assert.equal(stream.prediction, undefined);
  assert.equal(stream.id, undefined);
  await stream.next();
  assert.equal(stream.id, "p1");
  assert.deepEqual(stream.prediction, succeeded);
});

test("next() is always done after the end", async () => {
  const stream = poem(answering(created, succeeded));
  assert.equal(await stream.text(), "Spring is here");
  for (const result of [stream.next(), stream.next(), stream.return(), stream.next()]) assert.deepEqual(await result, end);
});

test("next() is always done after an error", async () => {
  const stream = poem(answering(created, { id: "p1", status: "failed", error: "no luck" }));
  const calls = [stream.next(), stream.next()];
  await assert.rejects(calls[0], { code: "failed", message: "Prediction failed: no luck" });
  assert.deepEqual(await calls[1], end);
  assert.deepEqual(await stream.next(), end);
});

test("return() aborts the request and settles all pending calls", async () => {
  const fetch = recorded(silent);
  const stream = poem(fetch);
  const waiting = [stream.next(), stream.next()];
  await until(() => fetch.requests.length === 1);
  assert.deepEqual(await stream.return(), end);
  assert.deepEqual(await Promise.all(waiting), [end, end]);
  assert.ok(fetch.requests[0].signal.aborted);
  assert.deepEqual(await stream.next(), end);
});

test("return() ends a pause at once", async () => {
  const { stream, waiting, fetch, timersLeft } = await pausing();
  assert.deepEqual(await stream.return(), end);
  assert.deepEqual(await waiting, end);
  assert.equal(timersLeft(), 0);
  assert.equal(fetch.requests.length, 2);
});

test("break ends the stream and drops unread results", async () => {
  const stream = poem(answering(created, succeeded));
  for await (const chunk of stream) {
    assert.equal(chunk, "Spring");
    break;
  }
  assert.deepEqual(await stream.next(), end);
});

test("throw() rejects with its error and ends the stream", async () => {
  const { stream, waiting, timersLeft } = await pausing();
  const error = new Error("enough");
  await assert.rejects(stream.throw(error), (thrown) => thrown === error);
  assert.deepEqual(await waiting, end);
  assert.equal(timersLeft(), 0);
});

test("disposal ends the stream", async () => {
  const { stream, waiting, timersLeft } = await pausing();
  await stream[Symbol.asyncDispose]();
  assert.deepEqual(await waiting, end);
  assert.equal(timersLeft(), 0);
});

test("an abort during a pause rejects with its reason", async () => {
  const controller = new AbortController();
  const { stream, waiting, fetch, timersLeft } = await pausing({ signal: controller.signal });
  const reason = new Error("the user left");
  controller.abort(reason);
  await assert.rejects(waiting, (thrown) => thrown === reason);
  assert.deepEqual(await stream.next(), end);
  assert.equal(timersLeft(), 0);
  assert.equal(fetch.requests.length, 2);
});

test("an abort during a request aborts it", async () => {
  const controller = new AbortController();
  const fetch = recorded(silent);
  const waiting = poem(fetch, { signal: controller.signal }).next();
  await until(() => fetch.requests.length === 1);
  controller.abort();
  await assert.rejects(waiting, (thrown) => thrown === controller.signal.reason && thrown.name === "AbortError");
  assert.ok(fetch.requests[0].signal.aborted);
});

test("a signal that is already aborted sends nothing", async () => {
  const fetch = recorded(silent);
  await assert.rejects(poem(fetch, { signal: AbortSignal.abort("never mind") }).next(), (thrown) => thrown === "never mind");
  assert.equal(fetch.requests.length, 0);
});

test("a pending next() settles when its stream is no longer referenced", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const waiting = poem(answering(created, succeeded)).next();
  for (let round = 0; round < 3; round++) {
    collect();
    await turn();
  }
  assert.deepEqual(await waiting, more("Spring"));
});

test("a stream that is no longer referenced or read is closed", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  let canceled = false;
  const events = () => new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("event: output\ndata: a\n\n")), cancel: () => (canceled = true) });
  const fetch = async (url) =>
    url.endsWith("/events")
      ? new Response(events(), { headers: { "content-type": "text/event-stream" } })
      : Response.json({ id: "p1", status: "starting", urls: { stream: "https://stream.replicate.com/events" } });
  const read = async () => assert.deepEqual(await new Replicate({ auth: "r8_test", fetch }).streamText("a/b", { input: {} }).next(), more("a"));
  await read();
  for (let round = 0; round < 1000 && !canceled; round++) {
    collect();
    await turn();
  }
  assert.ok(canceled, "its connection is closed");
});

test("several streams run at the same time", async () => {
  const sandbox = createSandbox({ stepMs: 0 });
  const prompts = ["spring", "summer", "autumn", "winter"];
  const texts = await Promise.all(prompts.map((prompt) => poem(sandbox, { prompt }).text()));
  const recorded = [...sandbox.predictions.values()].map(({ input, output }) => [input.prompt, output.join("")]);
  assert.deepEqual(new Map(prompts.map((prompt, at) => [prompt, texts[at]])), new Map(recorded));
});

test("toReadableStream() pulls only when it is read, and its cancel ends the stream", async () => {
  const fetch = recorded(answering(created, succeeded));
  const stream = poem(fetch);
  const reader = stream.toReadableStream().getReader();
  await new Promise(setImmediate);
  assert.equal(fetch.requests.length, 0);
  assert.deepEqual(await reader.read(), more("Spring"));
  await reader.cancel();
  assert.deepEqual(await stream.next(), end);
});
