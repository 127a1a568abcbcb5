/** Open requests, and their memory. Only `tick` moves time on. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { createRequest, created, makeRelay, pieces } from "./requests.mjs";

let now;
beforeEach(() => {
  now = 1_000_000;
  mock.method(performance, "now", () => now);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});
const turn = async (count = 5) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

const roomy = { createsPerMinute: Infinity, running: Infinity, totalRunning: Infinity };
const megabyte = 1024 * 1024;
const get = (url, user = "alice") => new Request(url, { headers: { "x-user": user } });

/** A body with a Content-Length, whose rest after the first bytes is sent by the test. */
function heldBody(bytes) {
  let stream;
  let asked = 0;
  let isLeft = false;
  const body = new ReadableStream(
    {
      start: (controller) => (stream = controller),
      pull: () => void asked++,
      cancel: () => (isLeft = true),
    },
    { highWaterMark: 0 },
  );
  const send = (text) => stream.enqueue(new TextEncoder().encode(text));
  return { init: { body, headers: { "content-length": `${bytes}` } }, send, end: () => stream.close(), asked: () => asked, left: () => isLeft };
}

test("all requests of a caller are counted over a minute, separately from other callers", async () => {
  const relay = makeRelay({ limits: { ...roomy, requestsPerMinute: 3 }, fetch: async () => Response.json(created) });
  const { urls } = await (await relay(createRequest())).json();
  assert.equal((await relay(get(urls.get))).status, 200);
  assert.equal((await relay(get("http://relay.example/v1/nothing"))).status, 404);
  now += 20_000;
  const refused = await relay(get(urls.get));
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "40"]);
  assert.equal((await relay(createRequest({ headers: { "x-user": "bob" } }))).status, 200);
  now += 40_000;
  assert.equal((await relay(get(urls.get))).status, 200);
});

test("a store with countRequest decides about every request", async () => {
  const asked = [];
  const store = {
    acquire: async () => ({ ok: true }),
    release: async () => {},
    async countRequest(caller, { requestsPerMinute }) {
      asked.push([caller, requestsPerMinute]);
      return asked.length < 3 ? { ok: true } : { ok: false, retryAfterMs: 12_000 };
    },
  };
  const relay = makeRelay({ store, limits: { ...roomy, requestsPerMinute: 7 } });
  const { urls } = await (await relay(createRequest())).json();
  await relay(get(urls.get));
  const refused = await relay(get(urls.get, "bob"));
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "12"]);
  assert.deepEqual(asked, [["alice", 7], ["alice", 7], ["bob", 7]]);
});

for (const [name, countRequest] of [
  ["has no countRequest", undefined],
  ["cannot count requests", async () => Promise.reject(new Error("down"))],
  ["throws instead of rejecting", () => { throw new Error("down"); }],
  ["does not answer", () => new Promise(() => {})],
  ["answers with nonsense", async () => "yes"],
]) {
  test(`if a store ${name}, the relay counts its own requests`, async (t) => {
    mock.timers.enable({ apis: ["setTimeout"] });
    t.mock.method(console, "error", () => {});
    const count = t.mock.fn(countRequest);
    const store = { acquire: async () => ({ ok: true }), release: async () => {}, countRequest: countRequest && count };
    const relay = makeRelay({ store, limits: { ...roomy, requestsPerMinute: 2 }, fetch: async () => Response.json(created) });
    const ask = async () => {
      const answer = relay(createRequest());
      await turn();
      mock.timers.tick(1000);
      return (await answer).status;
    };
    assert.deepEqual([await ask(), await ask(), await ask()], [200, 200, 429]);
    assert.equal(count.mock.callCount(), countRequest ? 1 : 0, "it is not called again before a pause");
    now += 5001;
    assert.equal(await ask(), 429);
    assert.equal(count.mock.callCount(), countRequest ? 2 : 0);
  });
}

test("open requests of a caller and of all callers are counted until they end", async () => {
  const answers = [];
  const relay = makeRelay({
    limits: { ...roomy, requests: 2, totalRequests: 3 },
    fetch: () => new Promise((resolve) => answers.push(() => resolve(Response.json(created, { status: 201 })))),
  });
  const ask = (user) => relay(createRequest({ headers: { "x-user": user } }));
  const pending = [ask("alice"), ask("alice")];
  await turn();
  assert.equal((await ask("alice")).status, 429);
  pending.push(ask("bob"));
  await turn();
  const refused = await ask("carol");
  assert.deepEqual([refused.status, refused.headers.get("retry-after")], [429, "1"]);
  answers[0]();
  assert.equal((await pending[0]).status, 201);
  pending.push(ask("carol"));
  await turn();
  for (const answer of answers) answer();
  assert.deepEqual((await Promise.all(pending)).map(({ status }) => status), [201, 201, 201, 201]);
});

