// The constructor, request(), wait(), paginate() and predictions.*.

import { test } from "node:test";
import assert from "node:assert/strict";
import { ApiError, Cog, Replicate, ReplicateHome } from "replicate-wasm";
import { BASE, CANCEL, CREATE, GET, LLAMA, all, connect, failure } from "./client.mjs";
import { virtualTime } from "./virtual-time.mjs";

const input = { prompt: "tea" };

test("the constructor refuses invalid options", () => {
  const wrong = { fetch: true, userAgent: 7, useFileOutput: "yes", fileEncodingStrategy: "hope", headers: { "a b": "c" }, dangerouslyAllowBrowser: 1 };
  for (const [name, value] of Object.entries(wrong)) {
    assert.throws(() => connect({ [name]: value }), { code: "invalid_argument", message: new RegExp(`option ${name} must be`) });
  }
  assert.throws(() => connect({ userAgent: "app\nx-evil: 1" }), { code: "invalid_argument", message: /userAgent/ });
  for (const options of [null, "r8_token", 7, []]) assert.throws(() => new Replicate(options), { code: "invalid_argument", message: /options must be an object/ });
});

test("every call refuses an input that is not a plain object, before anything is sent", async () => {
  const fetch = () => assert.fail("sent");
  const { client } = connect({}, {}, () => fetch);
  const cog = new Cog({ baseUrl: "https://cog.test", fetch });
  for (const input of [new Map(), new Blob(["x"]), new Uint8Array(1), Promise.resolve({}), [], "tea", () => ({})]) {
    const calls = [
      client.run(LLAMA, { input }),
      client.streamText(LLAMA, { input }).next(),
      client.predictions.create({ model: LLAMA, input }),
      client.deployments.predictions.create("a", "b", { input }),
      client.trainings.create("a", "b", "c", { input }),
      cog.run({ input }),
      cog.streamText({ input }).next(),
      ReplicateHome.createAsyncGenerator({ prompt: "tea", input, fetch }).next(),
    ];
    for (const call of calls) await assert.rejects(call, { code: "invalid_argument", message: /^The option input must be an object, not an? / });
  }
});

test("the resources work with a fetch whose answers have no clone()", async () => {
  const answer = { status: 200, ok: true, headers: new Headers(), text: async () => '{"id":"p1"}', json: async () => ({ id: "p1" }) };
  const { client } = connect({}, {}, () => async () => answer);
  assert.equal((await client.predictions.get("p1")).id, "p1");
  assert.equal((await client.predictions.create({ model: LLAMA, input })).id, "p1");
});

/** A server that answers with the request that it got. */
const echo = () => async (url, init) => {
  const request = new Request(url, init);
  return Response.json({ method: request.method, url, type: request.headers.get("content-type"), body: await request.text() });
};

async function asked(route, options) {
  const { client } = connect({}, {}, echo);
  return (await client.request(route, options)).json();
}

test("request() sends its options and resolves to the Response", async () => {
  assert.deepEqual(await asked("/account"), { method: "GET", url: `${BASE}/account`, type: null, body: "" });
  const params = { a: 1, b: "x y", c: undefined, d: null, e: false };
  assert.equal((await asked("/models", { params })).url, `${BASE}/models?a=1&b=x+y&e=false`);
  assert.equal((await asked("/models?z=1", { params: { a: 1 } })).url, `${BASE}/models?z=1&a=1`);
  assert.deepEqual(await asked("/x", { method: "post", data: { a: [null] } }), { method: "POST", url: `${BASE}/x`, type: "application/json", body: '{"a":[null]}' });
  const search = await asked("/models", { method: "QUERY", data: "llama", headers: { "Content-Type": "text/plain" } });
  assert.deepEqual(search, { method: "QUERY", url: `${BASE}/models`, type: "text/plain", body: "llama" });
  const form = new FormData();
  form.append("content", new Blob(["pixels"]));
  const upload = await asked("/files", { method: "POST", data: form });
  assert.match(upload.type, /^multipart\/form-data; boundary=/);
  assert.match(upload.body, /pixels/);
  for (const method of ["PUT", "PATCH", "DELETE"]) assert.equal((await asked("/x", { method })).method, method);
});

