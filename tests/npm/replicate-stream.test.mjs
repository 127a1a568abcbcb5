// stream() and streamText() without interruptions: the events of a prediction, and its end.

import { test } from "node:test";
import assert from "node:assert/strict";
import { FileOutput, PredictionStream } from "replicate-wasm";
import { BASE, CREATE, FLUX, GET, LLAMA, OPEN, TOKENS, all, connect, failure } from "./client.mjs";
import { virtualTime } from "./virtual-time.mjs";

const say = (...tokens) => ({ input: { tokens } });
const named = (events, name) => events.filter(({ event }) => event === name);

/** A sandbox whose event streams have this body. */
const streaming = (body) => (fetch) => async (url, init) =>
  url.includes("/stream/") ? new Response(body, { headers: { "content-type": "text/event-stream" } }) : fetch(url, init);

test("a stream yields outputs, logs and the end, in order and with their ids", async () => {
  const { client, lines, predictions } = connect();
  const stream = client.stream(LLAMA, { input: { prompt: "tea" } });
  assert.ok(stream instanceof PredictionStream);
  const events = await all(stream);
  const [{ output, logs }] = predictions();
  assert.deepEqual(named(events, "output").map(({ data }) => data), output);
  // In an event stream a carriage return begins a new line, like a line feed.
  assert.equal(named(events, "logs").map(({ data }) => data).join(""), logs.replaceAll("\r", "\n"));
  assert.deepEqual(new Set(events.map(({ event }) => event)), new Set(["output", "logs", "done"]));
  assert.deepEqual({ ...events.at(-1) }, { event: "done", data: "{}", id: events.at(-1).id });
  const counted = events.map(({ id }) => Number(/^\d+:(\d+)$/.exec(id)[1]));
  assert.deepEqual(counted, events.map((_, i) => i));
  assert.deepEqual(lines(), [CREATE, OPEN]);
});

test("String(event) is the text of an output event and empty for other events", async () => {
  const events = await all(connect().client.stream(TOKENS, say("a", "b")));
  assert.equal(events.map(String).join("|").replaceAll("||", "|"), "a|b|");
  for (const event of events) assert.equal(`${event}`, event.event === "output" ? event.data : "");
});

const TEXTS = ["\n", "", "a\nb", "\n\n", " two  blanks ", "é😀", "data: x", ":", "日本", "\u2028", ""];

test("tokens arrive unchanged: line feeds, empty ones, characters of several bytes", async () => {
  const { client } = connect();
  assert.deepEqual(named(await all(client.stream(TOKENS, say(...TEXTS))), "output").map(({ data }) => data), TEXTS);
  assert.deepEqual(await all(client.streamText(TOKENS, say(...TEXTS))), TEXTS);
});

test("any split of the bytes gives the same events", async () => {
  for (const size of [1, 2, 3, 7]) {
    const split = (fetch) => async (url, init) => {
      const response = await fetch(url, init);
      if (!url.includes("/stream/")) return response;
      const bytes = new Uint8Array(await response.arrayBuffer());
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size));
      return new Response(ReadableStream.from(parts), response);
    };
    assert.deepEqual(await all(connect({}, {}, split).client.streamText(TOKENS, say(...TEXTS))), TEXTS);
  }
});

test("unnamed and unknown events are yielded, and comments are not", async () => {
  const body = ": hello\n\ndata: plain\n\nevent: metric\nid: 7\ndata: {}\n\nevent: output\ndata: hi\n\nevent: done\ndata: {}\n\n";
  const events = await all(connect({}, {}, streaming(body)).client.stream(LLAMA, { input: { prompt: "tea" } }));
  assert.deepEqual(events.map((event) => ({ ...event })), [
    { event: "message", data: "plain", id: undefined },
    { event: "metric", data: "{}", id: "7" },
    { event: "output", data: "hi", id: "7" },
    { event: "done", data: "{}", id: "7" },
  ]);
});

