import { test } from "node:test";
import assert from "node:assert/strict";
import { GEMMA, startSandbox } from "./ask.mjs";
import { createVirtualClock } from "./virtual-clock.mjs";

const SD3 = {
  model: "stability-ai/stable-diffusion-3",
  version: "527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f",
};

test("a text prediction starts, processes with growing output and logs, and succeeds", async () => {
  const clock = createVirtualClock();
  const { post, json } = startSandbox({ stepMs: 50, clock });
  const created = await post("/api/prediction", { ...GEMMA, input: { prompt: "Write a short poem about spring." } });
  assert.equal(created.status, 201);
  assert.equal(created.body.status, "starting");
  assert.equal(created.body.output, null);

  const seen = [];
  do {
    await clock.advance(200);
    seen.push((await json(`/api/poll?id=${created.body.id}`)).body);
  } while (seen.at(-1).status === "processing");

  assert.equal(seen.at(-1).status, "succeeded");
  assert.ok(seen.length > 5);
  for (const [i, { output, logs }] of seen.entries()) {
    const before = seen[i - 1] ?? { output: [], logs: "" };
    assert.deepEqual(output.slice(0, before.output.length), before.output, "output only grows");
    assert.ok(logs.startsWith(before.logs), "logs only grow");
  }
  assert.ok(seen[1].output.length > seen[0].output.length);
  const text = seen.at(-1).output.join("");
  assert.match(text, /^Spring\n\n/);
  assert.match(text, /\bspring\b/);
  assert.ok(seen.at(-1).output.includes("\n"), "each line feed is a token");
  assert.match(seen.at(-1).logs, /\r 10%\|█ {9}\| \d+\/\d+ \[00:00<00:03, 20\.00it\/s\]/);
  assert.match(seen.at(-1).logs, /\r100%\|█{10}\| (\d+)\/\1 \[00:03<00:00, 20\.00it\/s\]\n$/);
});

test("an image prediction outputs pictures that the sandbox serves", async () => {
  const { sandbox, post, json } = startSandbox();
  const { body: created } = await post("http://127.0.0.1:9/relay/api/prediction", {
    ...SD3,
    input: { prompt: "A lake", num_outputs: 2 },
  });
  const { body: polled } = await json(`http://127.0.0.1:9/relay/api/poll?id=${created.id}`);
  assert.equal(polled.status, "succeeded");
  assert.deepEqual(
    polled.output,
    [0, 1].map((n) => `http://127.0.0.1:9/relay/files/${created.id}/out-${n}.png`),
  );
  const picture = await sandbox(polled.output[1]);
  assert.equal(picture.status, 200);
  assert.equal(picture.headers.get("Content-Type"), "image/png");
});

test("with stepMs 0 a prediction has ended at the first poll", async () => {
  const { post, json } = startSandbox();
  const { body } = await post("/api/prediction", { ...GEMMA, input: { prompt: "hi" } });
  assert.equal(body.status, "starting");
  assert.equal((await json(`/api/poll?id=${body.id}`)).body.status, "succeeded");
});

test("a failed prediction has its reason", async () => {
  const { post, json } = startSandbox();
  const { body } = await post("/api/prediction", { ...GEMMA, input: { prompt: "[fail: NSFW content detected] hi" } });
  const { body: polled } = await json(`/api/poll?id=${body.id}`);
  assert.equal(polled.status, "failed");
  assert.equal(polled.error, "NSFW content detected");
});

test("invalid requests are answered with problems", async (t) => {
  const { post, json } = startSandbox();
  const cases = [
    ["an unknown id", 404, () => json("/api/poll?id=nobody")],
    ["no id", 404, () => json("/api/poll")],
    ["an unknown model", 422, () => post("/api/prediction", { ...GEMMA, model: "who/what", input: { prompt: "x" } })],
    [
      "another model's version",
      422,
      () => post("/api/prediction", { ...GEMMA, version: SD3.version, input: { prompt: "x" } }),
    ],
    ["no input", 422, () => post("/api/prediction", GEMMA)],
    ["no prompt", 422, () => post("/api/prediction", { ...GEMMA, input: {} })],
    ["no JSON", 400, () => json("/api/prediction", { method: "POST", body: "{" })],
    ["a GET of the create route", 405, () => json("/api/prediction")],
    ["a POST of the poll route", 405, () => post("/api/poll", {})],
  ];
  for (const [name, status, ask] of cases) {
    await t.test(name, async () => {
      const answer = await ask();
      assert.equal(answer.status, status);
      assert.equal(answer.body.status, status);
      assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
    });
  }
});
