import assert from "node:assert/strict";
import { test } from "node:test";
import { createRelay } from "../../src/relay/index.js";

const relay = createRelay({
  token: "r8_x",
  origins: ["https://app.example"],
  authorize: (request) => (request.headers.get("cookie") === "banned" ? new Response("no", { status: 403 }) : "alice"),
  allow: ["hardware"],
  fetch: async () => Response.json([], { headers: { "retry-after": "1", "access-control-allow-origin": "*" } }),
});
const ask = (headers, method = "GET") => relay(new Request("https://relay.example/v1/hardware", { method, headers }));
const cors = (response) => Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control")));

for (const [name, headers] of [
  ["a page of the relay's own site", { "sec-fetch-site": "same-origin" }],
  ["a page of the relay's own site that posts", { "sec-fetch-site": "same-origin", origin: "https://relay.example" }],
  ["a page of its own site in a browser without Sec-Fetch-Site", { origin: "https://relay.example" }],
  ["a page of its own site behind a proxy that changes the host", { "sec-fetch-site": "same-origin", origin: "https://public.example" }],
  ["a page of a listed site", { "sec-fetch-site": "cross-site", origin: "https://app.example" }],
  ["a program", {}],
]) {
  test(`${name} is allowed`, async () => assert.equal((await ask(headers)).status, 200));
}

test("the relay's own host is that of the Host header, not of the request's URL", async () => {
  const prediction = { id: "p1", status: "starting", urls: { get: "https://api.replicate.com/v1/predictions/p1" } };
  const options = { token: "r8_x", authorize: () => "alice", models: ["meta/*"], fetch: async () => Response.json(prediction, { status: 201 }) };
  const create = async (host, more) => {
    const headers = { host, origin: "https://shop.example", "content-type": "application/json" };
    const url = "https://localhost:3000/relay/v1/models/meta/llama/predictions";
    return createRelay({ ...options, ...more })(new Request(url, { method: "POST", headers, body: '{"input":{}}' }));
  };
  const { urls } = await (await create("shop.example")).json();
  assert.match(urls.get, /^https:\/\/shop\.example\/relay\/v1\/predictions\//);
  assert.equal((await create("other.example")).status, 403);
  assert.equal((await create("no host")).status, 403);
  const told = await (await create("inner.example", { publicOrigin: "https://shop.example" })).json();
  assert.match(told.urls.get, /^https:\/\/shop\.example\//);
});

test("a listed site gets exactly its own origin, with credentials", async () => {
  const answer = await ask({ origin: "https://app.example" });
  assert.deepEqual(cors(answer), {
    "access-control-allow-origin": "https://app.example",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "Retry-After, Date",
  });
  assert.equal(answer.headers.get("vary"), "Origin");
});

test("the relay's own site gets no credentials header, and a program or an unknown host no CORS headers", async () => {
  assert.deepEqual(Object.keys(cors(await ask({ origin: "https://relay.example" }))), [
    "access-control-allow-origin",
    "access-control-expose-headers",
  ]);
  assert.deepEqual(cors(await ask({})), {});
  assert.deepEqual(cors(await ask({ origin: "https://public.example", "sec-fetch-site": "same-origin" })), {});
});

test("a preflight of a listed site allows the methods and headers of the clients", async () => {
  const answer = await ask({ origin: "https://app.example", "access-control-request-method": "QUERY" }, "OPTIONS");
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get("access-control-allow-methods"), "GET, POST, PUT, PATCH, DELETE, QUERY");
  assert.equal(answer.headers.get("access-control-allow-headers"), "Authorization, Content-Type, Prefer, Cancel-After, Last-Event-ID");
  assert.equal(answer.headers.get("access-control-allow-credentials"), "true");
});

test("a listed site can read a refusal", async () => {
  for (const headers of [{ cookie: "banned" }, { "content-encoding": "gzip" }]) {
    const answer = await ask({ origin: "https://app.example", ...headers });
    assert.ok(answer.status >= 400);
    assert.equal(answer.headers.get("access-control-allow-origin"), "https://app.example");
  }
});

test("every answer has Vary: Origin, so that no cache mixes sites", async () => {
  for (const headers of [{}, { origin: "https://evil.example" }, { origin: "https://app.example" }]) {
    assert.equal((await ask(headers)).headers.get("vary"), "Origin");
  }
});

for (const origin of [
  "tauri://localhost",
  "capacitor://localhost",
  "ionic://localhost",
  "app://",
  "app://bundle",
  "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
  "moz-extension://5f1a2b3c-0000-4000-8000-123456789abc",
  "vscode-webview://0a1b2c3d",
]) {
  test(`the app ${origin} is allowed only if it is listed`, async () => {
    const options = { token: "r8_x", authorize: () => "alice", allow: ["hardware"], fetch: async () => Response.json([]) };
    const request = () => new Request("https://relay.example/v1/hardware", { headers: { origin, "sec-fetch-site": "cross-site" } });
    assert.equal((await createRelay(options)(request())).status, 403);
    const answer = await createRelay({ ...options, origins: [origin] })(request());
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), origin);
  });
}

test("a preflight allows further headers of an option", async () => {
  const options = { token: "r8_x", authorize: () => "alice", origins: ["https://app.example"], allowHeaders: ["X-Session", "X-Trace"] };
  const headers = { origin: "https://app.example", "access-control-request-headers": "x-session" };
  const answer = await createRelay(options)(new Request("https://relay.example/v1/predictions", { method: "OPTIONS", headers }));
  assert.match(answer.headers.get("access-control-allow-headers"), /, X-Session, X-Trace$/);
});