test("a stream counts as an open request until it ends or its reader leaves", async () => {
  const streamUrl = "https://stream.replicate.com/s";
  const relay = makeRelay({
    limits: { ...roomy, requests: 1 },
    fetch: async (url) =>
      url === streamUrl
        ? new Response(new ReadableStream({ pull: (stream) => stream.enqueue(new TextEncoder().encode("data: a\n\n")) }), {
            headers: { "content-type": "text/event-stream" },
          })
        : Response.json({ ...created, urls: { stream: streamUrl } }, { status: 201 }),
  });
  const { urls } = await (await relay(createRequest())).json();
  const reader = (await relay(get(urls.stream))).body.getReader();
  await reader.read();
  assert.equal((await relay(get(urls.get))).status, 429);
  await reader.cancel();
  assert.equal((await relay(get(urls.get))).status, 201);
});

test("a large body for which there is no room is refused before it is read", async () => {
  const relay = makeRelay({ limits: roomy });
  const bodies = Array.from({ length: 6 }, () => heldBody(13 * megabyte));
  const pending = bodies.map(({ init }, i) => relay(createRequest({ ...init, headers: { ...init.headers, "x-user": `caller-${i}` } })));
  await turn();
  assert.deepEqual(bodies.map(({ asked }) => asked()), [1, 1, 1, 0, 0, 0]);
  const small = await relay(createRequest({ headers: { "x-user": "honest" } }));
  assert.equal(small.status, 201, "a small one needs no room");
  bodies[0].send('{"input":{}}');
  bodies[0].end();
  assert.equal((await pending[0]).status, 201);
  await turn();
  assert.equal(bodies[3].asked(), 1);
  assert.equal(bodies[4].asked(), 0);
});

test("when room is needed, stalled requests are ended, the longest stalled first", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const relay = makeRelay({ limits: roomy });
  const begin = (i) => {
    const held = heldBody(13 * megabyte);
    return { ...held, answer: relay(createRequest({ ...held.init, headers: { ...held.init.headers, "x-user": `caller-${i}` } })) };
  };
  const bodies = [];
  for (let i = 0; i < 3; i++) {
    bodies.push(begin(i));
    await turn();
    now += 100;
  }
  const honest = begin("honest");
  await turn();
  assert.equal(honest.asked(), 0, "no request has stalled for long");
  // 64 kB count as progress, a single byte does not.
  bodies[0].send('{"input":{"a":"'.padEnd(70_000, "x"));
  bodies[1].send("{");
  now += 1950;
  await turn();
  mock.timers.tick(250);
  await turn();
  assert.equal((await bodies[1].answer).status, 408);
  assert.equal(bodies[1].left(), true);
  assert.equal(honest.asked(), 1);
  assert.equal(bodies[0].left(), false);
});

test("a body has two minutes, the wait for memory included, and then frees its memory for the next one", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const relay = makeRelay({ limits: roomy });
  const begin = (user, bytes) => {
    const held = heldBody(bytes);
    return { ...held, answer: relay(createRequest({ ...held.init, headers: { ...held.init.headers, "x-user": user } })) };
  };
  const wait = async (ms) => {
    now += ms;
    mock.timers.tick(ms);
    await turn();
  };
  const small = begin("small", 1000);
  const large = [];
  for (let i = 0; i < 3; i++) large.push(begin(`caller-${i}`, 13 * megabyte));
  await turn();
  await wait(1000);
  const waiting = begin("waiting", 13 * megabyte);
  // All bodies in memory arrive slowly, so that none of them stalls.
  for (let i = 0; i < 118; i++) {
    for (const { send } of large) send(i === 0 ? '{"input":{"a":"'.padEnd(70_000, "x") : "x".repeat(70_000));
    await turn();
    await wait(1000);
  }
  assert.equal(waiting.asked(), 0);
  const answers = [];
  for (const { answer } of [small, ...large, waiting]) answer.then((answer) => answers.push(answer));
  await wait(999);
  assert.equal(answers.length, 0);
  await wait(1);
  assert.deepEqual(answers.map(({ status }) => status), [408, 408, 408, 408]);
  assert.match((await answers[0].json()).detail, /did not arrive within 120 seconds/);
  assert.deepEqual([small, ...large].map(({ left }) => left()), [true, true, true, true]);
  assert.equal(waiting.asked(), 1, "there is room now");
  await wait(1000);
  assert.equal((await waiting.answer).status, 408);
});

test("stalled requests are ended too when the number of requests is reached", async () => {
  const relay = makeRelay({ limits: { ...roomy, totalRequests: 3 } });
  const hostile = Array.from({ length: 3 }, () => heldBody(100));
  const answers = hostile.map(({ init }, i) => relay(createRequest({ ...init, headers: { ...init.headers, "x-user": `caller-${i}` } })));
  await turn();
  assert.equal((await relay(createRequest())).status, 429);
  now += 2001;
  assert.equal((await relay(createRequest())).status, 201);
  assert.equal((await Promise.race(answers)).status, 408);
});

