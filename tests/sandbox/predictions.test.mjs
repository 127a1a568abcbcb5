import { test } from "node:test";
import assert from "node:assert/strict";
import { GEMMA, HELLO, startSandbox } from "./ask.mjs";
import { createVirtualClock, turn } from "./virtual-clock.mjs";

const LLAMA = "/v1/models/meta/meta-llama-3-8b-instruct/predictions";

test("a community model runs by version only, and an official one by name too", async () => {
  const { post, json } = startSandbox();
  const byName = await post(`/v1/models/${HELLO.model}/predictions`, { input: { text: "Alice" } });
  assert.equal(byName.status, 404);
  assert.equal((await post(`/v1/models/${GEMMA.model}/predictions`, { input: { prompt: "x" } })).status, 404);

  const created = await post("/v1/predictions", { version: HELLO.version, input: { text: "Alice" } });
  assert.equal(created.status, 201);
  assert.equal(created.body.model, HELLO.model);
  assert.equal((await json(created.body.urls.get)).body.output, "hello Alice");
  assert.equal((await post(LLAMA, { input: { prompt: "x" } })).status, 201);
});

test("any JSON value can be the output, also a falsy one", async () => {
  const { create, get } = startSandbox();
  for (const value of [0, false, "", null, [], {}, { a: [1, null] }, "text", 1.5]) {
    const prediction = await get(await create({ value }, { model: "sandbox/echo" }));
    assert.equal(prediction.status, "succeeded");
    assert.deepEqual(prediction.output, value);
  }
});

test("Prefer: wait answers 201 with the finished prediction when it has ended", async () => {
  const clock = createVirtualClock();
  const { post } = startSandbox({ stepMs: 10, clock });
  const asked = clock.now();
  const answer = post(LLAMA, { input: { prompt: "hi", max_tokens: 3 } }, { headers: { Prefer: "wait" } });
  await clock.advance(60_000);
  const { status, body } = await answer;
  assert.equal(status, 201);
  assert.equal(body.status, "succeeded");
  assert.equal(body.output.length, 3);
  assert.equal(Date.parse(body.completed_at) - asked, 60, "two cold steps, the start, three tokens, the end");
});

test("Prefer: wait=n answers 202 with the unfinished prediction after n seconds", async () => {
  const clock = createVirtualClock();
  const { post } = startSandbox({ stepMs: 1000, clock });
  let answered;
  post(LLAMA, { input: { prompt: "hi" } }, { headers: { Prefer: "wait=5" } }).then((answer) => (answered = answer));
  await clock.advance(4999);
  assert.equal(answered, undefined);
  await clock.advance(1);
  assert.equal(answered.status, 202);
  assert.equal(answered.body.status, "processing");
  assert.ok(answered.body.output.length > 0, "the output is partial");
});

test("with stepMs 0 a create does not wait for a prediction that hangs", async () => {
  const { post } = startSandbox();
  const { status, body } = await post(LLAMA, { input: { prompt: "[hang] hi" } }, { headers: { Prefer: "wait=60" } });
  assert.equal(status, 202);
  assert.equal(body.status, "processing");
});

test("a malformed Prefer is ignored", async () => {
  const { post } = startSandbox();
  for (const Prefer of ["wait=0", "wait=soon", "respond-async", "wait=-1", "waits"]) {
    const { status, body } = await post(LLAMA, { input: { prompt: "hi" } }, { headers: { Prefer } });
    assert.equal(status, 201);
    assert.equal(body.status, "starting", Prefer);
  }
});

test("a cancel keeps the output so far and ends a sync wait at once", async () => {
  const clock = createVirtualClock();
  const { sandbox, post, json } = startSandbox({ stepMs: 100, clock });
  const waiting = post(LLAMA, { input: { prompt: "hi" } }, { headers: { Prefer: "wait" } });
  await clock.advance(500);
  const [id] = sandbox.predictions.keys();
  const canceled = await post(`/v1/predictions/${id}/cancel`);
  assert.equal(canceled.body.status, "canceled");
  assert.equal((await waiting).body.status, "canceled");
  assert.equal((await waiting).status, 201);

  await clock.advance(60_000);
  const later = (await json(`/v1/predictions/${id}`)).body;
  assert.equal(later.status, "canceled");
  assert.equal(later.output.length, 3);
  assert.equal(later.completed_at, canceled.body.completed_at);
});

