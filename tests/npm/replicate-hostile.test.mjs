// Secrets that no error may show, wherever they come from.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { Cog, Replicate, ReplicateHome } from "replicate-wasm";

const failure = (promise) => promise.then(() => assert.fail("it did not fail"), (error) => error);
const shown = (error) => `${error.message} ${JSON.stringify(error)} ${error.detail}`;

test("a URL with a password is refused and not shown", async () => {
  const baseUrl = "https://user:hunter2@relay.test/v1";
  for (const make of [() => new Replicate({ baseUrl }), () => new Cog({ baseUrl })]) {
    assert.throws(make, (error) => error.code === "invalid_argument" && /baseUrl/.test(error.message) && !inspect(error).includes("hunter2"));
  }
  const error = await failure(ReplicateHome.createAsyncGenerator({ prompt: "x", proxy: baseUrl }).next());
  assert.equal(error.code, "invalid_argument");
  assert.ok(!inspect(error).includes("hunter2"));
});

test("the error of an invalid header names the option, without its value", async () => {
  const client = new Replicate({ auth: "test", fetch: () => assert.fail("nothing is sent") });
  const error = await failure(client.request("/models", { headers: { authorization: "Bearer secret\nx" } }));
  assert.equal(error.code, "invalid_argument");
  assert.match(error.message, /headers/);
  assert.ok(!inspect(error).includes("secret"));
});

test("the stream's URL is removed from an engine's error message", async () => {
  const stream = "https://stream.test/v1/files/unguessable?sig=1";
  const fetch = async (url) => {
    if (url.endsWith("/predictions")) return Response.json({ id: "p1", status: "processing", urls: { stream } }, { status: 201 });
    throw new TypeError(`error sending request for url (${url})`);
  };
  const client = new Replicate({ auth: "test", fetch, maxRetries: 0 });
  const error = await failure(client.streamText("a/b", { input: {} }).text());
  assert.ok(!shown(error).includes("unguessable"), shown(error));
  assert.ok(["network", "interrupted"].includes(error.code));
});