test("request() sends any method unchanged, also HEAD and OPTIONS", async () => {
  for (const method of ["HEAD", "OPTIONS"]) assert.equal((await asked("/x", { method })).method, method);
  for (const method of ["GET /y", "", "日"]) {
    const error = await failure(connect().client.request("/x", { method }));
    assert.deepEqual([error.code, /^The option method must be/.test(error.message)], ["invalid_argument", true], method);
  }
});

test("request() rejects with an ApiError that has the request and the unread response", async () => {
  const { client } = connect();
  const error = await failure(client.request("/models/nobody/nothing"));
  assert.ok(error instanceof ApiError);
  assert.deepEqual([error.name, error.code, error.status], ["ReplicateError", "http", 404]);
  assert.match(error.message, /^GET .*\/v1\/models\/nobody\/nothing was answered with status 404: The requested resource/);
  assert.deepEqual(error.request, { method: "GET", url: `${BASE}/models/nobody/nothing` });
  assert.ok(!Object.keys(error).includes("response"), "a log does not show it");
  assert.equal(error.response.status, 404);
  assert.equal((await error.response.json()).title, "Not found");
});

test("request() refuses an invalid route and invalid options", async () => {
  const { client, requests } = connect();
  for (const route of [undefined, 7, null, {}]) assert.equal((await failure(client.request(route))).code, "invalid_argument");
  assert.equal((await failure(client.request("/x", "GET"))).code, "invalid_argument");
  assert.equal(requests.length, 0);
});

test("the body of a Response can be read after the call, and the signal still aborts it", async () => {
  const abort = new AbortController();
  let source;
  const between = () => async (_, init) => {
    const body = new ReadableStream({ start: (controller) => (source = controller) });
    init.signal.addEventListener("abort", () => source.error(init.signal.reason));
    return new Response(body);
  };
  const response = await connect({}, {}, between).client.request("/x", { signal: abort.signal });
  const text = failure(response.text());
  abort.abort();
  assert.equal(await text, abort.signal.reason);
});

test("request() works without its client as `this`", async () => {
  const { request } = connect().client;
  assert.equal((await request("/account")).status, 200);
});

test("no timer of an ended call keeps the process alive", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const { client } = connect();
  const calls = {
    "request()": () => client.request("/account"),
    "a request() that fails": () => client.request("/models/nobody/nothing"),
    "models.list": () => client.models.list(),
    "predictions.create": () => client.predictions.create({ model: LLAMA, input }),
    run: () => client.run(LLAMA, { input }),
    "a run that fails": () => client.run(LLAMA, { input: { prompt: "[fail] tea" } }),
    stream: () => all(client.stream(LLAMA, { input })),
  };
  for (const [name, call] of Object.entries(calls)) {
    await call().catch(() => {});
    assert.equal(timers(), before, name);
  }
});

test("predictions.create resolves at once, or after the option wait", async (t) => {
  const time = virtualTime(t);
  const { client, requests } = connect({}, { stepMs: 100, clock: time.clock });
  const created = await time.of(client.predictions.create({ model: LLAMA, input, webhook: "https://app.example/hook" }));
  assert.equal(created.status, "starting");
  assert.equal(requests[0].headers.prefer, undefined);
  assert.deepEqual(requests[0].body, { input, webhook: "https://app.example/hook" });
  const partial = await time.of(client.predictions.create({ model: LLAMA, input, wait: 2 }));
  assert.equal(partial.status, "processing");
  assert.equal(requests[1].headers.prefer, "wait=2");
  const whole = await time.of(client.predictions.create({ version: partial.version, input, wait: true }));
  assert.equal(whole.status, "succeeded");
  assert.equal(requests[2].headers.prefer, "wait");
  assert.equal((await client.predictions.get(whole.id)).output.join(""), whole.output.join(""));
  assert.equal((await client.predictions.list()).results.length, 3);
});

test("predictions.cancel cancels a running prediction and does not change a finished one", async () => {
  const { client } = connect();
  const running = await client.predictions.create({ model: LLAMA, input: { prompt: "[hang] tea" } });
  assert.equal((await client.predictions.cancel(running.id)).status, "canceled");
  const finished = await client.predictions.create({ model: LLAMA, input, wait: true });
  assert.equal((await client.predictions.cancel(finished.id)).status, "succeeded");
});

