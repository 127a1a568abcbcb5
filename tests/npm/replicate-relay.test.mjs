// A relay whose answers have URLs of api.replicate.com: no request may go there.

import { test } from "node:test";
import assert from "node:assert/strict";
import { HELLO, LLAMA, TOKEN, all, connect } from "./client.mjs";
import { virtualTime } from "./virtual-time.mjs";

const API = "https://api.replicate.com/v1";
const RELAY = "https://relay.test/replicate/v1";
const behindRelay = (options, sandbox) => connect({ baseUrl: RELAY, ...options }, { apiUrl: API, pageSize: 2, ...sandbox });
const input = { prompt: "tea" };

test("all requests of a prediction go to the relay", async (t) => {
  const time = virtualTime(t);
  const { client, requests, predictions } = behindRelay({}, { clock: time.clock });
  assert.deepEqual(await time.of(client.run(LLAMA, { input, wait: { mode: "poll" } })), predictions()[0].output);
  await time.of(client.run(HELLO, { input: { text: "Alice" } }));
  await time.of(all(client.stream(LLAMA, { input: { prompt: "[drop-stream: 3] tea" } })));
  const left = client.stream(LLAMA, { input: { prompt: "[hang] tea" } });
  await time.of(left.next());
  await time.of(left.cancel());
  const created = await client.predictions.create({ model: LLAMA, input });
  assert.ok(created.urls.get.startsWith(API), "the answer has Replicate's URL");
  await time.of(client.wait(created));
  await time.of(all(client.resume(created.id)));
  await client.predictions.cancel(created.id);
  for (const { url } of requests) assert.ok(url.startsWith("https://relay.test/replicate/"), url);
  assert.equal(predictions().filter(({ status }) => status === "canceled").length, 1);
});

test("the next pages of a list are fetched from the relay, each once", async () => {
  const { client, requests } = behindRelay();
  const models = (await all(client.paginate(client.models.list))).flat();
  assert.ok(models.length > 4);
  assert.equal(new Set(models.map(({ owner, name }) => `${owner}/${name}`)).size, models.length);
  assert.equal(requests.length, Math.ceil(models.length / 2));
  for (const { url, headers } of requests) {
    assert.ok(url.startsWith(`${RELAY}/models`), url);
    assert.equal(headers.authorization, `Bearer ${TOKEN}`);
  }
});

test("request() takes URLs from answers", async () => {
  const { client, requests } = behindRelay();
  const { id, urls } = await client.predictions.create({ model: LLAMA, input });
  assert.equal((await (await client.request(urls.get)).json()).id, id);
  assert.equal((await (await client.request(new URL(urls.cancel), { method: "POST" })).json()).id, id);
  await client.request("http://api.replicate.com/v1/models?cursor=x").catch(() => {}); // Some of Replicate's examples have http:.
  assert.deepEqual(requests.slice(1).map(({ url }) => url), [
    `${RELAY}/predictions/${id}`,
    `${RELAY}/predictions/${id}/cancel`,
    `${RELAY}/models?cursor=x`,
  ]);
});

test("URLs that only look like Replicate's API are not moved to the relay", async () => {
  const urls = ["https://api.replicate.com/v10/models", "https://api.replicate.com.evil.example/v2/models", "https://api.replicate.com/v1models"];
  for (const url of urls) {
    const { client, requests } = connect({ baseUrl: RELAY }, {}, () => async () => Response.json({}));
    await client.request(url);
    assert.equal(requests[0].url, url);
    assert.equal(requests[0].headers.authorization, undefined);
  }
});

test("a route may begin with a slash or not, and a base URL may end with one", async () => {
  for (const [baseUrl, route] of [[RELAY, "/account"], [RELAY, "account"], [`${RELAY}/`, "/account"], [`${RELAY}//?x#y`, "account"]]) {
    const { client, requests } = connect({ baseUrl });
    assert.equal(client.baseUrl, RELAY);
    await client.request(route);
    assert.equal(requests[0].url, `${RELAY}/account`);
  }
});

test("an invalid base URL is refused", () => {
  for (const baseUrl of ["relay", "/relay/v1", "", "ftp://relay.test", "javascript:alert(1)", 7]) {
    assert.throws(() => connect({ baseUrl }), { code: "invalid_argument", message: /baseUrl/ }, String(baseUrl));
  }
});

test("the caller's headers go with each request to the relay", async () => {
  const { client, requests } = behindRelay({ headers: { "x-session": "s" } });
  await client.run(HELLO, { input: { text: "Alice" } });
  await client.streamText(LLAMA, { input }).text();
  await client.hardware.list();
  assert.ok(requests.length > 4);
  for (const { headers } of requests) assert.equal(headers["x-session"], "s");
});
