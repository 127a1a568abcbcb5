// run(): references to models, ways to wait, and outputs.

import { test } from "node:test";
import assert from "node:assert/strict";
import { ReplicateError } from "replicate-wasm";
import { BASE, CREATE, ECHO, FLUX, GET, HELLO, HELLO_VERSION, LLAMA, all, connect, failure } from "./client.mjs";
import { virtualTime } from "./virtual-time.mjs";

const input = { prompt: "A poem about tea" };

test("an official model runs by its name in one request", async () => {
  const { client, requests, lines, predictions } = connect();
  const output = await client.run(LLAMA, { input });
  assert.ok(output.length > 10);
  assert.deepEqual(output, predictions()[0].output);
  assert.deepEqual(lines(), [CREATE]);
  assert.deepEqual(requests[0].body, { input });
});

test("owner/name:version and a bare version run that version", async () => {
  for (const ref of [`${HELLO}:${HELLO_VERSION}`, HELLO_VERSION]) {
    const { client, requests, lines } = connect();
    assert.equal(await client.run(ref, { input: { text: "Alice" } }), "hello Alice");
    assert.deepEqual(lines(), ["POST /v1/predictions"]);
    assert.deepEqual(requests[0].body, { version: HELLO_VERSION, input: { text: "Alice" } });
  }
});

const communityModel = {
  run: async (client) => assert.equal(await client.run(HELLO, { input: { text: "Alice" } }), "hello Alice"),
  stream: async (client) => assert.equal(String((await all(client.stream(HELLO, { input: { text: "Alice" } })))[0]), "hello Alice"),
  streamText: async (client) => assert.equal(await client.streamText(HELLO, { input: { text: "Alice" } }).text(), "hello Alice"),
};
for (const [method, use] of Object.entries(communityModel)) {
  test(`${method} looks up the latest version of a community model once`, async () => {
    const { client, lines, requests } = connect();
    await use(client);
    assert.deepEqual(lines().slice(0, 3), [`POST /v1/models/${HELLO}/predictions`, `GET /v1/models/${HELLO}`, "POST /v1/predictions"]);
    assert.equal(requests[2].body.version, HELLO_VERSION);
    assert.equal(lines().filter((line) => line.startsWith("POST")).length, 2);
  });
}

test("a model and a version that do not exist are errors", async () => {
  const { client, lines } = connect();
  const error = await failure(client.run("nobody/nothing", { input }));
  assert.ok(error instanceof ReplicateError);
  assert.deepEqual([error.code, error.status, error.detail], ["http", 404, "The requested resource could not be found."]);
  assert.deepEqual(error.request, { method: "GET", url: `${BASE}/models/nobody/nothing` });
  assert.deepEqual(lines(), ["POST /v1/models/nobody/nothing/predictions", "GET /v1/models/nobody/nothing"]);
  assert.equal((await failure(client.run("0".repeat(64), { input }))).status, 422);
  assert.equal(lines().length, 3, "a version needs no look-up");
});

const wrong = {
  "an empty reference": ["", { input }, /model reference/i],
  "a name without its owner": ["llama", { input }, /model reference/i],
  "a path": ["a/../b", { input }, /model reference/i],
  "a name that leads to another route": ["../predictions", { input }, /model reference/i],
  "a query": ["a/b?c", { input }, /model reference/i],
  "an empty version": ["a/b:", { input }, /model reference/i],
  "a reference that is no string": [7, { input }, /string, not the number 7/],
  "no options": [LLAMA, undefined, /input is needed/],
  "options that are none": [LLAMA, "hi", /must be an object, not a string/],
  "no input": [LLAMA, {}, /input is needed/],
  "an input that is none": [LLAMA, { input: "hi" }, /input must be an object, not a string/],
  "a webhook that is no URL": [LLAMA, { input, webhook: "hook" }, /webhook/],
  "a wait of another mode": [LLAMA, { input, wait: { mode: "hope" } }, /wait must be/],
  "a wait past a minute": [LLAMA, { input, wait: { mode: "block", timeout: 61 } }, /timeout must be .*from 1 to 60/],
  "a negative interval": [LLAMA, { input, wait: { mode: "poll", interval: -1 } }, /interval must be .*milliseconds/],
  "a signal that is none": [LLAMA, { input, signal: true }, /signal must be an AbortSignal/],
  "an input that contains itself": [LLAMA, { input: loop() }, /contains itself/],
  "an input that JSON cannot hold": [LLAMA, { input: { count: 7n } }, /JSON/],
};
function loop() {
  const value = {};
  return Object.assign(value, { value });
}
for (const [name, [ref, options, message]] of Object.entries(wrong)) {
  test(`${name} is an invalid_argument, and nothing is sent`, async () => {
    for (const method of ["run", "stream", "streamText"]) {
      if (method !== "run" && options?.wait) continue;
      const { client, requests } = connect();
      const error = await failure(method === "run" ? client.run(ref, options) : client[method](ref, options).next());
      assert.equal(error.code, "invalid_argument");
      assert.match(error.message, message);
      assert.equal(requests.length, 0);
    }
  });
}

