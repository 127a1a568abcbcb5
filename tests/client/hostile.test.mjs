// Inputs that cannot be sent and deeply nested answers, with each method of the client.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Cog, Replicate, ReplicateError, ReplicateHome } from "replicate-wasm";

const model = "acme/lake";

/** `leaf` inside `depth` arrays. */
function nested(depth, leaf) {
  let value = leaf;
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

function answering(text) {
  let requests = 0;
  const fetch = async () => (requests++, new Response(text, { status: 201, headers: { "content-type": "application/json" } }));
  return { fetch, requests: () => requests };
}

/** The methods of the client, as functions of an input. */
function waysIn(fetch) {
  const options = { baseUrl: "http://replicate.example/v1", fetch, maxRetries: 0 };
  const client = new Replicate({ ...options, auth: "token" });
  const cog = new Cog(options);
  return {
    "run()": (input) => client.run(model, { input }),
    "stream()": (input) => client.stream(model, { input }).next(),
    "streamText()": (input) => client.streamText(model, { input }).text(),
    "predictions.create()": (input) => client.predictions.create({ model, input }),
    "deployments.predictions.create()": (input) => client.deployments.predictions.create("acme", "app", { input }),
    "Cog.run()": (input) => cog.run({ input }),
    "Cog.streamText()": (input) => cog.streamText({ input }).text(),
    "ReplicateHome": (input) => ReplicateHome.createAsyncGenerator({ prompt: "spring", input, fetch }).text(),
  };
}

class Throwing {
  toJSON() {
    throw new TypeError("no JSON");
  }
}
const unreadable = Object.assign(new Blob(["more than a few bytes"], { type: "image/png" }), {
  arrayBuffer() {
    throw new TypeError("Illegal invocation");
  },
  slice() {
    throw new TypeError("Illegal invocation");
  },
});

const INPUTS = {
  "a BigInt": { seed: 1n },
  "5,000 nested arrays": { list: nested(5000, 1) },
  "200,000 nested arrays": { list: nested(200_000, 1) },
  "an object whose toJSON throws": { value: new Throwing() },
  "a Blob that cannot be read": { file: unreadable },
};

for (const [what, input] of Object.entries(INPUTS)) {
  test(`${what} in an input is an invalid_argument of each method, and nothing is sent`, async () => {
    const { fetch, requests } = answering('{"id":"p1","status":"succeeded","output":"x"}');
    for (const [way, call] of Object.entries(waysIn(fetch))) {
      // The provider has no files: there a Blob is JSON like any other object.
      if (input.file && way === "ReplicateHome") continue;
      await assert.rejects(call(input), (error) => error instanceof ReplicateError && error.code === "invalid_argument", way);
    }
    assert.equal(requests(), 0);
  });
}

for (const depth of [5000, 100_000]) {
  test(`an output of ${depth} nested arrays is delivered or is an error`, { timeout: 20_000 }, async () => {
    const output = `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const { fetch } = answering(`{"id":"p1","status":"succeeded","urls":{},"output":${output}}`);
    for (const [way, call] of Object.entries(waysIn(fetch))) {
      await call({}).catch((error) => assert.ok(error instanceof ReplicateError, `${way}: ${error}`));
    }
  });
}
