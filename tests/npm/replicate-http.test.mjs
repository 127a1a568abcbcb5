// The client over real connections, with the platform's fetch.

import { test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { Cog, Replicate, ReplicateHome } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";
import { serve } from "../sandbox/serve.mjs";
import { FLUX, LLAMA, TOKEN, TOKENS, all, failure } from "./client.mjs";

/** A sandbox behind its own HTTP server, and a record of its requests. */
async function start(t, options) {
  const sandbox = createSandbox({ stepMs: 0, ...options });
  const requests = [];
  const url = await serve(t, (request) => {
    requests.push(request);
    return sandbox(request);
  });
  const client = new Replicate({ baseUrl: `${url}/v1`, auth: TOKEN });
  return { url, client, requests, predictions: () => [...sandbox.predictions.values()] };
}

const until = async (condition) => {
  while (!condition()) await new Promise(setImmediate);
};

test("run and stream deliver the server's output", async (t) => {
  const { client, predictions } = await start(t);
  const output = await client.run(LLAMA, { input: { prompt: "tea" } });
  assert.deepEqual(output, predictions()[0].output);
  assert.deepEqual(await all(client.streamText(LLAMA, { input: { prompt: "tea" } })), output);
});

test("requests have the user agent of the option", async (t) => {
  const { url, client, requests } = await start(t);
  await client.accounts.current();
  await new Replicate({ baseUrl: `${url}/v1`, userAgent: "app/1.2" }).accounts.current();
  assert.deepEqual(requests.map(({ headers }) => headers.get("user-agent")), [client.userAgent, "app/1.2"]);
  assert.match(client.userAgent, /^replicate-wasm\/\d+\.\d+\.\d+$/);
});

test("tokens are yielded as they arrive, not at the end", async (t) => {
  const { client, predictions } = await start(t);
  const stream = client.streamText(LLAMA, { input: { prompt: "[hang] tea" } });
  assert.equal((await stream.next()).value, predictions()[0].output[0]);
  assert.equal(predictions()[0].status, "processing");
  await stream.cancel();
});

test("a stream whose connection breaks or ends early resumes without a lost or repeated token", async (t) => {
  for (const fault of ["drop-stream", "end-stream"]) {
    const { client, requests, predictions } = await start(t);
    const tokens = ["A", "\n", "", "é😀", " b"];
    const events = await all(client.stream(TOKENS, { input: { tokens, prompt: `[${fault}: 4]` } }));
    assert.deepEqual(events.filter(({ event }) => event === "output").map(({ data }) => data), tokens);
    assert.equal(predictions().length, 1);
    assert.equal(requests.filter((request) => request.url.includes("/stream/")).length, 2);
  }
});

test("break closes the connection to the server", async (t) => {
  const { client, requests } = await start(t);
  // The cancel is refused, so only a closed connection ends this stream.
  for await (const text of client.streamText(LLAMA, { input: { prompt: "[hang] [500@cancel] tea" } })) if (text) break;
  const open = requests.find((request) => request.url.includes("/stream/"));
  await until(() => open.signal.aborted);
});

test("break cancels the prediction, once", async (t) => {
  const { client, requests, predictions } = await start(t);
  for await (const text of client.streamText(LLAMA, { input: { prompt: "[hang] tea" } })) if (text) break;
  await until(() => predictions()[0].status === "canceled");
  assert.equal(requests.filter((request) => request.url.endsWith("/cancel")).length, 1);
});

test("a create whose connection drops is unknown_outcome and not sent again", async (t) => {
  const { client, requests, predictions } = await start(t);
  const error = await failure(client.run(LLAMA, { input: { prompt: "[drop] tea" } }));
  assert.equal(error.code, "unknown_outcome");
  assert.ok(error.cause instanceof Error);
  assert.equal(requests.length, 1);
  assert.equal(predictions().length, 1);
});

test("a server that refuses connections is a network error", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const baseUrl = `http://127.0.0.1:${server.address().port}/v1`;
  server.close();
  await once(server, "close");
  const error = await failure(new Replicate({ baseUrl, maxRetries: 0 }).run(LLAMA, { input: { prompt: "tea" } }));
  assert.equal(error.code, "network");
  assert.match(error.message, /ECONNREFUSED/);
});