test("cancelling a finished prediction changes nothing", async () => {
  const { create, get, post } = startSandbox();
  const prediction = await create({ prompt: "hi" });
  const before = await get(prediction);
  assert.equal(before.status, "succeeded");
  assert.deepEqual((await post(prediction.urls.cancel)).body, before);
});

test("a cancel before the start gives canceled, not aborted", async () => {
  const { create, post } = startSandbox({ stepMs: 100, clock: createVirtualClock() });
  const prediction = await create({ prompt: "hi" }, { headers: { "Cancel-After": "90s" } });
  const { body } = await post(prediction.urls.cancel);
  assert.equal(body.status, "canceled");
  assert.equal(body.started_at, undefined);
});

test("Cancel-After aborts a prediction that has not started and cancels one that has", async () => {
  for (const [header, prompt, status, seconds] of [
    ["90s", "[cold: 1000] hi", "aborted", 90],
    ["1m", "[hang] hi", "canceled", 60],
    ["1h30m", "[hang] hi", "canceled", 5400],
    ["10s", "hi", "succeeded", undefined],
  ]) {
    const clock = createVirtualClock();
    const { create, get } = startSandbox({ stepMs: 100, clock });
    const prediction = await create({ prompt, max_tokens: 5 }, { headers: { "Cancel-After": header } });
    await clock.advance(3 * 60 * 60 * 1000);
    const ended = await get(prediction);
    assert.equal(ended.status, status, header);
    if (seconds) assert.equal((Date.parse(ended.completed_at) - Date.parse(ended.created_at)) / 1000, seconds);
  }
});

test("a malformed Cancel-After is refused, since it limits the cost", async () => {
  const { sandbox, post } = startSandbox();
  for (const header of ["", "90", "s", "1m1h", "-5s", "0s", "soon"]) {
    assert.equal(
      (await post(LLAMA, { input: { prompt: "hi" } }, { headers: { "Cancel-After": header } })).status,
      400,
      header,
    );
  }
  assert.equal(sandbox.predictions.size, 0);
});

test("an invalid body is a 422 that names every invalid field", async () => {
  const { post } = startSandbox();
  const { status, body } = await post("/v1/predictions", {
    input: [],
    colour: "red",
    webhook_events_filter: ["start", "never"],
  });
  assert.equal(status, 422);
  assert.equal(body.title, "Input validation failed");
  assert.deepEqual(
    body.invalid_fields.map(({ type, field }) => [type, field]),
    [
      ["required", "(root)"],
      ["invalid_type", "input"],
      ["additional_property_not_allowed", "(root)"],
      ["enum", "webhook_events_filter.1"],
    ],
  );
  assert.match(body.detail, /^- \(root\): version is required\n/);
});

test("the input is validated by the model's schema", async () => {
  const { post } = startSandbox();
  const flux = "/v1/models/black-forest-labs/flux-schnell/predictions";
  for (const [input, field] of [
    [{}, "input"],
    [{ prompt: 5 }, "input.prompt"],
    [{ prompt: "x", num_outputs: 5 }, "input.num_outputs"],
    [{ prompt: "x", num_outputs: 0 }, "input.num_outputs"],
    [{ prompt: "x", num_outputs: 1.5 }, "input.num_outputs"],
  ]) {
    const { status, body } = await post(flux, { input });
    assert.equal(status, 422);
    assert.equal(body.invalid_fields[0].field, field);
  }
});

test("an unknown version is a 422", async () => {
  const { post } = startSandbox();
  const { status, body } = await post("/v1/predictions", { version: "0".repeat(64), input: {} });
  assert.equal(status, 422);
  assert.equal(body.title, "Invalid version or not permitted");
});

