// Errors of ReplicateHome: a ReplicateError with a code and a message.

import { test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { ApiError, ReplicateError, ReplicateHome } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";
import { answering, recorded } from "./requests.mjs";

/** The error of a stream with these options. */
async function failure(options) {
  try {
    await ReplicateHome.createAsyncGenerator(options).text();
  } catch (error) {
    assert.ok(error instanceof ReplicateError && error instanceof Error);
    assert.equal(error.name, "ReplicateError");
    return error;
  }
  assert.fail("the stream did not fail");
}

const user = (content) => ({ role: "user", content });

const WRONG = {
  "an unknown model": [{ model: "gpt-9", prompt: "hi" }, /^Model not supported: "gpt-9"\. Choose one of ReplicateHome\.models/, "model_not_supported"],
  "neither messages nor prompt": [{}, /messages and prompt/],
  "no options": [undefined, /messages and prompt/],
  "options that are none": ["hi", /options must be an object, not a string/],
  "no messages": [{ messages: [] }, /messages is empty/],
  "messages that are none": [{ messages: "hi" }, /messages must be an array, not a string/],
  "a message that is none": [{ messages: [null] }, /messages\[0\] has no role/],
  "a message without role": [{ messages: [user("hi"), { content: "hi" }] }, /messages\[1\] has no role/],
  "a message without content": [{ messages: [{ role: "user" }] }, /messages\[0\] has no content/],
  "a message with a number for content": [{ messages: [user(7)] }, /messages\[0\] .*content/],
  "a part of an unknown kind": [{ messages: [user([{ type: "smell" }])] }, /smell.*only text and image_url/],
  "a prompt that is no string": [{ prompt: 7 }, /prompt must be a string, not the number 7/],
  "a negative pause": [{ prompt: "hi", pollIntervalMs: -1 }, /pollIntervalMs must be a number of milliseconds/],
  "a pause that is no number": [{ prompt: "hi", pollIntervalMs: NaN }, /pollIntervalMs/],
  "a pause for ever": [{ prompt: "hi", pollIntervalMs: Infinity }, /pollIntervalMs/],
  "a pause longer than a timer counts": [{ prompt: "hi", pollIntervalMs: 2 ** 31 }, /pollIntervalMs/],
  "no attempts": [{ prompt: "hi", maxAttempts: 0 }, /maxAttempts must be a whole number/],
  "half an attempt": [{ prompt: "hi", maxAttempts: 1.5 }, /maxAttempts/],
  "a proxy that is no URL": [{ prompt: "hi", proxy: "not a url" }, /proxy must be an http or https URL/],
  "a proxy of another kind": [{ prompt: "hi", proxy: "socks5://127.0.0.1:9" }, /proxy must be an http or https URL/],
  "a relative proxy outside a page": [{ prompt: "hi", proxy: "/relay" }, /proxy must be an http or https URL .*absolute outside a page/],
  "a signal that is none": [{ prompt: "hi", signal: {} }, /signal must be an AbortSignal/],
  "a fetch that is none": [{ prompt: "hi", fetch: true }, /fetch must be a function/],
  "headers that are none": [{ prompt: "hi", headers: { "a b": "c" } }, /headers must be an object of names and values that HTTP allows$/],
  "an input that is none": [{ prompt: "hi", input: [] }, /input must be an object, not an array/],
};

for (const [name, [options, message, code = "invalid_argument"]] of Object.entries(WRONG)) {
  test(`${name} rejects the first next() and sends nothing`, async () => {
    const fetch = recorded(answering({}));
    const error = await failure(typeof options === "object" ? { fetch, ...options } : options);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    assert.equal(fetch.requests.length, 0);
  });
}

test("getModel() throws for an unknown model", () => {
  assert.throws(() => ReplicateHome.getModel("gpt-9"), { code: "model_not_supported", message: /^Model not supported: "gpt-9"/ });
});

test("ApiError is another name of ReplicateError", () => assert.equal(ApiError, ReplicateError));

const sandboxed = (prompt, options) =>
  failure({ prompt, pollIntervalMs: 0, maxAttempts: 3, fetch: createSandbox({ stepMs: 0 }), ...options });

test("the error of a failed prediction has its reason and its id", async () => {
  const fetch = createSandbox({ stepMs: 0 });
  const error = await failure({ prompt: "[fail: NSFW content detected] spring", fetch });
  assert.equal(error.code, "failed");
  assert.equal(error.message, "Prediction failed: NSFW content detected");
  assert.equal(error.detail, "NSFW content detected");
  assert.equal(error.predictionId, [...fetch.predictions.keys()][0]);
  assert.ok(error.logs.length > 0);
});

for (const status of ["canceled", "aborted"]) {
  test(`a prediction that was ${status} rejects with the code "${status}"`, async () => {
    assert.equal((await sandboxed(`[${status}] spring`)).code, status);
  });
}

test("a prediction that does not end is a timeout right after the last poll", async () => {
  const fetch = recorded(createSandbox({ stepMs: 0 }));
  const error = await failure({ prompt: "[hang] spring", fetch, pollIntervalMs: 0, maxAttempts: 3 });
  assert.equal(error.code, "timeout");
  assert.match(error.message, /3 attempts/);
  assert.equal(fetch.requests.length, 1 + 3);
});

test("an error has the text that was delivered before it", async () => {
  const [created, processing] = [{ id: "p1" }, { id: "p1", status: "processing", output: ["Spring"] }];
  const fetch = answering(created, processing, { id: "p1", status: "failed", error: "no luck" });
  const error = await failure({ prompt: "hi", fetch, pollIntervalMs: 0 });
  assert.equal(error.partial, "Spring");
});

test("an error status is an error without a retry", async (t) => {
  for (const status of [429, 500]) {
    for (const [route, requests] of [["create", 1], ["get", 2]]) {
      await t.test(`${status} to the ${route}`, async () => {
        const fetch = recorded(createSandbox({ stepMs: 0 }));
        const error = await failure({ prompt: `[${status}@${route}] spring`, fetch });
        assert.equal(error.code, "http");
        assert.equal(error.status, status);
        assert.match(error.message, new RegExp(` was answered with status ${status}: `));
        assert.equal(fetch.requests.length, requests);
      });
    }
  }
});

test("JSON inside an HTML answer is read", async () => {
  const fetch = createSandbox({ stepMs: 0 });
  const stream = ReplicateHome.createAsyncGenerator({ prompt: "[text-json] [text-json@get] spring", fetch });
  const text = await stream.text();
  assert.equal(text, [...fetch.predictions.values()][0].output.join(""));
});

test("the error of an answer without JSON shows its text shortened", async () => {
  const page = new Response(`<h1>Just a moment</h1>${"<p>Checking.</p>".repeat(100)}`, { headers: { "content-type": "text/html" } });
  const error = await failure({ prompt: "hi", fetch: answering(page) });
  assert.equal(error.code, "protocol");
  assert.match(error.message, /Just a moment/);
  assert.ok(error.message.length < 400);
});

for (const [name, output] of Object.entries({ null: null, "a number": 7, "an object": {} })) {
  test(`an output that is ${name} is an error that shows it`, async () => {
    const error = await failure({ prompt: "hi", fetch: answering({ id: "p1" }, { id: "p1", status: "succeeded", output }) });
    assert.equal(error.code, "protocol");
    assert.equal(error.predictionId, "p1");
  });
}

test("a server that refuses connections is a network error that names the request", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = `http://127.0.0.1:${server.address().port}/relay/`;
  server.close();
  await once(server, "close");
  const error = await failure({ prompt: "hi", proxy });
  assert.equal(error.code, "network");
  assert.deepEqual(error.request, { method: "POST", url: `${proxy}api/prediction` });
  assert.match(error.message, /ECONNREFUSED/);
  assert.ok(error.cause instanceof Error);
});
