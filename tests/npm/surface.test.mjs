// Properties of the public objects that JavaScript code expects.

import { test } from "node:test";
import assert from "node:assert/strict";
import { fresh, wasm } from "./fresh.mjs";
import { Cog, PredictionStream, Replicate, ReplicateHome } from "replicate-wasm";
import { LLAMA, connect } from "./client.mjs";

const input = { prompt: "tea" };

test("a stream is its own iterator", () => {
  const { client } = connect();
  const stream = client.stream(LLAMA, { input });
  assert.equal(stream[Symbol.asyncIterator](), stream);
  assert.ok(stream instanceof PredictionStream);
  assert.equal(stream.constructor, PredictionStream);
});

test("no object shows wasm-bindgen's own fields", () => {
  const { client } = connect();
  const resources = ["predictions", "models", "deployments", "trainings", "collections", "files", "hardware", "accounts", "webhooks"];
  assert.deepEqual(Object.keys(client).sort(), ["request", ...resources].sort());
  assert.deepEqual(Object.keys(client.stream(LLAMA, { input })), []);
  assert.deepEqual(Object.keys(new Cog({ baseUrl: "http://127.0.0.1:9" })), []);
  assert.equal(JSON.stringify(new Cog({ baseUrl: "http://127.0.0.1:9" })), "{}");
});

test("no object has a method to free it", () => {
  const { client } = connect();
  for (const object of [client, client.stream(LLAMA, { input }), new Cog({ baseUrl: "http://127.0.0.1:9" })]) {
    assert.equal(object.free, undefined);
    assert.equal(object.__destroy_into_raw, undefined);
    if (Symbol.dispose) assert.equal(object[Symbol.dispose], undefined);
  }
});

test("methods of resources work when they are taken from the client", async () => {
  const { client } = connect();
  const { list } = client.models;
  const { request } = client;
  assert.ok((await list()).results.length > 0);
  assert.equal((await request("/account")).status, 200);
});

test("classes can be extended before and after init()", async (t) => {
  const early = await fresh(t);
  class Early extends early.Replicate {
    name() {
      return `${this.userAgent} of mine`;
    }
  }
  assert.throws(() => new Early({ auth: "token" }), /await init\(\) first/);
  await early.default(wasm);
  class Late extends early.Replicate {}
  for (const Client of [Early, Late]) {
    const client = new Client({ auth: "token" });
    assert.ok(client instanceof Client && client instanceof early.Replicate);
    assert.equal(client.constructor, Client);
    assert.equal(typeof client.models.list, "function");
  }
  assert.match(new Early({ auth: "token" }).name(), /^replicate-wasm\/.* of mine$/);
});

test("exports that were taken before init() work after it", async (t) => {
  const { default: init, Replicate, ReplicateHome } = await fresh(t);
  assert.throws(() => ReplicateHome.models, /await init\(\) first/);
  await init(wasm);
  assert.equal(ReplicateHome.models.length, 4);
  assert.ok(new Replicate({ auth: "token" }) instanceof Replicate);
});

test("a class can be returned from an async function before init()", async (t) => {
  const early = await fresh(t);
  for (const name of ["Replicate", "Cog", "ReplicateHome", "PredictionStream"]) {
    assert.equal(await Promise.resolve(early[name]), early[name]);
    assert.match(String(early[name]), /^class|^function/);
    assert.equal(JSON.stringify({ Class: early[name] }), "{}");
  }
});

test("a class without a constructor says what makes its objects", () => {
  assert.throws(() => new PredictionStream(), { name: "TypeError", message: /PredictionStream has no constructor: stream\(\) and streamText\(\)/ });
  assert.throws(() => new ReplicateHome(), { name: "TypeError", message: /ReplicateHome has no constructor: call ReplicateHome\.createAsyncGenerator\(\)/ });
});

test("a class has its own name", () => {
  assert.deepEqual([Replicate, Cog, ReplicateHome, PredictionStream].map(({ name }) => name), ["Replicate", "Cog", "ReplicateHome", "PredictionStream"]);
});
