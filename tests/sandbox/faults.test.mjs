import { test } from "node:test";
import assert from "node:assert/strict";
import { createSandbox } from "../../src/sandbox/index.js";
import { startSandbox } from "./ask.mjs";
import { createVirtualClock } from "./virtual-clock.mjs";

const ROUTE = "/v1/models/meta/meta-llama-3-8b-instruct/predictions";
const orderOf = (prompt) => ({ method: "POST", body: JSON.stringify({ input: { prompt } }) });

test("[429: 2] refuses two creates, accepts the third, and then starts again", async () => {
  const { sandbox, json } = startSandbox();
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await json(ROUTE, orderOf("[429: 2] hi"))).status);
  assert.deepEqual(statuses, [429, 429, 201, 429, 429, 201]);
  assert.equal(sandbox.predictions.size, 2);
});

test("[429] has the pause in the header, the body and the detail", async () => {
  for (const [stepMs, seconds, words] of [
    [0, 0, "0 seconds"],
    [60, 1, "1 second"],
  ]) {
    const { json } = startSandbox({ stepMs });
    const { headers, body } = await json(ROUTE, orderOf("[429] hi"));
    assert.equal(headers.get("Retry-After"), String(seconds));
    assert.equal(body.retry_after, seconds);
    assert.equal(body.detail, `Request was throttled. Expected available in ${words}.`);
  }
});

test("[500] accepts no create, and [500@get: 1] hits the first poll only", async () => {
  const { sandbox, json, create } = startSandbox();
  assert.equal((await json(ROUTE, orderOf("[500] hi"))).status, 500);
  assert.equal(sandbox.predictions.size, 0);
  const prediction = await create({ prompt: "[500@get: 1] hi" });
  assert.deepEqual([(await json(prediction.urls.get)).status, (await json(prediction.urls.get)).status], [500, 200]);
});

test("a fault with a route hits only that request", async () => {
  const { json, post, create } = startSandbox();
  const prediction = await create({ prompt: "[429@cancel] [500@stream] [hang] hi" });
  assert.equal((await json(prediction.urls.get)).status, 200);
  assert.equal((await json(prediction.urls.stream)).status, 500);
  assert.equal((await post(prediction.urls.cancel)).status, 429);
  assert.equal((await json(prediction.urls.get)).body.status, "processing", "the refused cancel has no effect");
});

test("[drop] rejects like fetch, but the create was accepted", async () => {
  const { sandbox } = startSandbox();
  await assert.rejects(sandbox(ROUTE, orderOf("[drop] hi")), { name: "TypeError", code: "ECONNRESET" });
  assert.equal(sandbox.predictions.size, 1);
});