test("a body without a Content-Length takes the room of the largest allowed one when it is no longer small", async () => {
  const relay = makeRelay({ limits: roomy });
  const chunk = `{"input":{"a":"${"x".repeat(70_000)}`;
  const asked = [];
  for (let i = 0; i < 6; i++) {
    const held = pieces(chunk, ...Array.from({ length: 3 }, () => "x".repeat(1000)), new Uint8Array(0));
    asked.push(held.asked);
    const endless = new ReadableStream({ pull: () => new Promise(() => {}) }, { highWaterMark: 0 });
    const reader = held.body.getReader();
    const body = new ReadableStream(
      {
        async pull(stream) {
          const { value, done } = await reader.read();
          if (done || value.length === 0) await endless.getReader().read();
          else stream.enqueue(value);
        },
      },
      { highWaterMark: 0 },
    );
    relay(createRequest({ body, headers: { "x-user": `caller-${i}` } }));
  }
  await turn(20);
  assert.deepEqual(asked.map((count) => count() > 1), [true, true, true, false, false, false]);
});

/** A prediction with a large answer, and the number of its bytes that were read from Replicate. */
function largeAnswer(bytes) {
  let pulled = 0;
  const head = '{"id":"p1","status":"processing","output":"';
  const fetch = async (url, { method }) => {
    if (method === "POST") return Response.json(created, { status: 201 });
    let sent = 0;
    const body = new ReadableStream(
      {
        pull(stream) {
          const text = sent === 0 ? head : sent < bytes - 2 ? "x".repeat(Math.min(megabyte, bytes - 2 - sent)) : '"}';
          sent += text.length;
          pulled += text.length;
          stream.enqueue(new TextEncoder().encode(text));
          if (text === '"}') stream.close();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-length": `${bytes}`, "content-type": "application/json" } });
  };
  return { fetch, pulled: () => pulled };
}

test("large unread answers are not read from Replicate when there is no room", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const bytes = 15 * megabyte;
  const { fetch, pulled } = largeAnswer(bytes);
  const relay = makeRelay({ limits: roomy, fetch });
  const { urls } = await (await relay(createRequest())).json();
  const answers = Array.from({ length: 5 }, () => relay(get(urls.get)));
  await turn(200);
  assert.ok(pulled() < 3.5 * bytes, `${pulled()} bytes were read from Replicate`);
  // Three are buffered and unread. A caller who reads its answer makes room for the next.
  const text = await (await answers[0]).text();
  assert.ok(text.length > 14 * megabyte);
  await turn(100);
  assert.ok(pulled() > 3.5 * bytes && pulled() < 4.5 * bytes, `${pulled()}`);
  // The others have stalled for long: the last answer takes the room of one of them.
  now += 3000;
  mock.timers.tick(250);
  await turn(100);
  assert.equal((await answers[4]).status, 200);
  await assert.rejects(answers[1].then((answer) => answer.text()), /stalled/);
});

test("a large answer is read in pieces, as fast as its reader", async () => {
  const { fetch } = largeAnswer(3 * megabyte);
  const relay = makeRelay({ limits: roomy, fetch });
  const { urls } = await (await relay(createRequest())).json();
  const reader = (await relay(get(urls.get))).body.getReader();
  const { value } = await reader.read();
  assert.equal(value.byteLength, 64 * 1024);
});

test("a caller who leaves frees the room of its request", async () => {
  const relay = makeRelay({ limits: { ...roomy, totalRequests: 1 } });
  const controller = new AbortController();
  const { init } = heldBody(13 * megabyte);
  const pending = relay(createRequest({ ...init, signal: controller.signal }));
  await turn();
  assert.equal((await relay(createRequest())).status, 429);
  controller.abort();
  assert.equal((await pending).status, 499);
  assert.equal((await relay(createRequest())).status, 201);
});

test("derived limits are not below the limits that they follow from", async () => {
  const seen = [];
  const store = { acquire: async (caller, id, limits) => (seen.push(limits), { ok: true }), release: async () => {} };
  for (const limits of [{}, { running: 100, totalRunning: 1000 }, { running: Infinity }, { running: 100, requests: 5 }]) {
    await makeRelay({ store, limits })(createRequest());
  }
  const numbers = seen.map(({ requestsPerMinute, requests, totalRequests }) => [requestsPerMinute, requests, totalRequests]);
  assert.deepEqual(numbers, [
    [1200, 50, 500],
    [24_000, 400, 4000],
    [Infinity, Infinity, Infinity],
    [24_000, 5, 500],
  ]);
});
