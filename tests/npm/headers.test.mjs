// The caller's headers and credentials: where they go, and when their function is called.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Cog, ReplicateHome } from "replicate-wasm";
import { BASE, CANCEL, LLAMA, TOKEN, all, connect, failure, streamsAt } from "./client.mjs";
import { answering, recorded, until } from "./requests.mjs";

const input = { prompt: "tea" };

test("a header function is called for each request", async () => {
  let asked = 0;
  for (const headers of [() => ({ "x-session": `s${++asked}` }), async () => new Headers({ "x-session": `s${++asked}` }), () => [["x-session", `s${++asked}`]]]) {
    asked = 0;
    const { client, requests } = connect({ headers });
    await client.streamText(LLAMA, { input }).text();
    await client.models.list();
    assert.deepEqual(requests.map(({ headers }) => headers["x-session"]), requests.map((_, i) => `s${i + 1}`));
    assert.equal(asked, requests.length);
  }
});

test("a header function is called once more after a 401", async () => {
  let session = 0;
  const expired = (fetch) => async (url, init) => (init.headers.get("x-session") === "s1" ? new Response("expired", { status: 401 }) : fetch(url, init));
  const { client, requests } = connect({ headers: () => ({ "x-session": `s${++session}` }) }, {}, expired);
  assert.ok(await client.run(LLAMA, { input }));
  assert.deepEqual(requests.map(({ headers }) => headers["x-session"]), ["s1", "s2"]);

  const never = connect({ headers: () => ({}) }, {}, () => async () => new Response("no", { status: 401 }));
  assert.equal((await failure(never.client.models.list())).status, 401);
  assert.equal(never.requests.length, 2);
});

test("undefined and null are no headers, and any other wrong value is an error", async () => {
  for (const nothing of [undefined, null, {}]) {
    const { client, requests } = connect({ headers: () => nothing });
    await client.models.list();
    assert.equal(requests.length, 1);
  }
  for (const wrong of [7, "x", { "no name": "x" }, { name: "a\nb" }]) {
    const { client, requests } = connect({ headers: async () => wrong });
    const { code, message } = await failure(client.models.list());
    assert.deepEqual([code, message], ["invalid_argument", "The function headers must return an object of names and values that HTTP allows"]);
    assert.deepEqual(requests, []);
  }
});

test("Cog and the provider call a header function too", async () => {
  let asked = 0;
  const headers = () => ({ "x-session": `s${++asked}` });
  const fetch = recorded(answering({ id: "p1" }, { id: "p1", status: "succeeded", output: ["tea"] }));
  await all(ReplicateHome.createAsyncGenerator({ prompt: "tea", fetch, pollIntervalMs: 0, headers }));
  assert.deepEqual(fetch.requests.map(({ headers }) => headers["x-session"]), ["s1", "s2"]);

  asked = 0;
  const cogFetch = recorded(async () => Response.json({ status: "READY" }));
  await new Cog({ baseUrl: "http://cog.test", fetch: cogFetch, headers }).health();
  assert.equal(cogFetch.requests[0].headers["x-session"], "s1");
});

test("the provider sends the original's page headers to Replicate's host, but not to a relay", async () => {
  for (const [proxy, origin] of [["https://relay.test", undefined], [undefined, "https://replicate.com"]]) {
    const fetch = recorded(answering({ id: "p1", status: "succeeded", output: ["tea"] }));
    await all(ReplicateHome.createAsyncGenerator({ prompt: "tea", fetch, proxy }));
    assert.equal(fetch.requests[0].headers.origin, origin);
    assert.equal(fetch.requests[0].headers.referer, origin && `${origin}/`);
    assert.equal("user-agent" in fetch.requests[0].headers, Boolean(origin));
  }
});

test("credentials go to the base URL's origin only", async () => {
  const { client, requests } = connect({ credentials: "include" }, {}, streamsAt("https://stream.example"));
  await client.streamText(LLAMA, { input }).text();
  for (const { url, init } of requests) assert.equal(init.credentials, url.startsWith(BASE) ? "include" : undefined, url);
  assert.ok(requests.some(({ url }) => !url.startsWith(BASE)));

  const plain = connect();
  await plain.client.models.list();
  assert.equal("credentials" in plain.requests[0].init, false);
  assert.throws(() => connect({ credentials: "always" }), { code: "invalid_argument", message: /credentials must be a string: omit, same-origin or include$/ });
});

test("cancelAfter of the client goes with each create, and that of a call replaces it", async () => {
  const { client, requests } = connect({ cancelAfter: "90s" });
  await client.run(LLAMA, { input });
  await client.run(LLAMA, { input, cancelAfter: "5m" });
  await client.predictions.create({ model: LLAMA, input });
  await client.predictions.create({ model: LLAMA, input, cancelAfter: "5m" });
  await client.streamText(LLAMA, { input }).text();
  const creates = requests.filter(({ init }) => init.method === "POST");
  assert.deepEqual(creates.map(({ headers }) => headers["cancel-after"]), ["90s", "5m", "90s", "5m", "90s"]);
  assert.ok(requests.every(({ init, headers }) => init.method === "POST" || !headers["cancel-after"]));
  for (const cancelAfter of ["soon", 90, ""]) assert.throws(() => connect({ cancelAfter }), { code: "invalid_argument", message: /cancelAfter/ });
});

test("a call that reaches timeoutMs cancels its prediction unless cancelOnBreak is false", async () => {
  for (const cancelOnBreak of [undefined, false]) {
    const { client, count, lines } = connect({ timeoutMs: 50 }, { stepMs: 1000 });
    const error = await failure(client.streamText(LLAMA, { input: { prompt: "[hang] tea" }, cancelOnBreak }).text());
    assert.equal(error.code, "timeout");
    if (cancelOnBreak === undefined) await until(() => count(CANCEL) === 1);
    else for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    assert.equal(count(CANCEL), cancelOnBreak === undefined ? 1 : 0, lines().join());
  }
});

test("an empty token from any source is not sent", async (t) => {
  const saved = process.env.REPLICATE_API_TOKEN;
  t.after(() => (saved === undefined ? delete process.env.REPLICATE_API_TOKEN : (process.env.REPLICATE_API_TOKEN = saved)));
  for (const [variable, auth, expected] of [["", undefined, undefined], [TOKEN, undefined, `Bearer ${TOKEN}`], [TOKEN, "", undefined]]) {
    process.env.REPLICATE_API_TOKEN = variable;
    const { client, requests } = connect({ auth });
    await client.models.list();
    assert.equal(requests[0].headers.authorization, expected);
  }
});
