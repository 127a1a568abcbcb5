// resume(): a prediction that was created earlier, by another client, in another tab or before a reload.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Replicate, ReplicateHome } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";
import { BASE, GET, LLAMA, OPEN, ORIGIN, TOKENS, all, connect, failure } from "./client.mjs";
import { until } from "./requests.mjs";
import { virtualTime } from "./virtual-time.mjs";

const tokens = ["A", "\n", "", "é😀", " b", "A", "A"];
const shown = (events) => events.map(({ event, data, id }) => [event, data, id]);

/** Reads some events, leaves the prediction running, and returns the handle that a page would store. */
async function interrupted(client, count, prompt = "") {
  const stream = client.stream(TOKENS, { input: { tokens, prompt }, cancelOnBreak: false });
  const events = [];
  while (events.length < count) events.push((await stream.next()).value);
  const stored = JSON.stringify(stream);
  await stream.return();
  return { id: stream.id, events, stored };
}

test("an id replays the whole output of a finished prediction", async () => {
  const { client, lines, predictions } = connect();
  const { id } = await interrupted(client, 3);
  const replayed = await all(client.resume(id));
  assert.deepEqual(replayed.filter(({ event }) => event === "output").map(({ data }) => data), tokens);
  assert.equal(replayed.at(-1).event, "done");
  assert.equal(predictions().length, 1);
  assert.equal(lines().at(-1), GET);
});

/** Reads `count` events of a stream and leaves it. */
async function take(stream, count) {
  const events = [];
  while (events.length < count) {
    const { value, done } = await stream.next();
    assert.ok(!done, `the stream ends after ${events.length} events`);
    events.push(value);
  }
  await stream.return();
  return events;
}

/** A prediction that hangs after some events. */
const HALF = 7;

test("an id replays every event of a running prediction's stream", { timeout: 30_000 }, async () => {
  const { client, lines, predictions } = connect();
  const { id, events } = await interrupted(client, HALF, "[hang]");
  assert.deepEqual(shown(await take(client.resume(id, { cancelOnBreak: false }), HALF)), shown(events));
  assert.equal(predictions().length, 1);
  assert.deepEqual(lines().slice(-2), [GET, OPEN]);
});

test("a handle resumes after the last event that was read, at any position of a running prediction's stream", { timeout: 30_000 }, async () => {
  for (let count = 1; count < HALF; count++) {
    const { client, sandbox, predictions } = connect();
    const { id, events, stored } = await interrupted(client, count, "[hang]");
    const other = new Replicate({ baseUrl: BASE, fetch: sandbox });
    const rest = await take(other.resume(JSON.parse(stored), { cancelOnBreak: false }), HALF - count);
    const whole = await take(client.resume(id, { cancelOnBreak: false }), HALF);
    assert.deepEqual(shown([...events, ...rest]), shown(whole), `after ${count}`);
    assert.equal(predictions().length, 1);
  }
});

test("a handle yields the rest of a finished prediction's output, from any position", async () => {
  for (let count = 1; count < 2 * HALF; count++) {
    const { client } = connect();
    const { events, stored } = await interrupted(client, count);
    const rest = await all(client.resume(JSON.parse(stored)));
    assert.equal([...events, ...rest].map(String).join(""), tokens.join(""), `after ${count}`);
    assert.equal(rest.at(-1).event, "done");
  }
});

test("a handle has the id, the last event id and the number of delivered bytes", async () => {
  const { client } = connect();
  const { id, events, stored } = await interrupted(client, 1);
  assert.deepEqual(JSON.parse(stored), { id, lastEventId: events[0].id, delivered: 1 });
});

test("a handle has no id when the ids of its stream give no place", async () => {
  const events = ["a", "b", "c"].map((data) => `event: output\nid: 1\ndata: ${data}\n\n`).join("");
  const between = (fetch) => (url, init) =>
    url.includes("/stream/") ? new Response(events, { headers: { "content-type": "text/event-stream" } }) : fetch(url, init);
  const { client } = connect({ cancelOnBreak: false }, { stepMs: 60_000 }, between);
  const stream = client.stream(TOKENS, { input: { tokens } });
  await stream.next();
  assert.deepEqual(JSON.parse(JSON.stringify(stream)), { id: stream.id, delivered: 1 });
  await stream.return();
});