test("an onProgress or stop that is not a function is an invalid_argument, and nothing is sent", async () => {
  const { client, requests } = connect();
  const errors = [await failure(client.run(LLAMA, { input }, "bar")), await failure(client.wait({ id: "p1" }, {}, 7))];
  assert.deepEqual(
    errors.map(({ code, message }) => [code, message]),
    [
      ["invalid_argument", "The argument onProgress must be a function, not a string"],
      ["invalid_argument", "The argument stop must be a function, not the number 7"],
    ],
  );
  assert.equal(requests.length, 0);
});

test("Prefer: wait has the seconds of the option wait", async () => {
  const prefer = async (wait) => {
    const { client, requests } = connect();
    await client.run(LLAMA, { input, wait });
    return requests[0].headers.prefer;
  };
  assert.equal(await prefer(undefined), "wait");
  assert.equal(await prefer({ mode: "block" }), "wait");
  assert.equal(await prefer({ mode: "block", timeout: 7 }), "wait=7");
  assert.equal(await prefer({ mode: "poll" }), undefined);
});

test("run polls after sync mode, with pauses from 500 ms to 5 s, and does not resolve to a partial output", async (t) => {
  const time = virtualTime(t);
  const { client, requests, lines, predictions } = connect({}, { stepMs: 1000, clock: time.clock });
  const output = await time.of(client.run(LLAMA, { input, wait: { mode: "block", timeout: 10 } }));
  assert.deepEqual(output, predictions()[0].output);
  assert.deepEqual(new Set(lines()), new Set([CREATE, GET]));
  const pauses = requests.slice(1).map(({ at }, i) => at - (i === 0 ? 10_000 : requests[i].at));
  assert.ok(pauses[0] >= 450 && pauses[0] <= 501, `${pauses[0]} ms`);
  for (const pause of pauses) assert.ok(pause >= 450 && pause <= 5001, `${pause} ms`);
  assert.ok(pauses.at(-1) >= 4500);
  pauses.forEach((pause, i) => assert.ok(i === 0 || pause >= pauses[i - 1] * 0.89, "the pauses do not shrink, except by the jitter"));
});

test('wait: {mode: "poll"} polls at the interval', async (t) => {
  const time = virtualTime(t);
  const { client, requests, predictions } = connect({}, { stepMs: 1000, clock: time.clock });
  const output = await time.of(client.run(LLAMA, { input, wait: { mode: "poll", interval: 4000 } }));
  assert.deepEqual(output, predictions()[0].output);
  const pauses = requests.slice(1).map(({ at }, i) => Math.round((at - requests[i].at) / 10) * 10);
  assert.ok(pauses.length > 5);
  assert.deepEqual(new Set(pauses), new Set([4000]));
});

test("onProgress gets every new snapshot, including the last", async (t) => {
  const time = virtualTime(t);
  const { client, count } = connect({}, { stepMs: 200, clock: time.clock });
  const snapshots = [];
  const wait = { mode: "poll", interval: 1000 };
  const output = await time.of(client.run(LLAMA, { input, wait }, (prediction) => snapshots.push(prediction)));
  const statuses = snapshots.map(({ status }) => status);
  assert.deepEqual([...new Set(statuses)], ["starting", "processing", "succeeded"]);
  assert.equal(snapshots.length, 1 + count(GET));
  assert.deepEqual(snapshots.at(-1).output, output);
  assert.ok(snapshots.some(({ status, output: part }) => status === "processing" && part?.length < output.length));
});

