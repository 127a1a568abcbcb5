/** The relay in frameworks, behind their body parsers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import express from "express";
import Fastify from "fastify";
import Koa from "koa";
import bodyParser from "koa-bodyparser";
import { toNodeHandler } from "../../src/relay/index.js";
import { created, makeRelay } from "./requests.mjs";
import { send } from "./send.mjs";
import { listen } from "./upstream.mjs";

const path = "/relay/v1/models/meta/llama/predictions";
// A number that JSON.parse would round, and escapes that JSON.stringify would write differently.
const digits = '{"input": {"seed": 12345678901234567890, "scale": 7.0}}';
const plain = '{"input": {"seed": 42}}';
const json = { "content-type": "application/json" };

function setUp() {
  const sent = [];
  const relay = makeRelay({
    limits: { createsPerMinute: Infinity, running: Infinity, totalRunning: Infinity },
    fetch: async (url, { body }) => {
      sent.push(body === undefined ? undefined : await new Response(body).text());
      return Response.json(created, { status: 201 });
    },
  });
  return { handler: toNodeHandler(relay), sent };
}

/** An Express app on a free port, with parsers before the relay. */
async function withExpress(t, ...parsers) {
  const { handler, sent } = setUp();
  const app = express();
  for (const parser of parsers) app.use(parser);
  app.use("/relay", handler);
  const { origin, close } = await listen(app);
  t.after(close);
  return { sent, post: (body, headers = json) => send(origin, { method: "POST", path, headers, body }) };
}

const keepBytes = express.json({
  verify: (req, res, bytes) => {
    req.rawBody = bytes;
  },
});

for (const [name, parser] of [
  ["express.raw()", express.raw({ type: "*/*" })],
  ["express.text()", express.text({ type: "*/*" })],
  ["express.json() that keeps the bytes", keepBytes],
  ["no parser", (req, res, next) => next()],
]) {
  test(`behind ${name} a body keeps its bytes`, async (t) => {
    const { post, sent } = await withExpress(t, parser);
    const answer = await post(digits);
    assert.equal(answer.status, 201, answer.text);
    assert.equal(JSON.parse(answer.text).urls.get.includes("/relay/v1/predictions/"), true);
    assert.deepEqual(sent, [digits]);
  });
}

test("behind express.json() a body works, and if a number was rounded the answer says which line to add", async (t) => {
  const { post, sent } = await withExpress(t, express.json());
  assert.equal((await post(plain)).status, 201);
  assert.deepEqual(JSON.parse(sent[0]), JSON.parse(plain));
  const answer = await post(digits);
  assert.equal(answer.status, 500);
  assert.match(JSON.parse(answer.text).detail, /rounded a large number.*express\.json\(\{ verify: \(req, res, bytes\) => \{ req\.rawBody = bytes; \} \}\)/);
  assert.equal(sent.length, 1);
});

test("behind express.json() a compressed body works, since the parser has decompressed it", async (t) => {
  const { gzipSync } = await import("node:zlib");
  const { post, sent } = await withExpress(t, express.json());
  assert.equal((await post(gzipSync(plain), { ...json, "content-encoding": "gzip" })).status, 201);
  assert.deepEqual(JSON.parse(sent[0]), JSON.parse(plain));
});

test("behind express.urlencoded() an HTML form creates no prediction", async (t) => {
  const { post, sent } = await withExpress(t, express.urlencoded({ extended: true }));
  const answer = await post("input[prompt]=hi", { "content-type": "application/x-www-form-urlencoded" });
  assert.equal(answer.status, 415);
  assert.deepEqual(sent, []);
  assert.equal((await post(digits)).status, 201);
});

test("behind a parser that discards the body the answer says which line to add", async (t) => {
  const { post, sent } = await withExpress(t, (req, res, next) => req.resume().on("end", next));
  const answer = await post(plain);
  assert.equal(answer.status, 500);
  assert.match(JSON.parse(answer.text).detail, /read before the relay could\. Put the relay before the parser/);
  assert.deepEqual(sent, []);
});

test("behind express.json() a request without a body works", async (t) => {
  const { handler } = setUp();
  const app = express().use(express.json()).use(handler);
  const { origin, close } = await listen(app);
  t.after(close);
  const answer = await send(origin, { method: "POST", path, headers: json, body: plain });
  const { urls } = JSON.parse(answer.text);
  for (const headers of [{}, { "content-length": "0" }]) {
    assert.equal((await send(origin, { method: "POST", path: new URL(urls.cancel).pathname, headers })).status, 201);
  }
});

async function withFastify(t, prepare) {
  const { handler, sent } = setUp();
  const fastify = Fastify();
  const pass = prepare(fastify) ?? (() => {});
  fastify.all("/relay/*", (request, reply) => {
    pass(request);
    reply.hijack();
    return handler(request.raw, reply.raw);
  });
  const origin = await fastify.listen({ port: 0, host: "127.0.0.1" });
  t.after(() => fastify.close());
  return { sent, post: (body) => send(origin, { method: "POST", path, headers: json, body }) };
}

test("behind Fastify's own parser the answer says which line to add, and with that line the bytes are kept", async (t) => {
  const without = await withFastify(t, () => {});
  const answer = await without.post(plain);
  assert.equal(answer.status, 500);
  assert.match(JSON.parse(answer.text).detail, /fastify\.addContentTypeParser\("application\/json", \{ parseAs: "buffer" \}/);
  const with_ = await withFastify(t, (fastify) => {
    fastify.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
      request.raw.rawBody = bytes;
      done(null, bytes);
    });
  });
  assert.equal((await with_.post(digits)).status, 201);
  assert.deepEqual(with_.sent, [digits]);
});

test("Fastify's parsed body can be passed on", async (t) => {
  const { post, sent } = await withFastify(t, () => (request) => void (request.raw.body = request.body));
  assert.equal((await post(plain)).status, 201);
  assert.deepEqual(JSON.parse(sent[0]), JSON.parse(plain));
});

async function withKoa(t, ...middlewares) {
  const { handler, sent } = setUp();
  const app = new Koa();
  for (const middleware of middlewares) app.use(middleware);
  app.use((ctx) => {
    ctx.respond = false;
    return handler(ctx.req, ctx.res);
  });
  const { origin, close } = await listen(app.callback());
  t.after(close);
  return { sent, post: (body) => send(origin, { method: "POST", path, headers: json, body }) };
}

test("behind Koa's parser the answer says which line to add, and with that line the bytes are kept", async (t) => {
  const before = await withKoa(t);
  assert.equal((await before.post(digits)).status, 201);
  const without = await withKoa(t, bodyParser());
  const answer = await without.post(plain);
  assert.equal(answer.status, 500);
  assert.match(JSON.parse(answer.text).detail, /Koa: ctx\.req\.rawBody = ctx\.request\.rawBody/);
  const with_ = await withKoa(t, bodyParser(), (ctx, next) => {
    ctx.req.rawBody = ctx.request.rawBody;
    return next();
  });
  assert.equal((await with_.post(digits)).status, 201);
  assert.deepEqual(with_.sent, [digits]);
});