test("lists have pages, the newest first, and rows created in the meantime do not shift them", async () => {
  const { create, json } = startSandbox({ pageSize: 2 });
  const ids = [];
  for (let i = 0; i < 5; i++) ids.unshift((await create({ prompt: `${i}` })).id);
  const shown = ({ body }) => body.results.map(({ id }) => id);

  const first = await json("https://example.com/relay/v1/predictions");
  assert.deepEqual(shown(first), ids.slice(0, 2));
  assert.equal(first.body.previous, null);
  assert.match(first.body.next, /^https:\/\/example\.com\/relay\/v1\/predictions\?cursor=/);

  await create({ prompt: "newcomer" });
  const second = await json(first.body.next);
  assert.deepEqual(shown(second), ids.slice(2, 4));
  const third = await json(second.body.next);
  assert.deepEqual(shown(third), ids.slice(4));
  assert.equal(third.body.next, null);
  assert.deepEqual(shown(await json(third.body.previous)), shown(second));
  assert.equal((await json("/v1/predictions?cursor=nonsense!")).status, 404);
});

test("a list can be paged to its end and back, one row at a time", async () => {
  const { create, json } = startSandbox({ pageSize: 1 });
  for (let i = 0; i < 3; i++) await create({ prompt: "tea" });
  const walk = async (url, direction) => {
    const { body } = await json(url);
    return [body.results[0].id, ...(body[direction] ? await walk(body[direction], direction) : [])];
  };
  const { body: first } = await json("/v1/predictions");
  const forth = await walk("/v1/predictions", "next");
  assert.equal(forth.length, 3);
  const { body: second } = await json(first.next);
  const { body: last } = await json(second.next);
  assert.deepEqual([last.results[0].id, ...(await walk(last.previous, "previous"))], forth.reverse());
});

test("with the option token the API answers 401 without it, and streams and pictures need none", async () => {
  const { sandbox, json, create } = startSandbox({ token: "secret" });
  for (const headers of [
    {},
    { Authorization: "Bearer wrong" },
    { Authorization: "secret" },
    { Authorization: "Token secret" },
  ]) {
    const { status, body } = await json("/v1/account", { headers });
    assert.equal(status, 401);
    assert.deepEqual(body, {
      title: "Unauthenticated",
      detail: "You did not pass a valid authentication token",
      status: 401,
    });
  }
  const headers = { Authorization: "Bearer secret", Prefer: "wait" };
  assert.equal((await json("/v1/account", { headers })).status, 200);
  const prediction = await create({ prompt: "x" }, { model: "black-forest-labs/flux-schnell", headers });
  assert.equal((await sandbox(prediction.urls.stream)).status, 200);
  assert.equal((await sandbox(prediction.output[0])).status, 200);
  assert.ok(!prediction.urls.stream.split("/stream/")[1].includes(prediction.id), "a stream's URL cannot be guessed from the id");
});

test("`predictions` has all accepted predictions in their current state", async () => {
  const clock = createVirtualClock();
  const { sandbox, create, post } = startSandbox({ stepMs: 10, clock });
  const prediction = await create({ prompt: "hi" });
  await post(LLAMA, { input: {} });
  assert.equal(sandbox.predictions.size, 1, "a refused create adds none");
  assert.equal(sandbox.predictions.get(prediction.id).status, "starting");
  await clock.advance(25);
  assert.equal(sandbox.predictions.get(prediction.id).status, "processing");
  await post(prediction.urls.cancel);
  assert.equal(sandbox.predictions.get(prediction.id).status, "canceled");
});

test("the newest thousand predictions and all running ones are kept", async () => {
  const { sandbox, create } = startSandbox();
  const running = await create({ prompt: "[hang]" });
  const oldest = await create({ value: 0 }, { model: "sandbox/echo" });
  for (let i = 0; i < 999; i++) await create({ value: i }, { model: "sandbox/echo" });
  assert.equal(sandbox.predictions.size, 1000);
  assert.ok(sandbox.predictions.has(running.id));
  assert.ok(!sandbox.predictions.has(oldest.id));
});

test("an idle prediction has no timers", async () => {
  const clock = createVirtualClock();
  const { create } = startSandbox({ stepMs: 10, clock });
  await create({ prompt: "hi" });
  await turn();
  assert.equal(clock.sleepers, 0);
});
