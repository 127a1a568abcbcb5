import assert from "node:assert/strict";
import { connect } from "node:net";
import { mock, test } from "node:test";
import { createRelay, toNodeHandler } from "../../src/relay/index.js";
import { send, sendRaw } from "./send.mjs";
import { listen, until } from "./upstream.mjs";

/** Serves a handler until the test ends. */
async function serve(t, handler, wrap = (listener) => listener) {
  const server = await listen(wrap(toNodeHandler(handler)));
  t.after(server.close);
  return server.origin;
}
const echo = async (request) =>
  Response.json({ method: request.method, url: request.url, headers: [...request.headers], body: await request.text() });

test("a request arrives unchanged", async (t) => {
  const origin = await serve(t, echo);
  const answer = await send(origin, { method: "POST", path: "/a%2Fb/../c?d=e", headers: { "x-one": ["1", "2"] }, body: "häß" });
  const { method, url, headers, body } = JSON.parse(answer.text);
  assert.deepEqual([method, url, body], ["POST", `${origin}/c?d=e`, "häß"]);
  assert.equal(Object.fromEntries(headers)["x-one"], "1, 2");
});

test("a request for another server (GET http://…) does not reach its path", async (t) => {
  const origin = await serve(t, echo);
  const answer = await sendRaw(origin, "GET http://evil.example/v1/account HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  assert.match(answer, /"url":"http:\/\/evil\.example\/"/);
});

for (const [name, text] of [
  ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"],
  [
    "a length and chunks",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/account HTTP/1.1\r\nHost: x\r\n\r\n",
  ],
  ["an unknown transfer encoding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
  ["a blank before the colon", "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n"],
  ["a folded header", "GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n\tc\r\n\r\n\0"],
  ["a NUL in a header", "GET / HTTP/1.1\r\nHost: x\r\nX-A: b\0c\r\n\r\n"],
]) {
  test(`a message with ${name} cannot smuggle a request`, async (t) => {
    const seen = [];
    const origin = await serve(t, async (request) => (seen.push(request.url), new Response("ok")));
    const answer = await sendRaw(origin, text.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    assert.ok(seen.every((url) => !url.includes("account")));
    if (!name.startsWith("a folded")) assert.match(answer, /^HTTP\/1\.1 400/);
  });
}

test("a TRACE request only closes its own connection", async (t) => {
  const origin = await serve(t, echo);
  await assert.rejects(send(origin, { method: "TRACE", path: "/" }));
  assert.equal((await send(origin, { path: "/" })).status, 200);
});

test("mounted under a path by Express, the request has the whole path", async (t) => {
  const origin = await serve(t, echo, (listener) => (req, res) => {
    req.originalUrl = req.url;
    req.url = req.url.replace("/relay", "");
    req.protocol = "https";
    listener(req, res);
  });
  const { url } = JSON.parse((await send(origin, { path: "/relay/v1/x" })).text);
  assert.equal(url, `${origin.replace("http:", "https:")}/relay/v1/x`);
});

test("a body that an earlier parser has read is available", async (t) => {
  const origin = await serve(t, echo, (listener) => async (req, res) => {
    let text = "";
    for await (const chunk of req) text += chunk;
    req.body = JSON.parse(text);
    listener(req, res);
  });
  const answer = await send(origin, { method: "POST", path: "/", body: '{ "a": [1] }' });
  assert.equal(JSON.parse(answer.text).body, '{"a":[1]}');
});

test("several cookies are sent as several headers", async (t) => {
  const headers = new Headers([
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"],
  ]);
  const origin = await serve(t, async () => new Response("x", { headers }));
  assert.deepEqual((await send(origin, { path: "/" })).headers["set-cookie"], ["a=1", "b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT"]);
});

test("a failed handler or a broken body closes the connection", async (t) => {
  const failing = await serve(t, () => Promise.reject(new Error("down")));
  await assert.rejects(send(failing, { path: "/" }), { code: "ECONNRESET" });
  const body = () =>
    new ReadableStream({ start: (stream) => (stream.enqueue(new Uint8Array(5)), setImmediate(() => stream.error(new Error("down")))) });
  const breaking = await serve(t, async () => new Response(body()));
  await assert.rejects(send(breaking, { path: "/" }), { code: "ECONNRESET" });
});

test("a client that is still writing gets the refusal of its endless body", async (t) => {
  const relay = createRelay({ token: "r8_x", authorize: () => "alice", models: ["a/*"], limits: { bodyBytes: 1000 } });
  const origin = await serve(t, relay);
  const endless = async function* () {
    yield Buffer.from('{"input":"');
    for (;;) yield Buffer.alloc(10_000, "x");
  };
  const headers = { "content-type": "application/json" };
  const answer = await send(origin, { method: "POST", path: "/v1/predictions", headers, body: endless() });
  assert.equal(answer.status, 413);
});

test("the signal is aborted when the caller leaves early, and not after a whole answer", async (t) => {
  const signals = [];
  const origin = await serve(t, async ({ url, signal }) => {
    signals.push(signal);
    return url.endsWith("/never") ? new Promise(() => {}) : new Response("done");
  });
  await send(origin, { path: "/" });
  const controller = new AbortController();
  const pending = fetch(`${origin}/never`, { signal: controller.signal });
  await until(() => signals.length === 2);
  controller.abort();
  await assert.rejects(pending);
  await until(() => signals[1].aborted);
  assert.equal(signals[0].aborted, false);
});

test("a client that goes on writing after its answer is disconnected", { timeout: 10_000 }, async (t) => {
  const origin = await serve(t, async () => new Response("no", { status: 413 }));
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const socket = connect(new URL(origin).port, "127.0.0.1");
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.on("error", () => {});
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nbegun");
  let answer = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    answer += chunk;
    if (answer.endsWith("0\r\n\r\n")) break;
  }
  assert.match(answer, /^HTTP\/1\.1 413/);
  assert.equal(socket.destroyed, false);
  mock.timers.tick(2000);
  socket.resume();
  await closed;
});