test("a handle of images counts no more than was delivered", async () => {
  const { client } = connect({}, {});
  const stream = ReplicateHome.createAsyncGenerator({ model: "sdxl", prompt: "tea", proxy: ORIGIN, fetch: createSandbox({ stepMs: 0 }), pollIntervalMs: 0, input: { num_outputs: 4 } });
  for (let i = 0; i < 2; i++) {
    await stream.next();
    const { delivered } = JSON.parse(JSON.stringify(stream));
    assert.ok(delivered >= 0 && delivered < 1e6, `${delivered}`);
  }
  await stream.return();
});

test("a stream works as a handle, even before its first event", async () => {
  const { client } = connect();
  const stream = client.stream(TOKENS, { input: { tokens }, cancelOnBreak: false });
  await stream.next();
  await stream.return();
  const rest = await all(client.resume(stream));
  assert.equal(rest.map(String).join(""), tokens.slice(1).join(""));
  const error = await failure(client.resume(client.stream(TOKENS, { input: { tokens } })).next());
  assert.equal(error.code, "invalid_argument");
});

test("a handle yields exactly the rest of the text from servers without ids or without streams", async (t) => {
  const time = virtualTime(t);
  for (const prompt of ["[no-ids]", "[restart]", "[no-stream]"]) {
    for (const count of [1, 3, 5]) {
      const { client } = connect({}, { clock: time.clock });
      const { events, stored } = await time.of(interrupted(client, count, prompt));
      const rest = await time.of(all(client.resume(JSON.parse(stored))));
      assert.equal([...events, ...rest].map(String).join(""), tokens.join(""), `${prompt} after ${count}`);
    }
  }
});

test("a running prediction is followed to its end", async (t) => {
  const time = virtualTime(t);
  const { client, predictions } = connect({}, { stepMs: 100, clock: time.clock });
  const stream = client.stream(LLAMA, { input: { prompt: "tea" }, cancelOnBreak: false });
  const first = (await time.of(stream.next())).value;
  const handle = stream.toJSON();
  await stream.return();
  assert.equal(predictions()[0].status, "processing");
  const rest = await time.of(all(client.resume(handle)));
  assert.equal(predictions()[0].status, "succeeded");
  assert.equal([first, ...rest].map(String).join(""), predictions()[0].output.join(""));
  assert.equal(rest.at(-1).event, "done");
});

test("leaving a resumed stream cancels the prediction, unless cancelOnBreak is false", async () => {
  for (const [cancelOnBreak, status] of [[undefined, "canceled"], [false, "processing"]]) {
    const { client, predictions } = connect();
    const { id } = await client.predictions.create({ model: LLAMA, input: { prompt: "[hang] tea" } });
    for await (const event of client.resume(id, { cancelOnBreak })) if (event) break;
    if (status === "canceled") await until(() => predictions()[0].status === status);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    assert.equal(predictions()[0].status, status);
  }
});

test("the error of a resumed prediction that failed has its logs", async () => {
  const { client, predictions } = connect();
  const { id } = await client.predictions.create({ model: LLAMA, input: { prompt: "[fail: No luck] tea" } });
  const error = await failure(client.resume(id).text());
  assert.deepEqual([error.code, error.detail, error.predictionId], ["failed", "No luck", id]);
  assert.equal(error.logs, predictions()[0].logs);
});

test("resuming an unknown prediction is an error, and none is created", async () => {
  const { client, predictions } = connect();
  const error = await failure(client.resume("nosuchprediction").next());
  assert.deepEqual([error.code, error.status], ["http", 404]);
  assert.equal(predictions().length, 0);
});

test("an invalid handle is an invalid_argument, and nothing is sent", async () => {
  for (const target of ["", undefined, null, 7, {}, { id: 7 }, { delivered: 3 }, []]) {
    const { client, requests } = connect();
    assert.equal((await failure(client.resume(target).next())).code, "invalid_argument", JSON.stringify(target));
    assert.equal(requests.length, 0);
  }
});

test("an id cannot lead to another route", async () => {
  const { client, requests } = connect();
  for (const id of ["../account?x=1", "a/b", "a?b", "a#b"]) {
    assert.equal((await failure(client.resume(id).next())).code, "invalid_argument", id);
  }
  assert.deepEqual(requests, []);
});