test("files are uploaded with their name and type and downloaded byte for byte", async (t) => {
  const { client, predictions } = await start(t);
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i * 31);
  const image = new File([bytes], "photo.png", { type: "image/png" });
  const [picture] = await client.run(FLUX, { input: { prompt: "A lake", image } });
  const [file] = (await client.files.list()).results;
  assert.deepEqual([file.name, file.content_type, file.size], ["photo.png", "image/png", bytes.length]);
  assert.equal(predictions()[0].input.image, file.urls.get);
  const download = await client.request(`${file.urls.get}/download`);
  assert.deepEqual(new Uint8Array(await download.arrayBuffer()), bytes);
  assert.equal((await picture.blob()).type, "image/png");
});

test("a redirect of a request with a token, headers or an input is an error that names its target", async (t) => {
  const asked = [];
  const other = await serve(t, async (request) => {
    asked.push(request);
    return Response.json({ results: [] });
  });
  const url = await serve(t, async () => new Response(null, { status: 307, headers: { location: `${other}/v1/models?key=s3cret` } }));
  const baseUrl = `${url}/v1`;
  const calls = [
    () => new Replicate({ baseUrl, auth: TOKEN }).models.list(),
    () => new Replicate({ baseUrl, auth: "", headers: { "x-session": "s3cret" } }).models.list(),
    () => new Replicate({ baseUrl, auth: "" }).run(LLAMA, { input: { prompt: "s3cret" } }),
    () => new Replicate({ baseUrl, auth: "" }).streamText(LLAMA, { input: { prompt: "s3cret" } }).next(),
    () => new Cog({ baseUrl }).run({ input: { prompt: "s3cret" } }),
    () => ReplicateHome.createAsyncGenerator({ proxy: url, prompt: "s3cret" }).next(),
  ];
  for (const call of calls) {
    const { code, message } = await failure(call());
    assert.equal(code, "http");
    assert.match(message, new RegExp(`is redirected to ${other}/v1/models, which is not followed`));
    assert.doesNotMatch(message, /s3cret/);
  }
  assert.deepEqual(asked, []);
});

test("a stream that is redirected is polled for, and the reason has no path, since a stream's path is a secret", async (t) => {
  const url = await serve(t, async (request) => {
    const { pathname, origin } = new URL(request.url);
    if (pathname.includes("s3cret")) return new Response(null, { status: 307, headers: { location: "https://other.test/s3cret/2" } });
    const urls = { stream: `${origin}/v1/predictions/p1/stream/s3cret` };
    return Response.json({ id: "p1", urls, ...(request.method === "POST" ? { status: "processing" } : { status: "succeeded", output: ["tea"] }) });
  });
  const states = [];
  const client = new Replicate({ baseUrl: `${url}/v1`, auth: TOKEN });
  const stream = client.streamText(LLAMA, { input: { prompt: "tea" }, onState: (state) => states.push(state) });
  assert.equal(await stream.text(), "tea");
  const polling = states.find(({ type }) => type === "polling");
  assert.match(polling.reason.message, /is redirected to https:\/\/other\.test, which is not followed/);
  assert.doesNotMatch(JSON.stringify(states), /s3cret/);
});

test("a redirect of a request without token, headers and input is followed", async (t) => {
  const other = await serve(t, async () => Response.json({ status: "READY" }));
  const url = await serve(t, async () => new Response(null, { status: 302, headers: { location: `${other}/health-check` } }));
  assert.deepEqual(await new Cog({ baseUrl: url }).health(), { status: "READY" });
});

test("a fetch that gives no Response is told so", async () => {
  for (const answer of [undefined, null, 5, {}, { ok: true, status: 200, headers: new Headers(), body: null }]) {
    const client = new Replicate({ baseUrl: "http://replicate.example/v1", auth: "token", maxRetries: 0, fetch: async () => answer });
    for (const call of [client.run(LLAMA, { input: {} }), client.streamText(LLAMA, { input: {} }).text(), client.predictions.get("p1")]) {
      assert.match((await failure(call)).message, /fetch did not resolve to a Response$/);
    }
  }
});
