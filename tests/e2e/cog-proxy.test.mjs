// The requests that the demo's server passes on to a Cog server, with a server in its place that records them.

import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { serve } from "../../www/serve.mjs";
import { ask, open } from "./ask.mjs";

/** @param {import("node:http").RequestListener} [answer] */
async function start(t, answer = (req, res) => res.end("{}")) {
  const reached = [];
  const cog = createServer(async (req, res) => {
    let body = "";
    for await (const chunk of req) body += chunk;
    reached.push({ line: `${req.method} ${req.url}`, headers: req.headers, body });
    answer(req, res);
  }).listen(0, "127.0.0.1");
  await once(cog, "listening");
  const { url, close } = await serve({ port: 0, env: { COG_URL: `http://127.0.0.1:${cog.address().port}` } });
  t.after(async () => {
    await close();
    cog.closeAllConnections();
    cog.close();
  });
  return { url, reached };
}

const longest = "a".repeat(64);

for (const [method, path] of [
  ["POST", "/predictions"],
  ["PUT", "/predictions/w1r2_-X"],
  ["PUT", `/predictions/${longest}`],
  ["POST", "/predictions/w1r2/cancel"],
  ["GET", "/health-check"],
  ["GET", "/openapi.json"],
]) {
  test(`${method} ${path} is passed on with its body and without the page's own headers`, async (t) => {
    const { url, reached } = await start(t, (req, res) => {
      res.writeHead(202, { "content-type": "application/json", "set-cookie": "a=b", "x-inside": "1" }).end('{"id":"w1r2"}');
    });
    const { host } = new URL(url);
    const headers = { host, "content-type": "application/json", accept: "text/event-stream", cookie: "c=d", authorization: "Bearer x" };
    const body = method === "GET" ? undefined : '{"input":{"prompt":"é"}}';
    const answer = await ask(url, `/cog${path}`, { method, headers, body });

    assert.deepEqual([answer.status, answer.headers["content-type"], answer.body], [202, "application/json", '{"id":"w1r2"}']);
    assert.equal(answer.headers["set-cookie"] ?? answer.headers["x-inside"], undefined);
    assert.equal(reached.length, 1);
    assert.equal(reached[0].line, `${method} ${path}`);
    assert.equal(reached[0].body, body ?? "");
    assert.equal(reached[0].headers.accept, "text/event-stream");
    assert.equal(reached[0].headers.cookie ?? reached[0].headers.authorization, undefined);
  });
}

for (const [method, path] of [
  ["POST", "/shutdown"],
  ["GET", "/shutdown"],
  ["POST", "/predictions/../shutdown"],
  ["POST", "/predictions/%2e%2e/shutdown"],
  ["POST", "//shutdown"],
  ["POST", "/predictions/..%2f..%2fshutdown/cancel"],
  ["PUT", `/predictions/${longest}a`],
  ["PUT", "/predictions/a%2Fb"],
  ["PUT", "/predictions/a%0Ab"],
  ["PUT", "/predictions/"],
  ["GET", "/predictions/w1r2"],
  ["DELETE", "/predictions/w1r2"],
  ["POST", "/trainings"],
  ["GET", "/"],
]) {
  test(`${method} ${path} is not passed on`, async (t) => {
    const { url, reached } = await start(t);
    assert.equal((await ask(url, `/cog${path}`, { method })).status, 404);
    assert.deepEqual(reached, []);
  });
}

test("a page of another origin is refused", async (t) => {
  const { url, reached } = await start(t);
  const headers = { host: new URL(url).host, origin: "http://evil.example" };
  assert.equal((await ask(url, "/cog/predictions", { method: "POST", headers })).status, 403);
  assert.deepEqual(reached, []);
});

test("events are passed on at once, and a reader who leaves closes the connection to the server", { timeout: 15_000 }, async (t) => {
  let stream;
  const { url } = await start(t, (req, res) => {
    stream = res.writeHead(200, { "content-type": "text/event-stream" });
    res.write("event: start\n\n");
  });
  const answer = await open(url, "/cog/predictions/w1r2", { method: "PUT" });
  assert.equal(String((await once(answer, "data"))[0]), "event: start\n\n");
  stream.write("event: output\n\n");
  assert.equal(String((await once(answer, "data"))[0]), "event: output\n\n");
  const closed = once(stream, "close");
  answer.destroy();
  await closed;
});

test("a reader who leaves before the first byte closes the connection to the server too", { timeout: 15_000 }, async (t) => {
  const arrivals = new EventEmitter();
  const { url } = await start(t, (req, res) => arrivals.emit("arrival", res));
  const arrival = once(arrivals, "arrival");
  const leaving = new AbortController();
  const asked = open(url, "/cog/predictions/w1r2", { method: "PUT", signal: leaving.signal });
  const [upstream] = await arrival;
  const closed = once(upstream, "close");
  leaving.abort();
  await assert.rejects(asked, { name: "AbortError" });
  await closed;
});

test("an answer that is cut stays incomplete", { timeout: 15_000 }, async (t) => {
  const { url } = await start(t, (req, res) => {
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.write("event: start\n\n", () => res.destroy());
  });
  await assert.rejects(ask(url, "/cog/predictions/w1r2", { method: "PUT" }), { code: "ECONNRESET" });
});

test("a server that does not answer is an error with its URL", async (t) => {
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address();
  gone.close();
  await once(gone, "close");
  const { url, close } = await serve({ port: 0, env: { COG_URL: `http://127.0.0.1:${port}` } });
  t.after(close);
  const { status, body } = await ask(url, "/cog/health-check");
  assert.deepEqual([status, JSON.parse(body).detail], [502, `The Cog server at http://127.0.0.1:${port} does not answer.`]);
});
