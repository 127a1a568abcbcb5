// Regressions at the end of a stream: garbage collections and calls from callbacks.

import { test } from "node:test";
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Replicate } from "replicate-wasm";
import { failure } from "./client.mjs";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
const turn = () => new Promise((resolve) => setImmediate(resolve));

const STREAM = "https://stream.replicate.com/x";
const started = () => Response.json({ id: "x", status: "starting", urls: { stream: STREAM } }, { status: 201 });
const events = (source) => new Response(new ReadableStream(source), { headers: { "content-type": "text/event-stream" } });
const bytes = (text) => new TextEncoder().encode(text);
const clientOf = (fetch) => new Replicate({ auth: "r8_token", fetch });

test("a create that outlives its reader is answered and its prediction cancelled, even after a garbage collection", async () => {
  const log = [];
  let answer;
  const fetch = async (url, { method, signal }) => {
    log.push(`${method} ${new URL(url).pathname}`);
    if (!url.endsWith("/predictions")) return Response.json({ id: "x", status: "canceled" });
    return new Promise((resolve, reject) => {
      answer = () => resolve(started());
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  };
  const abort = new AbortController();
  // In its own function, so that nothing references the client afterwards.
  await (async () => {
    const run = failure(clientOf(fetch).run("acme/lake", { input: {}, signal: abort.signal }));
    while (!answer) await turn();
    abort.abort();
    assert.equal((await run).name, "AbortError");
  })();
  for (let i = 0; i < 8; i++) {
    gc();
    await turn();
  }
  answer();
  for (let i = 0; i < 100 && log.length < 2; i++) await turn();
  assert.deepEqual(log, ["POST /v1/models/acme/lake/predictions", "POST /v1/predictions/x/cancel"]);
});

test("a handle read while the stream is being left has the current position", async () => {
  let place;
  let stream;
  const fetch = async (url, { signal }) => {
    if (url !== STREAM) return started();
    signal.addEventListener("abort", () => (place = JSON.stringify(stream)));
    return events({ pull: (controller) => controller.enqueue(bytes("event: output\ndata: hi\n\nevent: output\ndata: ho\n\n")) });
  };
  stream = clientOf(fetch).streamText("acme/lake", { input: {} });
  assert.deepEqual(await stream.next(), { value: "hi", done: false });
  await stream.return();
  assert.deepEqual(JSON.parse(place), { id: "x", delivered: 2 });
});

test("a line past the limit after the end does not fail the stream", async () => {
  const chunk = new Uint8Array((33 << 20) + 60).fill(97);
  chunk.set(bytes("event: output\ndata: hi\n\nevent: done\ndata: {}\n\n"));
  const fetch = async (url) =>
    url === STREAM ? events({ start: (controller) => (controller.enqueue(chunk), controller.close()) }) : started();
  const seen = [];
  for await (const { event } of clientOf(fetch).stream("acme/lake", { input: {} })) seen.push(event);
  assert.deepEqual(seen, ["output", "done"]);
});

test("HEAD and OPTIONS are retried", async () => {
  for (const method of ["HEAD", "OPTIONS"]) {
    const sent = [];
    const fetch = async (url, init) => {
      sent.push(init.method);
      return sent.length < 2 ? new Response(null, { status: 503, headers: { "retry-after": "0" } }) : new Response();
    };
    assert.equal((await clientOf(fetch).request("/x", { method })).status, 200);
    assert.deepEqual(sent, [method, method]);
  }
});
