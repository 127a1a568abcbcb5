/** Slots: which are freed before a caller is refused, and which are kept. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { MemoryStore } from "../../src/relay/index.js";
import { createRequest, makeRelay } from "./requests.mjs";

let now;
beforeEach(() => {
  now = 1_000_000;
  mock.method(performance, "now", () => now);
});
afterEach(() => mock.restoreAll());

/** Replicate with predictions whose status the test sets. `create` replaces its answer to a create. */
function setUp({ create, list, running = 2, ...options } = {}) {
  const statuses = new Map();
  const asked = [];
  const relay = makeRelay({
    limits: { createsPerMinute: Infinity, running },
    async fetch(url, { method, signal }) {
      const path = new URL(url).pathname.replace("/v1", "");
      asked.push(`${method} ${path}`);
      if (method === "POST" && path.endsWith("/cancel")) return Response.json({ id: path.split("/")[2], status: "processing" });
      if (method === "POST") {
        const own = await create?.(signal);
        if (own) return own;
        const id = `p${statuses.size + 1}`;
        statuses.set(id, "starting");
        return Response.json({ id, status: "starting", urls: {} }, { status: 201 });
      }
      if (path === "/predictions") return list?.() ?? Response.json({ results: [], next: null });
      const id = path.split("/")[2];
      if (!statuses.has(id)) return Response.json({ detail: "not found" }, { status: 404 });
      return Response.json({ id, status: statuses.get(id) });
    },
    ...options,
  });
  const post = async (init) => {
    const answer = await relay(createRequest(init));
    return { status: answer.status, retryAfter: Number(answer.headers.get("retry-after")), body: await answer.json() };
  };
  return { relay, post, statuses, asked };
}

test("a caller who has reloaded the page is not refused when its predictions have ended", async () => {
  const { post, statuses } = setUp();
  await post();
  await post();
  assert.deepEqual([(await post()).status, (await post()).retryAfter], [429, 5]);
  statuses.set("p1", "canceled");
  assert.equal((await post()).status, 201);
  assert.equal((await post()).status, 429);
  for (const id of ["p2", "p3"]) statuses.set(id, "succeeded");
  assert.equal((await post()).status, 201);
  assert.equal((await post()).status, 201);
});

test("another process frees slots too, by the notes in the store", async () => {
  const store = new MemoryStore();
  const first = setUp({ store });
  await first.post();
  await first.post();
  const second = setUp({ store });
  assert.equal((await second.post()).status, 429);
  second.statuses.set("p1", "succeeded");
  assert.equal((await second.post()).status, 201);
});

test("a note that is no path of a prediction is not asked for", async () => {
  const store = Object.assign(new MemoryStore(), { noted: async () => "@evil.example/" });
  await setUp({ store }).post();
  await setUp({ store }).post();
  const third = setUp({ store });
  assert.equal((await third.post()).status, 429);
  assert.deepEqual(third.asked, []);
});

test("a custom store without `held` works with the notes of this process", async () => {
  const memory = new MemoryStore();
  const store = { acquire: (...args) => memory.acquire(...args), release: (...args) => memory.release(...args) };
  const { post, statuses } = setUp({ store });
  await post();
  await post();
  assert.equal((await post()).status, 429);
  statuses.set("p2", "failed");
  assert.equal((await post()).status, 201);
});

test("a prediction whose poll fails keeps its slot", async () => {
  const { post, statuses } = setUp();
  await post();
  await post();
  statuses.delete("p1");
  assert.equal((await post()).status, 429);
});

test("another caller's slots are neither polled nor freed", async () => {
  const { post, asked } = setUp({ running: 1 });
  await post({ headers: { "x-user": "bob" } });
  await post();
  asked.length = 0;
  assert.equal((await post()).status, 429);
  assert.deepEqual(asked, ["GET /predictions/p2"]);
});

test("repeated creates of a caller cause at most 20 polls of Replicate each minute", async () => {
  const { post, asked } = setUp({ running: 1 });
  await post();
  for (let i = 0; i < 50; i++) assert.equal((await post()).status, 429);
  assert.equal(asked.filter((request) => request.startsWith("GET")).length, 20);
});

// ---- creates without an answer

const page = (status) => () => new Response("<h1>proxy</h1>", { status, headers: { "content-type": "text/html" } });
const drop = () => {
  throw new TypeError("fetch failed", { cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }) });
};

for (const status of [200, 201, 403, 404, 503]) {
  test(`creates answered with HTML and ${status} keep no slot when Replicate has created nothing`, async () => {
    let isBroken = true;
    const { post } = setUp({ create: () => isBroken && page(status)() });
    await post();
    await post();
    isBroken = false;
    assert.equal((await post()).status, 201);
  });
}

for (const [name, answer] of [
  ["a page of a gateway that gave up", page(504)],
  ["a connection that dropped", drop],
]) {
  test(`a create that ended in ${name} keeps its slot until Replicate's list must contain it`, async () => {
    let isBroken = true;
    const { post } = setUp({ running: 1, create: () => isBroken && answer() });
    assert.ok((await post()).status >= 500);
    isBroken = false;
    now += 10_000;
    const refused = await post();
    assert.deepEqual([refused.status, refused.retryAfter], [429, 20]);
    now += 20_000;
    assert.equal((await post()).status, 201);
  });
}

