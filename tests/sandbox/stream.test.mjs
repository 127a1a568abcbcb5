import { test } from "node:test";
import assert from "node:assert/strict";
import { parseEvents, startSandbox } from "./ask.mjs";
import { createVirtualClock, turn } from "./virtual-clock.mjs";

const SSE = { Accept: "text/event-stream" };
const tokensOf = (events) => events.filter(({ event }) => event === "output").map(({ data }) => data);

async function readAll(sandbox, prediction, headers = {}) {
  const response = await sandbox(prediction.urls.stream, { headers: { ...SSE, ...headers } });
  return parseEvents(await response.text());
}

test("a stream has the whole output, token by token, then done", async () => {
  const { sandbox, create, get } = startSandbox();
  const prediction = await create({ prompt: "A poem about rain" });
  const events = await readAll(sandbox, prediction);
  assert.deepEqual(tokensOf(events), (await get(prediction)).output);
  assert.deepEqual(new Set(events.map(({ event }) => event)), new Set(["output", "logs", "done"]));
  assert.equal(events.at(-1).event, "done");
  assert.equal(events.at(-1).data, "{}");
  assert.equal(events.filter(({ event }) => event === "done").length, 1);
});

test("its headers declare an event stream that must not be buffered or cached", async () => {
  const { sandbox, create } = startSandbox();
  const { headers } = await sandbox((await create({ prompt: "x" })).urls.stream);
  assert.match(headers.get("Content-Type"), /^text\/event-stream/);
  assert.equal(headers.get("Cache-Control"), "no-store");
  assert.equal(headers.get("X-Accel-Buffering"), "no");
});

test("a newline token is two empty data lines, and spaces are kept", async () => {
  const { sandbox, create } = startSandbox();
  const prediction = await create({ tokens: ["\n", " a", "", "b\nc", "  "] }, { model: "sandbox/tokens" });
  const text = await (await sandbox(prediction.urls.stream)).text();
  assert.ok(text.includes(":0\ndata: \ndata: \n\n"));
  assert.deepEqual(tokensOf(parseEvents(text)), ["\n", " a", "", "b\nc", "  "]);
});

test("every event has an id like 1690212292:0, the same for every reader", async () => {
  const { sandbox, create } = startSandbox({ clock: createVirtualClock(1690212292000) });
  const prediction = await create({ prompt: "x", max_tokens: 3 });
  const [one, two] = await Promise.all([readAll(sandbox, prediction), readAll(sandbox, prediction)]);
  assert.deepEqual(one, two);
  assert.deepEqual(
    one.map(({ id }) => id),
    one.map((_, i) => `1690212292:${i}`),
  );
});

test("a stream with Last-Event-ID begins after that event", async () => {
  const { sandbox, create } = startSandbox();
  const prediction = await create({ prompt: "A poem about rain" });
  const all = await readAll(sandbox, prediction);
  for (const position of [0, 7, all.length - 2, all.length - 1]) {
    assert.deepEqual(
      await readAll(sandbox, prediction, { "Last-Event-ID": all[position].id }),
      all.slice(position + 1),
    );
  }
  assert.deepEqual(
    await readAll(sandbox, prediction, { "Last-Event-ID": "1:5" }),
    all,
    "an id of another stream starts at the start",
  );
});

test("tokens arrive at their time and not before", async () => {
  const clock = createVirtualClock();
  const { sandbox, create } = startSandbox({ stepMs: 100, clock });
  const prediction = await create({ tokens: ["a", "b", "c"] }, { model: "sandbox/tokens" });
  const reader = (await sandbox(prediction.urls.stream)).body.pipeThrough(new TextDecoderStream()).getReader();
  const arrived = [];
  const reading = (async () => {
    for (let part; !(part = await reader.read()).done;) arrived.push(...tokensOf(parseEvents(part.value)));
  })();
  await clock.advance(299);
  assert.deepEqual(arrived, []);
  await clock.advance(1);
  assert.deepEqual(arrived, ["a"]);
  await clock.advance(100);
  assert.deepEqual(arrived, ["a", "b"]);
  await clock.advance(1000);
  await reading;
  assert.deepEqual(arrived, ["a", "b", "c"]);
});

test("a failed prediction ends its stream with error and done", async () => {
  const { sandbox, create } = startSandbox();
  const events = await readAll(sandbox, await create({ prompt: "[fail: NSFW content detected] hi" }));
  assert.deepEqual(
    events.slice(-2).map(({ event, data }) => [event, JSON.parse(data)]),
    [
      ["error", { detail: "NSFW content detected" }],
      ["done", { reason: "error" }],
    ],
  );
});

test("a cancel ends every open stream at once", async () => {
  const clock = createVirtualClock();
  const { sandbox, create, post } = startSandbox({ stepMs: 10, clock });
  const prediction = await create({ prompt: "[hang] hi" });
  const readers = [readAll(sandbox, prediction), readAll(sandbox, prediction)];
  await clock.advance(1000);
  await post(prediction.urls.cancel);
  for (const events of await Promise.all(readers))
    assert.deepEqual(JSON.parse(events.at(-1).data), { reason: "canceled" });
});

