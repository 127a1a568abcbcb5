import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { createRelay, MemoryStore } from "../../src/relay/index.js";

const wide = { createsPerMinute: 100, totalCreatesPerMinute: 100, running: 100, totalRunning: 100, slotMs: 1_800_000 };
const ok = { ok: true };

/** Only `tick` moves time on. */
let now;
const tick = (ms) => (now += ms);
beforeEach(() => {
  now = 1_000_000;
  mock.method(performance, "now", () => now);
});
afterEach(() => mock.restoreAll());

test("a caller's creates are counted over the last minute", async () => {
  const store = new MemoryStore();
  const limits = { ...wide, createsPerMinute: 2 };
  assert.deepEqual(await store.acquire("a", "1", limits), ok);
  tick(20_000);
  assert.deepEqual(await store.acquire("a", "2", limits), ok);
  assert.deepEqual(await store.acquire("a", "3", limits), { ok: false, retryAfterMs: 40_000 });
  assert.deepEqual(await store.acquire("b", "4", limits), ok);
  tick(40_000);
  assert.deepEqual(await store.acquire("a", "5", limits), ok);
  assert.deepEqual(await store.acquire("a", "6", limits), { ok: false, retryAfterMs: 20_000 });
});

test("a refused create does not count", async () => {
  const store = new MemoryStore();
  const limits = { ...wide, createsPerMinute: 1 };
  await store.acquire("a", "1", limits);
  for (let i = 0; i < 5; i++) await store.acquire("a", "x", limits);
  tick(60_000);
  assert.deepEqual(await store.acquire("a", "2", limits), ok);
});

test("the creates of all callers have a limit too", async () => {
  const store = new MemoryStore();
  const limits = { ...wide, totalCreatesPerMinute: 2 };
  await store.acquire("a", "1", limits);
  await store.acquire("b", "2", limits);
  assert.deepEqual(await store.acquire("c", "3", limits), { ok: false, retryAfterMs: 60_000 });
});

test("running predictions are counted until they are released", async () => {
  const store = new MemoryStore();
  const limits = { ...wide, running: 1 };
  await store.acquire("a", "1", limits);
  assert.deepEqual(await store.acquire("a", "2", limits), { ok: false, retryAfterMs: 5000 });
  await store.release("b", "1");
  await store.release("a", "other");
  assert.equal((await store.acquire("a", "2", limits)).ok, false);
  await store.release("a", "1");
  await store.release("a", "1");
  assert.deepEqual(await store.acquire("a", "2", limits), ok);
});

test("the running predictions of all callers have a limit too", async () => {
  const store = new MemoryStore();
  const limits = { ...wide, totalRunning: 2 };
  await store.acquire("a", "1", limits);
  await store.acquire("b", "2", limits);
  assert.equal((await store.acquire("c", "3", limits)).ok, false);
  await store.release("a", "1");
  assert.deepEqual(await store.acquire("c", "3", limits), ok);
});

test("a slot that is not released is freed after its time", async () => {
  const store = new MemoryStore();
  const limits = { ...wide, running: 1, slotMs: 90_000 };
  await store.acquire("a", "1", limits);
  tick(88_000);
  assert.deepEqual(await store.acquire("a", "2", limits), { ok: false, retryAfterMs: 2000 });
  tick(2000);
  assert.deepEqual(await store.acquire("a", "2", limits), ok);
});

test("a limit of 0 refuses everything", async () => {
  for (const name of ["createsPerMinute", "totalCreatesPerMinute", "running", "totalRunning"]) {
    const { ok, retryAfterMs } = await new MemoryStore().acquire("a", "1", { ...wide, [name]: 0 });
    assert.equal(ok, false);
    assert.ok(retryAfterMs > 0 && Number.isFinite(retryAfterMs), `${name}: ${retryAfterMs}`);
  }
});

test("expired entries are removed, so that the memory does not grow with the callers", async () => {
  const store = new MemoryStore();
  for (let i = 0; i < 50; i++) await store.acquire(`caller ${i}`, `${i}`, { ...wide, slotMs: 1000 });
  tick(60_000);
  await store.acquire("a", "1", wide);
  assert.deepEqual([store.state.creates.length, store.state.slots.length], [1, 1]);
});

