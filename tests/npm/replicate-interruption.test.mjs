// Broken streams: each resumes without a lost or repeated event, or ends as interrupted.

import { test } from "node:test";
import assert from "node:assert/strict";
import { CREATE, GET, LLAMA, OPEN, TOKENS, all, connect, failure } from "./client.mjs";
import { virtualTime } from "./virtual-time.mjs";

const tokens = ["A", "\n", "", "\n", "é😀", " b", "A", "A"];
const shown = (events) => events.map(({ event, data }) => `${event} ${JSON.stringify(data)}`);
const isStream = (url) => url.includes("/stream/");

/** The events without faults, which a resumed stream must yield too. */
async function whole(prompt = "") {
  const { client } = connect();
  return shown(await all(client.stream(TOKENS, { input: { tokens, prompt } })));
}

/** Changes the body of the first event stream. */
const firstStream = (change) => (fetch) => {
  let streams = 0;
  return async (url, init) => {
    const response = await fetch(url, init);
    return isStream(url) && streams++ === 0 ? change(response, url) : response;
  };
};

const reset = () => Object.assign(new TypeError("terminated"), { cause: { code: "ECONNRESET" } });

/** A body that breaks (hard) or ends after some bytes. */
const cutAfter = (bytes, hard) =>
  firstStream(async (response) => {
    const all = new Uint8Array(await response.arrayBuffer());
    const parts = [all.slice(0, bytes)];
    const body = new ReadableStream({
      pull(controller) {
        if (parts.length) controller.enqueue(parts.pop());
        else if (hard) controller.error(reset());
        else controller.close();
      },
    });
    return new Response(body, response);
  });

const servers = {
  "goes on after Last-Event-ID": "",
  "starts again from the beginning": "[restart]",
  "has no ids and starts again": "[no-ids]",
};

for (const [behaviour, more] of Object.entries(servers)) {
  for (const fault of ["drop-stream", "end-stream"]) {
    test(`no event is lost or repeated after a ${fault} at any event of a server that ${behaviour}`, async (t) => {
      const time = virtualTime(t);
      const expected = await time.of(whole());
      for (let at = 0; at < expected.length; at++) {
        const prompt = `[${fault}: ${at}]${more}`;
        const { client, requests, lines, predictions } = connect({}, { clock: time.clock });
        const events = await time.of(all(client.stream(TOKENS, { input: { tokens, prompt } })));
        assert.deepEqual(shown(events), expected, prompt);
        const texts = await time.of(all(client.streamText(TOKENS, { input: { tokens, prompt } })));
        assert.equal(texts.join(""), tokens.join(""), prompt);
        assert.equal(predictions().length, 2, "one create each");
        assert.deepEqual(lines().slice(1, 3), [OPEN, OPEN]);
        const delivered = more === "[no-ids]" || at === 0 ? undefined : events[at - 1].id;
        assert.deepEqual(requests.slice(1, 3).map(({ headers }) => headers["last-event-id"]), [undefined, delivered]);
      }
    });
  }
}

test("no event is lost or repeated after a cut at any byte, also inside an event or a character", async (t) => {
  const time = virtualTime(t);
  const input = { tokens: ["A", "\n", "é😀"] };
  let length;
  const measure = firstStream(async (response) => {
    const bytes = await response.arrayBuffer();
    length = bytes.byteLength;
    return new Response(bytes, response);
  });
  const expected = shown(await time.of(all(connect({}, {}, measure).client.stream(TOKENS, { input }))));
  for (let at = 0; at < length; at++) {
    const { client, predictions } = connect({}, { clock: time.clock }, cutAfter(at, at % 2 === 0));
    assert.deepEqual(shown(await time.of(all(client.stream(TOKENS, { input })))), expected, `byte ${at} of ${length}`);
    assert.equal(predictions().length, 1);
  }
});

test("the output completes a stream that cannot be opened again", async (t) => {
  const time = virtualTime(t);
  for (const bytes of [0, 100, 200]) {
    let streams = 0;
    const between = (fetch) => async (url, init) => {
      if (isStream(url) && streams++ > 0) return new Response("gone", { status: 404 });
      return fetch(url, init);
    };
    const { client, lines } = connect({}, { clock: time.clock }, (fetch) => cutAfter(bytes, true)(between(fetch)));
    const events = await time.of(all(client.stream(TOKENS, { input: { tokens } })));
    assert.equal(events.map(String).join(""), tokens.join(""));
    assert.equal(events.at(-1).event, "done");
    assert.equal(lines().at(-1), GET);
  }
});

test("a stream that the output cannot complete is interrupted with the text so far", async (t) => {
  const time = virtualTime(t);
  let gone = false;
  const between = (fetch) => async (url, init) => {
    if (gone) return new Response("gone", { status: 404 });
    gone = isStream(url);
    return fetch(url, init);
  };
  const { client, count, predictions } = connect({}, { clock: time.clock }, between);
  const stream = client.streamText(TOKENS, { input: { tokens, prompt: "[drop-stream: 3]" } });
  const texts = [];
  const error = await time.of(failure((async () => {
    for await (const text of stream) texts.push(text);
  })()));
  assert.equal(error.code, "interrupted");
  assert.match(error.message, /interrupted/);
  assert.ok(texts.length > 0);
  assert.equal(error.partial, texts.join(""));
  assert.equal(error.predictionId, predictions()[0].id);
  assert.equal(count(`POST /v1/models/${TOKENS}/predictions`), 1);
});

test("a stream that restarts with a different text is interrupted, and none of that text is delivered", async (t) => {
  const time = virtualTime(t);
  const event = (data) => `event: output\ndata: ${data}\n\n`;
  let streams = 0;
  const between = (fetch) => async (url, init) => {
    if (!isStream(url)) return fetch(url, init);
    const body = streams++ === 0 ? event("Once") : `${event("Never")}event: done\ndata: {}\n\n`;
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const { client } = connect({}, { clock: time.clock }, between);
  const stream = client.streamText(LLAMA, { input: { prompt: "tea" } });
  assert.equal((await time.of(stream.next())).value, "Once");
  const error = await time.of(failure(stream.next()));
  assert.deepEqual([error.code, error.partial], ["interrupted", "Once"]);
});

test("a stream without events is replaced by polls at once", async (t) => {
  const time = virtualTime(t);
  const between = (fetch) => async (url, init) => {
    if (!isStream(url)) return fetch(url, init);
    return new Response(": nothing\n\n", { headers: { "content-type": "text/event-stream" } });
  };
  const { client, count } = connect({ maxRetries: 3 }, { clock: time.clock }, between);
  assert.equal(await time.of(client.streamText(TOKENS, { input: { tokens } }).text()), tokens.join(""));
  assert.equal(count(OPEN), 2);
  assert.equal(count(CREATE) + count(`POST /v1/models/${TOKENS}/predictions`), 1);
});

test("a stream that cannot be opened is polled", async (t) => {
  const time = virtualTime(t);
  for (const status of [403, 404, 500]) {
    const between = (fetch) => async (url, init) => (isStream(url) ? new Response("no", { status }) : fetch(url, init));
    const { client } = connect({}, { clock: time.clock }, between);
    assert.equal(await time.of(client.streamText(TOKENS, { input: { tokens } }).text()), tokens.join(""));
  }
});
