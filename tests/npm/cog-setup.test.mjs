// Cog during the setup of the server, after a failed setup, and without a server.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Cog } from "replicate-wasm";
import { startCog } from "../cog/server.mjs";
import { failure } from "./client.mjs";
import { recorded } from "./requests.mjs";
import { virtualTime } from "./virtual-time.mjs";

async function withServer(options, body) {
  const server = await startCog({ runner: "gated", untilReady: false, ...options });
  try {
    const fetch = recorded(globalThis.fetch);
    await body(server, new Cog({ baseUrl: server.url, fetch }), fetch.requests);
  } finally {
    await server.stop();
  }
}

test("a call waits for the setup of the server, and the model runs once", () =>
  withServer({}, async (server, cog, requests) => {
    assert.equal((await cog.health()).status, "STARTING");
    const run = cog.run({ input: { prompt: "hello" } });
    await server.until(() => requests.some(({ line }) => line.startsWith("PUT")));
    await server.until(() => requests.filter(({ line }) => line === "GET /health-check").length > 1, "it asks how the server is");
    assert.deepEqual(server.journal(), []);
    server.release();
    assert.deepEqual(await run, ["hello"]);
    // The answer comes before the model has written its last line into the journal.
    await server.idle();
    assert.deepEqual(server.journal(), ["setup", "run", "finished"]);
    assert.equal((await cog.health()).status, "READY");
  }));

test("a failed setup ends the wait with its reason", () =>
  withServer({ setupError: "no weights" }, async (server, cog, requests) => {
    const run = failure(cog.streamText({ input: {} }).text());
    await server.until(() => requests.some(({ line }) => line.startsWith("PUT")));
    server.release();
    const error = await run;
    assert.equal(error.code, "failed");
    assert.match(error.message, /set up.*no weights/s);
    assert.deepEqual(server.journal(), []);
    assert.equal((await cog.health()).status, "SETUP_FAILED");
  }));

test("the wait for a setup ends at the time limit or by a signal", () =>
  withServer({}, async (server, cog) => {
    const error = await failure(cog.run({ input: {}, timeoutMs: 300 }));
    assert.equal(error.code, "timeout");
    assert.match(error.message, /timeoutMs/);
    const signal = AbortSignal.timeout(100);
    assert.equal(await failure(cog.run({ input: {}, signal })), signal.reason);
    assert.deepEqual(server.journal(), []);
  }));

test("a server that refuses connections is a network error", async (t) => {
  const time = virtualTime(t);
  const refused = Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }) });
  const cog = new Cog({ baseUrl: "http://127.0.0.1:9", fetch: () => Promise.reject(refused) });
  for (const call of [() => cog.run({ input: {} }), () => cog.streamText({ input: {} }).text(), () => cog.health()]) {
    const error = await time.of(failure(call()));
    assert.equal(error.code, "network");
    assert.match(error.message, /ECONNREFUSED/);
    assert.equal(error.cause, refused);
  }
});

test("baseUrl is required and must be a URL", () => {
  for (const options of [undefined, {}, { baseUrl: "" }, { baseUrl: "127.0.0.1:5000" }, { baseUrl: "/cog" }, { baseUrl: 7 }]) {
    assert.throws(() => new Cog(options), { code: "invalid_argument", message: /baseUrl/ }, JSON.stringify(options));
  }
  assert.equal(new Cog({ baseUrl: "http://127.0.0.1:5000/" }).baseUrl, "http://127.0.0.1:5000");
});

test("ids that could harm the server and inputs that are no objects are refused before anything is sent", async () => {
  const wrong = [{ id: "" }, { id: "a/b" }, { id: ".." }, { id: "a b" }, { id: "é" }, { id: "x\ny" }, { id: "x".repeat(65) }, { id: 7 }, { input: undefined }, { input: [] }, { input: "hi" }];
  for (const options of wrong) {
    const fetch = recorded(async () => Response.json({}));
    const cog = new Cog({ baseUrl: "http://127.0.0.1:9", fetch });
    for (const call of [() => cog.run({ input: {}, ...options }), () => cog.stream({ input: {}, ...options }).next()]) {
      assert.equal((await failure(call())).code, "invalid_argument", JSON.stringify(options));
    }
    assert.equal(fetch.requests.length, 0);
  }
});