test("the id and the prediction are known when the create is answered, before any event", async () => {
  const { client, predictions } = connect({}, {}, (fetch) => (url, init) => (url.includes("/stream/") ? new Promise(() => {}) : fetch(url, init)));
  const stream = client.stream(LLAMA, { input: { prompt: "tea" } });
  assert.equal(stream.id, undefined);
  stream.next();
  while (!stream.id) await new Promise(setImmediate);
  assert.equal(stream.id, predictions()[0].id);
  assert.equal(stream.prediction.status, "starting");
  assert.match(stream.prediction.urls.stream, new RegExp(`^${BASE}/predictions/\\w+/stream/`));
  await stream.return();
});

test("the create of a stream does not ask the server to hold its answer", async () => {
  const { client, requests } = connect();
  await client.streamText(TOKENS, say("a")).text();
  assert.equal(requests[0].headers.prefer, undefined);
  assert.match(requests[1].headers.accept, /^text\/event-stream/);
});

test("files in a stream are FileOutputs, or URLs with useFileOutput: false", async () => {
  const input = { prompt: "A lake" };
  const [{ data: file }] = named(await all(connect().client.stream(FLUX, { input })), "output");
  assert.ok(file instanceof FileOutput);
  assert.equal((await file.blob()).type, "image/png");
  const [event] = named(await all(connect({ useFileOutput: false }).client.stream(FLUX, { input })), "output");
  assert.match(event.data, /^https:.*\.png$/);
  assert.equal(`${event}`, event.data);
});

test("a failure in mid-stream rejects with the reason, the logs and the text so far", async () => {
  for (const method of ["stream", "streamText"]) {
    const { client, predictions, lines } = connect();
    const stream = client[method](LLAMA, { input: { prompt: "[fail: CUDA out of memory] tea" } });
    const seen = [];
    const error = await failure((async () => {
      for await (const result of stream) seen.push(String(result));
    })());
    const [{ id, output, logs }] = predictions();
    assert.equal(error.code, "failed");
    assert.equal(error.message, "Prediction failed: CUDA out of memory");
    assert.deepEqual([error.predictionId, error.logs], [id, logs]);
    assert.equal(seen.join(""), output.join(""));
    assert.equal(error.partial, output.join(""));
    assert.deepEqual(await stream.next(), { value: undefined, done: true }, "the error is thrown once");
    assert.deepEqual(lines(), [CREATE, OPEN, GET]);
  }
});

for (const status of ["canceled", "aborted"]) {
  test(`a prediction that was ${status} rejects with the code "${status}"`, async () => {
    const { client } = connect();
    const error = await failure(client.streamText(LLAMA, { input: { prompt: `[${status}] tea` } }).text());
    assert.equal(error.code, status);
  });
}

test("a done event with any reason rejects", async () => {
  const body = 'event: output\ndata: hi\n\nevent: done\ndata: {"reason":"error"}\n\n';
  const { client } = connect({}, {}, (fetch) => async (url, init) => {
    if (init.method === "GET" && !url.includes("/stream/")) return new Response("gone", { status: 404 });
    return streaming(body)(fetch)(url, init);
  });
  const error = await failure(client.streamText(LLAMA, { input: { prompt: "tea" } }).text());
  assert.deepEqual([error.code, error.partial], ["failed", "hi"]);
});

test("a model without a stream is polled, and each poll yields the new outputs", async (t) => {
  const time = virtualTime(t);
  const { client, lines, predictions } = connect({}, { stepMs: 200, clock: time.clock });
  const stream = client.stream(LLAMA, { input: { prompt: "[no-stream] tea" } });
  const first = await time.of(stream.next());
  assert.equal(first.value.event, "output");
  assert.equal(predictions()[0].status, "processing");
  const events = [first.value, ...(await time.of(all(stream)))];
  assert.deepEqual(named(events, "output").map(({ data }) => data), predictions()[0].output);
  assert.equal(events.at(-1).event, "done");
  assert.deepEqual(new Set(lines()), new Set([CREATE, GET]));
});

test("text() resolves to the whole text, from the first chunk on", async () => {
  const { client } = connect();
  const stream = client.stream(TOKENS, say("one", " two", " three"));
  await stream.next();
  assert.equal(await stream.text(), "one two three");
});

test("toReadableStream() has the same chunks", async () => {
  const chunks = [];
  for await (const chunk of connect().client.streamText(TOKENS, say("one", " two")).toReadableStream()) chunks.push(chunk);
  assert.deepEqual(chunks, ["one", " two"]);
});