test("a create with an unknown outcome keeps its slot while an unknown newer prediction runs", async () => {
  let isBroken = true;
  let status = "processing";
  const at = (seconds) => new Date(Date.parse("2026-01-01T00:01:00Z") + seconds * 1000).toISOString();
  const list = () =>
    Response.json(
      { results: [{ id: "x", status, created_at: at(-29) }, { id: "y", status: "processing", created_at: at(-60) }], next: null },
      { headers: { date: new Date(at(0)).toUTCString() } },
    );
  const { post } = setUp({ running: 1, list, create: () => isBroken && drop() });
  await post();
  isBroken = false;
  now += 30_000;
  assert.equal((await post()).status, 429);
  status = "succeeded";
  assert.equal((await post()).status, 201);
});

test("no slot is freed when Replicate's list cannot be fetched", async () => {
  for (const answer of [page(200), () => Response.json({ detail: "no" }, { status: 403 }), () => Response.json({ results: 5 })]) {
    let isBroken = true;
    const { post } = setUp({ running: 1, list: answer, create: () => isBroken && page(200)() });
    await post();
    isBroken = false;
    assert.equal((await post()).status, 429);
  }
});

for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]) {
  test(`a create that could not connect (${code}) frees its slot at once`, async () => {
    let isDown = true;
    const unreachable = () => {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) });
    };
    const { post, asked } = setUp({ running: 1, create: () => isDown && unreachable() });
    assert.equal((await post()).status, 502);
    isDown = false;
    assert.equal((await post()).status, 201);
    assert.deepEqual(asked.filter((request) => request.startsWith("GET")), []);
  });
}

test("a caller who leaves during acquire keeps no slot, and nothing is sent", async () => {
  const controller = new AbortController();
  const memory = new MemoryStore();
  let give;
  let isAsked;
  const asking = new Promise((resolve) => (isAsked = resolve));
  const store = {
    held: (caller) => memory.held(caller),
    release: (...args) => memory.release(...args),
    acquire: async (...args) => {
      isAsked();
      await new Promise((resolve) => (give = resolve));
      return memory.acquire(...args);
    },
  };
  const { post, asked } = setUp({ store });
  const pending = post({ signal: controller.signal });
  await asking;
  controller.abort();
  assert.equal((await pending).status, 499);
  give();
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.deepEqual(await memory.held("alice"), []);
  assert.deepEqual(asked, []);
});

// ---- events that free a slot

/** Reads a stream to its end, and returns the status of the next create while polls say that the prediction runs. */
async function createAfter(text) {
  const streamUrl = "https://stream.replicate.com/s";
  let creates = 0;
  const relay = makeRelay({
    limits: { running: 1 },
    async fetch(url, { method }) {
      if (url === streamUrl) return new Response(text, { headers: { "content-type": "text/event-stream" } });
      if (method === "GET") return Response.json({ id: "p1", status: "processing" });
      return Response.json({ id: `p${++creates}`, status: "starting", urls: { stream: streamUrl } }, { status: 201 });
    },
  });
  const { urls } = await (await relay(createRequest())).json();
  const streamed = await (await relay(new Request(urls.stream))).text();
  assert.equal(streamed, text);
  return (await relay(createRequest())).status;
}

for (const [name, text, status] of [
  ["done", "event: output\ndata: a\n\nevent: done\ndata: {}\n\n", 201],
  ["done with lines of CR", "event:done\rdata: {}\r\r", 201],
  ["done with lines of CR and LF", "event: done\r\ndata: {}\r\n\r\n", 201],
  ["an end without done", "event: output\ndata: a\n\n", 429],
  ["a done that is cut off", "event: done\ndata: {}\n", 429],
  ["an output that says done", "event: output\ndata: event: done\n\n", 429],
  ["another event whose name begins with done", "event: done-not\ndata: {}\n\n", 429],
  ["a done that is renamed", "event: done\nevent: output\ndata: {}\n\n", 429],
  ["nothing", "", 429],
]) {
  test(`a stream with ${name}: the next create is answered with ${status}`, async () => assert.equal(await createAfter(text), status));
}

// ---- the clock

test("a clock that is set back or forward changes no limit", async () => {
  const store = new MemoryStore();
  const limits = { createsPerMinute: 1, totalCreatesPerMinute: 9, running: 9, totalRunning: 9, slotMs: 60_000 };
  await store.acquire("a", "1", limits);
  for (const hour of [-3_600_000, 3_600_000]) {
    mock.timers.enable({ apis: ["Date"], now: Date.now() + hour });
    const refused = await store.acquire("a", "2", limits);
    assert.deepEqual(refused, { ok: false, retryAfterMs: 60_000 });
    mock.timers.reset();
  }
  now += 60_000;
  assert.deepEqual(await store.acquire("a", "2", limits), { ok: true });
});

test("a state saved with a clock ahead of this one refuses creates for at most a minute", async () => {
  const inAnHour = performance.timeOrigin + now + 3_600_000;
  const store = new MemoryStore({ creates: [{ caller: "a", at: inAnHour }], slots: [] });
  const limits = { createsPerMinute: 1, totalCreatesPerMinute: 9, running: 9, totalRunning: 9, slotMs: 60_000 };
  assert.deepEqual(await store.acquire("a", "2", limits), { ok: false, retryAfterMs: 60_000 });
});

test("the memory store works with 150,000 slots", async () => {
  const until = performance.timeOrigin + now + 60_000;
  const slots = Array.from({ length: 150_000 }, (_, i) => ({ caller: `caller-${i}`, id: `${i}`, until }));
  const store = new MemoryStore({ creates: [], slots });
  const limits = { createsPerMinute: 9, totalCreatesPerMinute: 9, running: 9, totalRunning: 150_000, slotMs: 60_000 };
  assert.deepEqual(await store.acquire("a", "1", limits), { ok: false, retryAfterMs: 5000 });
});
