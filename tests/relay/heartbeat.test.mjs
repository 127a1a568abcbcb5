/** Comments in silent streams. Only the test moves time on. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { createRequest, created, makeRelay } from "./requests.mjs";

beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
afterEach(() => mock.timers.reset());

async function open(options) {
  const streamUrl = "https://stream.replicate.com/s";
  let source;
  const relay = makeRelay({
    fetch: async (url) =>
      url === streamUrl
        ? new Response(new ReadableStream({ start: (stream) => (source = stream) }), { headers: { "content-type": "text/event-stream" } })
        : Response.json({ ...created, urls: { stream: streamUrl } }, { status: 201 }),
    ...options,
  });
  const { urls } = await (await relay(createRequest())).json();
  const reader = (await relay(new Request(urls.stream))).body.getReader();
  const decoder = new TextDecoder();
  const turn = async () => {
    for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  };
  return {
    send: (text) => source.enqueue(new TextEncoder().encode(text)),
    end: () => source.close(),
    /** The text that arrives within `ms` milliseconds. */
    async within(ms) {
      const pending = reader.read();
      await turn();
      mock.timers.tick(ms);
      const { done, value } = await Promise.race([pending, turn().then(() => ({}))]);
      return done ? "the end" : value && decoder.decode(value);
    },
    read: async () => decoder.decode((await reader.read()).value),
  };
}

test("a silent stream gets a comment every 15 seconds, before its first event too", async () => {
  const { send, within, read } = await open();
  assert.equal(await within(15_000), ":\n");
  assert.equal(await within(15_000), ":\n");
  send("data: a\n\n");
  assert.equal(await read(), "data: a\n\n");
  assert.equal(await within(15_000), ":\n");
  send("event: done\ndata: {}\n\n");
  assert.equal(await read(), "event: done\ndata: {}\n\n");
});

test("a stream with events gets no comments", async () => {
  const { send, read } = await open();
  for (let i = 0; i < 5; i++) {
    mock.timers.tick(14_999);
    send(`data: ${i}\n\n`);
    assert.equal(await read(), `data: ${i}\n\n`);
  }
});

test("no comment is inside a line or between a CR and its LF", async () => {
  for (const begun of ["data: a", "data: a\r"]) {
    const { send, read, within } = await open();
    send(begun);
    assert.equal(await read(), begun);
    assert.equal(await within(60_000), undefined);
  }
});

test("heartbeatMs sets the interval, and 0 turns comments off", async () => {
  const fast = await open({ heartbeatMs: 1000 });
  assert.equal(await fast.within(1000), ":\n");
  const off = await open({ heartbeatMs: 0 });
  assert.equal(await off.within(3_600_000), undefined);
});

test("no comment follows the end", async () => {
  const { end, within } = await open();
  assert.equal(await within(15_000), ":\n");
  end();
  assert.equal(await within(0), "the end");
});