test("a reader that leaves cancels nothing and leaves no timer", async () => {
  const clock = createVirtualClock();
  const { sandbox, create, get } = startSandbox({ stepMs: 10, clock });
  const prediction = await create({ prompt: "[hang] hi" });
  const reader = (await sandbox(prediction.urls.stream)).body.getReader();
  const pending = reader.read();
  await turn();
  assert.equal(clock.sleepers, 1);
  await reader.cancel();
  await pending;
  assert.equal(clock.sleepers, 0);
  assert.equal((await get(prediction)).status, "starting");
});

test("an aborted signal breaks the body with its reason", async () => {
  const clock = createVirtualClock();
  const { sandbox, create } = startSandbox({ stepMs: 10, clock });
  const prediction = await create({ prompt: "[hang] hi" });
  const controller = new AbortController();
  const response = await sandbox(prediction.urls.stream, { signal: controller.signal });
  const reading = response.text();
  await clock.advance(100);
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(reading, (error) => error === reason);
  assert.equal(clock.sleepers, 0);
});

test("a quiet stream gets comments that keep it alive", async () => {
  const clock = createVirtualClock();
  const { sandbox, create, post } = startSandbox({ stepMs: 10, clock });
  const prediction = await create({ prompt: "[cold: 10000] hi" });
  const reading = (await sandbox(prediction.urls.stream)).text();
  await clock.advance(31_000);
  await post(prediction.urls.cancel);
  const text = await reading;
  assert.equal(text.split(": keep-alive\n\n").length - 1, 2);
  assert.equal(text.split("event: ").length - 1, 1);
});

test("[drop-stream: 5] breaks once after five events, and the rest can be read", async () => {
  const { sandbox, create, get } = startSandbox();
  const prediction = await create({ prompt: "[drop-stream: 5] A poem about rain" });
  const reader = (await sandbox(prediction.urls.stream)).body.getReader();
  const events = parseEvents(new TextDecoder().decode((await reader.read()).value));
  assert.equal(events.length, 5);
  await assert.rejects(reader.read(), { name: "TypeError", code: "ECONNRESET" });
  const rest = await readAll(sandbox, prediction, { "Last-Event-ID": events.at(-1).id });
  assert.deepEqual(tokensOf([...events, ...rest]), (await get(prediction)).output);
});

test("[end-stream: 5] ends once after five events without done", async () => {
  const { sandbox, create } = startSandbox();
  const prediction = await create({ prompt: "[end-stream: 5] A poem about rain" });
  const events = await readAll(sandbox, prediction);
  assert.equal(events.length, 5);
  assert.ok(events.every(({ event }) => event !== "done"));
  assert.equal((await readAll(sandbox, prediction)).at(-1).event, "done");
});

test("[restart] ignores Last-Event-ID, and [no-ids] sends no ids", async () => {
  const { sandbox, create } = startSandbox();
  const restarting = await create({ prompt: "[restart] hi" });
  const all = await readAll(sandbox, restarting);
  assert.deepEqual(await readAll(sandbox, restarting, { "Last-Event-ID": all[3].id }), all);
  const nameless = await readAll(sandbox, await create({ prompt: "[no-ids] hi" }));
  assert.ok(nameless.length > 3);
  assert.ok(nameless.every((event) => !("id" in event)));
});

test("models and predictions without a stream have no stream URL", async () => {
  const { create } = startSandbox();
  assert.ok("stream" in (await create({ prompt: "hi" })).urls);
  assert.ok(!("stream" in (await create({ prompt: "hi" }, { model: "sandbox/no-stream" })).urls));
  assert.ok(!("stream" in (await create({ value: 1 }, { model: "sandbox/echo" })).urls));
  assert.ok(!("stream" in (await create({ prompt: "[no-stream] hi" })).urls));
});

test("an unknown stream is 404, and so is the key of another prediction", async () => {
  const { create, json } = startSandbox();
  const [one, other] = [await create({ prompt: "hi" }), await create({ prompt: "hi" })];
  assert.equal((await json(`/v1/predictions/${one.id}/stream/guessed`)).status, 404);
  assert.equal((await json(other.urls.stream.replace(other.id, one.id))).status, 404);
});

test("a frame that becomes due while the stream looks for it is sent at once, and not at the next keep-alive", async () => {
  for (let step = 1; step <= 50; step++) {
    const slept = [];
    let time = 0;
    // It goes on at each look, as a clock may between any two.
    const clock = { now: () => (time += step), sleep: async (ms) => void (slept.push(ms), (time += Math.max(0, ms))) };
    const { sandbox, create } = startSandbox({ stepMs: 100, clock });
    const { urls } = await create({ prompt: "tea" });
    const events = await (await sandbox(urls.stream)).text();
    assert.match(events, /event: done/);
    assert.ok(slept.every((ms) => ms <= 1000), `${Math.max(...slept)} ms with a clock that goes on by ${step} ms`);
  }
});