test("a saved and loaded state keeps its counts", async () => {
  const store = new MemoryStore();
  const limits = { ...wide, createsPerMinute: 1 };
  await store.acquire("a", "1", limits);
  assert.equal((await new MemoryStore(structuredClone(store.state)).acquire("a", "2", limits)).ok, false);
});

// ---- the relay's calls of a store

const created = { id: "p1", status: "starting", urls: {} };

/** A relay with the test's own fetch, and a record of the calls of its store. */
function setUp({
  answer = () => Response.json(created, { status: 201 }),
  acquire = async () => ({ ok: true }),
  release = async () => {},
  ...options
} = {}) {
  const calls = [];
  const store = {
    acquire: (...args) => (calls.push(["acquire", ...args]), acquire(...args)),
    release: (...args) => (calls.push(["release", ...args]), release(...args)),
  };
  const relay = createRelay({
    token: "r8_x",
    authorize: () => "alice",
    models: ["meta/*"],
    store,
    fetch: async () => answer(),
    ...options,
  });
  const post = (headers) =>
    relay(
      new Request("http://localhost/v1/models/meta/llama/predictions", {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: '{"input":{}}',
      }),
    );
  return { calls, relay, post };
}

test("acquire gets the limits and the longest time of a slot", async () => {
  const { calls, post } = setUp({ limits: { running: 3 }, cancelAfter: "5m" });
  await post();
  const [[name, caller, slot, limits]] = calls;
  assert.deepEqual([name, caller], ["acquire", "alice"]);
  assert.match(slot, /^[\w-]{12}$/);
  assert.deepEqual(limits, { ...limits, createsPerMinute: 10, totalCreatesPerMinute: 600, running: 3, totalRunning: 20, slotMs: 330_000 });
});

test("without the option cancelAfter a slot lasts 30 minutes, whatever the caller's Cancel-After", async () => {
  const { calls, post } = setUp();
  await post();
  await post({ "cancel-after": "1s" });
  await post({ "cancel-after": "9h" });
  assert.deepEqual(
    calls.map(([, , , { slotMs }]) => slotMs),
    [1_800_000, 1_800_000, 1_800_000],
  );
});

test("a prediction that has ended in the answer to its create frees its slot at once", async () => {
  for (const status of ["succeeded", "failed", "canceled", "aborted"]) {
    const { calls, post } = setUp({ answer: () => Response.json({ ...created, status }, { status: 201 }) });
    await post();
    assert.deepEqual(
      calls.map(([name]) => name),
      ["acquire", "release"],
      status,
    );
    assert.equal(calls[0][2], calls[1][2]);
  }
});

test("another instance frees the slot that this one has acquired", async () => {
  const { post } = setUp();
  const { urls } = await (await post()).json();
  const other = setUp({ answer: () => Response.json({ ...created, status: "succeeded" }) });
  await other.relay(new Request(urls.get));
  assert.equal(other.calls[0][0], "release");
});

test("creates are refused while the store is down", async () => {
  let sent = 0;
  const { post } = setUp({ acquire: async () => Promise.reject(new Error("down")), answer: () => (sent++, Response.json(created)) });
  assert.equal((await post()).status, 503);
  assert.equal(sent, 0);
});

test("an answer is delivered even if the store cannot release the slot", async () => {
  const { post } = setUp({
    release: () => {
      throw new Error("down");
    },
    answer: () => Response.json({ ...created, status: "succeeded" }, { status: 201 }),
  });
  assert.equal((await post()).status, 201);
});

test("a cancel frees the slot even if the prediction still runs", async () => {
  const { calls, relay, post } = setUp();
  const { urls } = await (await post()).json();
  await relay(new Request(urls.cancel, { method: "POST" }));
  assert.deepEqual(
    calls.map(([name]) => name),
    ["acquire", "release"],
  );
  assert.equal(calls[0][2], calls[1][2]);
});
