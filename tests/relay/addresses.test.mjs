/** The relay's own host: how it is found, the URLs in answers, and requests for a foreign host over loopback. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toNodeHandler } from "../../src/relay/index.js";
import { createRequest, makeRelay } from "./requests.mjs";
import { send, sendRaw } from "./send.mjs";
import { listen } from "./upstream.mjs";

const path = "/v1/models/meta/llama/predictions";
const limits = { createsPerMinute: Infinity, running: Infinity, totalRunning: Infinity };
async function base(options, { url = `http://inner.example${path}`, headers } = {}, connection) {
  const answer = await makeRelay({ limits, ...options })(createRequest({ url, headers }), connection);
  const body = await answer.json();
  return answer.status === 201 ? body.urls.get.split("/v1/")[0] : `${answer.status} ${body.detail}`;
}

test("publicUrl as an origin keeps the path of the request", async () => {
  assert.equal(await base({ publicUrl: "https://example.com" }, { url: `http://inner.example/relay${path}` }), "https://example.com/relay");
  assert.equal(await base({ publicUrl: "https://example.com/" }, { url: `http://inner.example/relay${path}` }), "https://example.com/relay");
});

test("publicUrl with a path is the relay's URL behind a proxy that strips a prefix", async () => {
  assert.equal(await base({ publicUrl: "https://example.com/app/relay" }), "https://example.com/app/relay");
  assert.equal(await base({ publicUrl: "https://example.com/app/relay/" }), "https://example.com/app/relay");
  assert.equal(await base({ publicUrl: "https://example.com/app" }, { headers: { origin: "https://example.com" } }), "https://example.com/app");
});

test("publicOrigin still works", async () => {
  assert.equal(await base({ publicOrigin: "https://example.com" }), "https://example.com");
});

const forwarded = { "x-forwarded-host": "example.com", "x-forwarded-proto": "https", "x-forwarded-prefix": "/app" };

test("forwarded headers are used only with the option trustForwarded", async () => {
  assert.equal(await base({}, { headers: forwarded }), "http://inner.example");
  assert.equal(await base({ trustForwarded: true }, { headers: forwarded }), "https://example.com/app");
  assert.equal(
    await base({ trustForwarded: true }, { headers: { forwarded: 'for=10.0.0.1;host="example.com:8443";proto=https, for=10.0.0.2' } }),
    "https://example.com:8443",
  );
  assert.equal(await base({ trustForwarded: true }), "http://inner.example");
});

for (const [name, headers] of [
  ["a scheme that is an address", { "x-forwarded-proto": "https://evil.example/?" }],
  ["a scheme that is an address, in Forwarded", { forwarded: 'proto="https://evil.example/x?";host=inner.example' }],
  ["a scheme that runs code", { "x-forwarded-proto": "javascript" }],
  ["a prefix that is another host", { "x-forwarded-prefix": "//evil.example" }],
  ["a prefix that climbs", { "x-forwarded-prefix": "/..%2f" }],
]) {
  test(`${name} changes nothing`, async () => {
    assert.equal(await base({ trustForwarded: true }, { headers }), "http://inner.example");
  });
}

for (const host of ["no host", "a/b", "a?b", "user@evil.example", "a\\b", "[::1", "example.com:99999"]) {
  test(`the Host "${host}" is answered with 400`, async () => {
    assert.equal(await base({}, { headers: { host } }), "400 The header Host must name a host.");
    const server = await listen(toNodeHandler(makeRelay()));
    const answer = await sendRaw(server.origin, `GET /v1/account HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    await server.close();
    assert.match(answer, /^HTTP\/1\.1 400 [^]*must name a host/);
  });
}

test('a "$" in a path stays a "$" in the answer', async () => {
  const quoted = "No such thing: https://api.replicate.com/v1/models";
  const relay = makeRelay({ fetch: async () => Response.json({ detail: quoted }, { status: 400 }) });
  const answer = await relay(createRequest({ url: `http://relay.example/$&/$'/${path}` }));
  assert.equal(answer.status, 404, "two slashes are no prefix");
  const other = await relay(createRequest({ url: `http://relay.example/$&/$'${path}` }));
  assert.equal((await other.json()).detail, "No such thing: http://relay.example/$&/$'/v1/models");
});

// ---- DNS rebinding

const loopback = { remoteAddress: "127.0.0.1" };
for (const [host, isAnswered] of [
  ["localhost", true],
  ["localhost:8787", true],
  ["app.localhost:8787", true],
  ["127.0.0.1:8787", true],
  ["[::1]:8787", true],
  ["evil.example:8787", false],
  ["localhost.evil.example", false],
  ["127.0.0.1.evil.example", false],
  ["192.168.1.5:8787", false],
  ["example.com", false],
]) {
  test(`over loopback ${host} is ${isAnswered ? "answered" : "refused"}`, async () => {
    for (const remoteAddress of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
      const answer = await base({}, { headers: { host } }, { remoteAddress });
      assert.match(answer, isAnswered ? /^http:/ : /^403 .*set the option publicUrl/);
    }
  });
}

test("over loopback the host of publicUrl is answered, and forwarded headers change nothing", async () => {
  const headers = { host: "example.com" };
  assert.equal(await base({ publicUrl: "https://example.com" }, { headers }, loopback), "https://example.com");
  assert.match(await base({ publicUrl: "https://example.com" }, { headers: { host: "evil.example" } }, loopback), /^403/);
  const rebound = { host: "evil.example:8787", "x-forwarded-host": "evil.example:8787" };
  assert.match(await base({ trustForwarded: true }, { headers: rebound }, loopback), /^403/);
});

test("the second argument of Deno, Bun and Hono on Node gives the connection, and other arguments are ignored", async () => {
  const headers = { host: "evil.example" };
  assert.match(await base({}, { headers }, { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 5000 } }), /^403/);
  assert.match(await base({}, { headers }, { requestIP: () => ({ address: "::1", family: "IPv6", port: 5000 }) }), /^403/);
  assert.match(await base({}, { headers }, { incoming: { socket: { remoteAddress: "::ffff:127.0.0.1" } }, outgoing: {} }), /^403/);
  for (const other of [undefined, null, {}, { incoming: {} }, { params: {} }, { remoteAddress: 5 }, { remoteAddress: "10.0.0.5" }, { requestIP: () => null }]) {
    assert.equal(await base({}, { headers }, other), "http://evil.example");
  }
});

test("a page whose host resolves to this machine (DNS rebinding) creates nothing", async (t) => {
  const sent = [];
  const relay = makeRelay({ authorize: () => "me", fetch: async (url) => (sent.push(url), Response.json({})) });
  // Wrapped in another handler, as for logging.
  const server = await listen(toNodeHandler((request) => relay(request)));
  t.after(server.close);
  const headers = {
    host: `evil.example:${new URL(server.origin).port}`,
    origin: `http://evil.example:${new URL(server.origin).port}`,
    "sec-fetch-site": "same-origin",
    "content-type": "application/json",
  };
  const answer = await send(server.origin, { method: "POST", path, headers, body: '{"input":{}}' });
  assert.equal(answer.status, 403);
  assert.match(JSON.parse(answer.text).detail, /publicUrl/);
  assert.deepEqual(sent, []);
});