test("an exception or rejection of onProgress ends the run and cancels the prediction", async (t) => {
  const time = virtualTime(t);
  const thrown = new Error("Enough");
  for (const onProgress of [() => { throw thrown; }, async () => { throw thrown; }]) {
    const { client, predictions } = connect({}, { stepMs: 1000, clock: time.clock });
    const run = client.run(LLAMA, { input, wait: { mode: "poll", interval: 100 } }, onProgress);
    assert.equal(await time.of(failure(run)), thrown);
    await time.until(() => predictions()[0].status === "canceled");
  }
});

test("any JSON value may be the output, also a falsy one", async () => {
  const values = [0, false, "", null, [], {}, 7.5, ["a", null, { b: [false] }], { output: null }, "plain"];
  for (const wait of [{ mode: "block" }, { mode: "poll", interval: 0 }]) {
    for (const value of values) assert.deepEqual(await connect().client.run(ECHO, { input: { value }, wait }), value);
  }
});

for (const wait of [{ mode: "block" }, { mode: "poll", interval: 0 }]) {
  test(`an unsuccessful prediction rejects with its status as the code (${wait.mode})`, async () => {
    for (const [directive, code, message] of [
      ["[fail: NSFW content detected]", "failed", "Prediction failed: NSFW content detected"],
      ["[canceled]", "canceled", /canceled/],
      ["[aborted]", "aborted", /aborted/],
    ]) {
      const { client, predictions } = connect();
      const error = await failure(client.run(LLAMA, { input: { prompt: `${directive} tea` }, wait }));
      assert.ok(error instanceof ReplicateError);
      assert.equal(error.code, code);
      if (typeof message === "string") assert.equal(error.message, message);
      else assert.match(error.message, message);
      assert.equal(error.predictionId, predictions()[0].id);
      assert.equal(error.logs, predictions()[0].logs);
    }
  });
}

test("files of an output are downloaded on demand with the caller's fetch", async () => {
  const { client, requests } = connect();
  const [image] = await client.run(FLUX, { input: { prompt: "A lake" } });
  assert.equal(image.constructor.name, "FileOutput");
  assert.equal(requests.length, 1);
  assert.deepEqual([...(await image.bytes()).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
  assert.equal(requests.length, 2);
  assert.equal(requests[1].url, String(image));
});

test("with useFileOutput: false a file is its URL", async () => {
  const { client } = connect({ useFileOutput: false });
  const [image] = await client.run(FLUX, { input: { prompt: "A lake" } });
  assert.match(image, /^https:.*\.png$/);
});

test("the webhook and its events are sent with the create", async () => {
  const { client, requests } = connect();
  const webhook = { webhook: "https://app.example/hook", webhook_events_filter: ["start", "completed"] };
  await client.run(LLAMA, { input, ...webhook });
  assert.deepEqual(requests[0].body, { input, ...webhook });
});

test("a file of the input is uploaded first, or inlined if the upload fails", async () => {
  const image = new File(["pixels"], "photo.png", { type: "image/png" });
  const sent = async (options, between) => {
    const { client, lines, requests } = connect(options, {}, between);
    await client.run(LLAMA, { input: { prompt: "hi", deep: [{ image }] } });
    return { lines: lines(), image: requests.at(-1).body.input.deep[0].image };
  };
  const uploaded = await sent();
  assert.deepEqual(uploaded.lines, ["POST /v1/files", CREATE]);
  assert.match(uploaded.image, new RegExp(`^${BASE}/files/`));
  const inline = "data:image/png;base64,cGl4ZWxz";
  assert.deepEqual(await sent({ fileEncodingStrategy: "data-uri" }), { lines: [CREATE], image: inline });
  const refusing = (fetch) => async (url, init) => (url.endsWith("/files") ? new Response(null, { status: 403 }) : fetch(url, init));
  assert.equal((await sent({}, refusing)).image, inline);
  assert.equal((await failure(sent({ fileEncodingStrategy: "upload" }, refusing))).status, 403);
});