test("[cut] breaks the body of the answer in the middle", async () => {
  const { sandbox } = startSandbox();
  const response = await sandbox(ROUTE, orderOf("[cut] hi"));
  assert.equal(response.status, 201);
  const reader = response.body.getReader();
  const half = new TextDecoder().decode((await reader.read()).value);
  assert.match(half, /^\{"id":/);
  assert.throws(() => JSON.parse(half));
  await assert.rejects(reader.read(), { code: "ECONNRESET" });
});

test("[html] replaces the answer, and [text-json] wraps it in HTML", async () => {
  const { sandbox } = startSandbox();
  const page = await sandbox(ROUTE, orderOf("[html] hi"));
  assert.equal(page.status, 200);
  assert.match(page.headers.get("Content-Type"), /^text\/html/);
  assert.doesNotMatch(await page.text(), /[{}]/);

  const mislabelled = await sandbox(ROUTE, orderOf("[text-json] hi"));
  assert.match(mislabelled.headers.get("Content-Type"), /^text\/html/);
  const [found] = (await mislabelled.text()).match(/\{.*\}/s);
  assert.equal(JSON.parse(found).status, "starting");
});

test("[delay: 500] answers late, and the create is accepted even if the caller aborts", async () => {
  const clock = createVirtualClock();
  const { sandbox } = startSandbox({ clock });
  let answered = false;
  sandbox(ROUTE, orderOf("[delay: 500] hi")).then(() => (answered = true));
  await clock.advance(499);
  assert.equal(answered, false);
  await clock.advance(1);
  assert.equal(answered, true);

  const controller = new AbortController();
  const leaving = sandbox(ROUTE, { ...orderOf("[delay: 500] hello"), signal: controller.signal });
  await clock.advance(100);
  controller.abort();
  await assert.rejects(leaving, { name: "AbortError" });
  assert.equal(sandbox.predictions.size, 2);
});

test("directives shape the life of a prediction", async (t) => {
  const cases = [
    ["[fail]", { status: "failed", error: "CUDA out of memory." }],
    ["[fail: E005 flagged as sensitive]", { status: "failed", error: "E005 flagged as sensitive" }],
    ["[hang]", { status: "processing", completed_at: undefined }],
    ["[null]", { status: "succeeded", output: null }],
    ["[canceled]", { status: "canceled", error: null }],
    ["[aborted]", { status: "aborted", started_at: undefined, output: null }],
  ];
  for (const [directive, expected] of cases) {
    await t.test(directive, async () => {
      const { create, get } = startSandbox();
      const prediction = await get(await create({ prompt: `${directive} Write about tea` }));
      for (const [name, value] of Object.entries(expected)) assert.deepEqual(prediction[name], value, name);
    });
  }
});

test("a prediction that fails or hangs has half of its output", async () => {
  const { create, get } = startSandbox();
  const tokens = ["a", "b", "c", "d", "e", "f"];
  const whole = (await get(await create({ prompt: "Tea" }))).output;
  for (const directive of ["[fail]", "[hang]", "[canceled]"]) {
    const { output } = await get(await create({ prompt: `Tea ${directive}` }));
    assert.ok(output.length > 0 && output.length < whole.length);
    assert.deepEqual(output, whole.slice(0, output.length));
  }
  assert.deepEqual(
    (await get(await create({ tokens, prompt: "[hang]" }, { model: "sandbox/tokens" }))).output,
    tokens.slice(0, 3),
  );
});

test("[cold: n] delays the start, and [slow] every step", async () => {
  const clock = createVirtualClock();
  const { create, get } = startSandbox({ stepMs: 10, clock });
  const usual = await create({ prompt: "tea" });
  const cold = await create({ prompt: "tea [cold: 30]" });
  const slow = await create({ prompt: "tea [slow]" });
  await clock.advance(60_000);
  const seconds = async (prediction) => {
    const { created_at, started_at, metrics } = await get(prediction);
    return { start: (Date.parse(started_at) - Date.parse(created_at)) / 1000, ...metrics };
  };
  const [u, c, s] = [await seconds(usual), await seconds(cold), await seconds(slow)];
  assert.equal(u.start, 0.02);
  assert.equal(c.start, 0.3);
  assert.equal(c.predict_time, u.predict_time);
  assert.equal(s.predict_time.toFixed(3), (u.predict_time * 10).toFixed(3));
});

test("the model does not see the directives", async () => {
  const { create, get } = startSandbox();
  const plain = await get(await create({ prompt: "A poem about tea" }));
  const bent = await get(await create({ prompt: "[no-ids] A poem about tea [cold: 1]" }));
  assert.deepEqual(bent.output, plain.output);
});

test("other words in brackets stay in the prompt", async () => {
  const { create, get } = startSandbox();
  const { output } = await get(await create({ prompt: "A poem about [olives]" }));
  assert.match(output.join(""), /Olives/);
});

test("`faults` are directives for every prediction, and an unknown one throws", async () => {
  const { json } = startSandbox({ faults: ["429: 1", "fail: always"] });
  assert.equal((await json(ROUTE, orderOf("hi"))).status, 429);
  const { body } = await json(ROUTE, orderOf("hi"));
  assert.equal((await json(body.urls.get)).body.error, "always");
  assert.throws(() => createSandbox({ faults: ["404"] }), {
    name: "TypeError",
    message: /^createSandbox: faults must be .*; "404" is none, choose from 429, 500, .*, retry-after\.$/,
  });
});
