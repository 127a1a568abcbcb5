/** A stream of a million events: all are delivered, none is kept, and nothing is read ahead. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Replicate } from "replicate-wasm";

const CHUNK = 1000;
const TEXT = "twenty bytes of text";
const chunk = new TextEncoder().encode(`event: output\ndata: ${TEXT}\n\n`.repeat(CHUNK));
const end = new TextEncoder().encode("event: done\ndata: {}\n\n");

/** A server with one long stream. `pulled` counts the chunks that were read. */
function server(chunks) {
  const seen = { pulled: 0 };
  seen.fetch = async (url) => {
    if (!url.endsWith("/stream")) return Response.json({ id: "p1", status: "processing", urls: { stream: "https://stream.test/stream" } });
    const body = new ReadableStream(
      {
        pull(controller) {
          if (seen.pulled++ < chunks) controller.enqueue(chunk);
          else {
            controller.enqueue(end);
            controller.close();
          }
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  return seen;
}

const client = ({ fetch }) => new Replicate({ auth: "test", fetch });
const megabytes = () => {
  const { rss } = process.memoryUsage();
  return rss / (1 << 20);
};

test("a million events are delivered, and only the bounded partial text is kept in memory", async () => {
  const events = 1_000_000;
  let stream = client(server(10)).streamText("a/b", { input: {} });
  for await (const text of stream) assert.equal(text, TEXT);
  globalThis.gc?.();
  const before = megabytes();
  stream = client(server(events / CHUNK)).streamText("a/b", { input: {} });
  let count = 0;
  for await (const text of stream) if (text === TEXT) count += 1;
  assert.equal(count, events);
  assert.equal(stream.toJSON().delivered, events * TEXT.length);
  // Of 20 MB of text, in a million strings and results, the last 8 to 16 MiB may be kept.
  assert.ok(megabytes() - before < 150, `${Math.round(megabytes() - before)} MB more than before`);
});

test("a stream reads a chunk only when its reader has used up the last one", async () => {
  const seen = server(100);
  const stream = client(seen).stream("a/b", { input: {} });
  for (let read = 1; read <= 2 * CHUNK + 1; read++) {
    await stream.next();
    assert.equal(seen.pulled, Math.ceil(read / CHUNK));
  }
  await stream.return();
});