test("wait() polls at the interval until the prediction has ended, and resolves to it", async (t) => {
  for (const [options, interval] of [[undefined, 500], [{ interval: 3000 }, 3000]]) {
    const time = virtualTime(t);
    const { client, requests, count } = connect({}, { stepMs: 200, clock: time.clock });
    const created = await client.predictions.create({ model: LLAMA, input });
    const ended = await time.of(client.wait(created, options));
    assert.equal(ended.status, "succeeded");
    assert.ok(ended.output.length > 10);
    assert.ok(count(GET) > 3);
    const pauses = requests.slice(2).map(({ at }, i) => at - requests[i + 1].at);
    for (const pause of pauses) assert.ok(pause >= interval && pause <= interval + 1, `${pause} ms`);
    t.mock.restoreAll();
  }
});

test("wait() sends nothing for a prediction that has ended", async () => {
  const { client, requests } = connect();
  for (const status of ["succeeded", "canceled", "aborted"]) {
    const prediction = { id: "p1", status };
    assert.equal(await client.wait(prediction), prediction);
  }
  const error = await failure(client.wait({ id: "p1", status: "failed", error: "No luck", logs: "loading" }));
  assert.deepEqual([error.code, error.message, error.predictionId, error.logs], ["failed", "Prediction failed: No luck", "p1", "loading"]);
  const words = await Promise.all([undefined, null, { why: "luck" }].map((error) => failure(client.wait({ id: "p1", status: "failed", error }))));
  assert.deepEqual(words.map(({ message }) => message), ["Prediction failed", "Prediction failed", 'Prediction failed: {"why":"luck"}']);
  assert.equal(requests.length, 0);
});

test("wait() rejects for a prediction that fails, and resolves to one that was canceled", async () => {
  const { client } = connect();
  const create = (prompt) => client.predictions.create({ model: LLAMA, input: { prompt } });
  assert.equal((await failure(client.wait(await create("[fail: No luck] tea")))).message, "Prediction failed: No luck");
  for (const status of ["canceled", "aborted"]) assert.equal((await client.wait(await create(`[${status}] tea`))).status, status);
});

test("wait() ends when stop returns true, and leaves the prediction running", async (t) => {
  const time = virtualTime(t);
  const { client, predictions, count } = connect({}, { clock: time.clock });
  const created = await client.predictions.create({ model: LLAMA, input: { prompt: "[hang] tea" } });
  const seen = [];
  const stopped = await time.of(client.wait(created, {}, async (prediction) => seen.push(prediction) === 3));
  assert.equal(stopped, seen[2]);
  assert.equal(count(GET), 3);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(count(CANCEL), 0);
  assert.equal(predictions()[0].status, "processing");
});

test("an aborted signal ends wait() and leaves the prediction running", async (t) => {
  const time = virtualTime(t);
  const { client, predictions, count } = connect({}, { clock: time.clock });
  const created = await client.predictions.create({ model: LLAMA, input: { prompt: "[hang] tea" } });
  const abort = new AbortController();
  const waiting = failure(client.wait(created, { signal: abort.signal }));
  await time.until(() => count(GET) === 2);
  abort.abort();
  assert.equal(await waiting, abort.signal.reason);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(count(CANCEL), 0);
  assert.equal(predictions()[0].status, "processing");
});

test("wait() refuses anything but a prediction", async () => {
  for (const prediction of [undefined, null, "p1", {}, { status: "starting" }]) {
    assert.equal((await failure(connect().client.wait(prediction))).code, "invalid_argument");
  }
});

test("paginate() fetches a page when it is read, and none after a break", async () => {
  const { client, count, requests } = connect({}, { pageSize: 3 });
  for (let i = 0; i < 8; i++) await client.predictions.create({ model: LLAMA, input });
  requests.length = 0;
  const { list } = client.predictions;
  for await (const page of client.paginate(list)) {
    assert.equal(page.length, 3);
    break;
  }
  assert.equal(requests.length, 1);
  assert.deepEqual((await all(client.paginate(list))).map((page) => page.length), [3, 3, 2]);
  assert.equal(requests.length, 4);
  assert.equal(count(CREATE), 0);
});
