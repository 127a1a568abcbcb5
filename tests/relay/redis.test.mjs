import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRedisStore, createRelay } from "../../src/relay/index.js";
import { clients, startRedis } from "./redis-server.mjs";
import { until } from "./upstream.mjs";

const wide = { createsPerMinute: 100, totalCreatesPerMinute: 100, running: 100, totalRunning: 100, slotMs: 1_800_000 };
const ok = { ok: true };

for (const [name, connect] of Object.entries(clients)) {
  describe(`limits in Redis, by the package ${name}`, { timeout: 180_000 }, () => {
    async function setUp(t, options) {
      const server = await startRedis(t);
      const client = await connect(t, server.port);
      return { server, client, store: createRedisStore(client, options) };
    }

    test("creates of a caller and of all callers are counted over a minute", async (t) => {
      const { store } = await setUp(t);
      const limits = { ...wide, createsPerMinute: 2, totalCreatesPerMinute: 3 };
      assert.deepEqual(await store.acquire("a", "1", limits), ok);
      assert.deepEqual(await store.acquire("a", "2", limits), ok);
      const refused = await store.acquire("a", "3", limits);
      assert.equal(refused.ok, false);
      assert.ok(refused.retryAfterMs > 0 && refused.retryAfterMs <= 60_000);
      assert.deepEqual(await store.acquire("b", "4", limits), ok);
      assert.equal((await store.acquire("c", "5", limits)).ok, false);
    });

    test("slots of a caller and of all callers are held until they are released", async (t) => {
      const { store } = await setUp(t);
      const limits = { ...wide, running: 1, totalRunning: 2 };
      assert.deepEqual(await store.acquire("a", "1", limits), ok);
      assert.equal((await store.acquire("a", "2", limits)).ok, false);
      assert.deepEqual(await store.held("a"), ["1"]);
      await store.release("b", "1");
      assert.equal((await store.acquire("a", "2", limits)).ok, false);
      await store.release("a", "1");
      await store.release("a", "1");
      assert.deepEqual(await store.acquire("a", "2", limits), ok);
      assert.deepEqual(await store.acquire("b", "3", limits), ok);
      const refused = await store.acquire("c", "4", limits);
      assert.deepEqual([refused.ok, refused.retryAfterMs > 0 && refused.retryAfterMs <= 5000], [false, true]);
    });

    test("a slot is freed after its time, and every key expires", async (t) => {
      const { client, store } = await setUp(t);
      const limits = { ...wide, running: 1, slotMs: 50 };
      assert.deepEqual(await store.acquire("a", "1", limits), ok);
      await store.note("a", "1", "/predictions/p1");
      const keys = await client.keys("*");
      assert.equal(keys.length, 5);
      for (const key of keys) assert.ok((await (client.pTTL ?? client.pttl).call(client, key)) > 0, key);
      await until(async () => (await store.held("a")).length === 0);
      assert.deepEqual(await store.acquire("a", "2", limits), ok);
      assert.equal(await store.noted("a", "1"), undefined);
    });

    test("a note is kept as long as its slot is held", async (t) => {
      const { store } = await setUp(t);
      await store.acquire("a", "1", wide);
      assert.equal(await store.noted("a", "1"), undefined);
      await store.note("a", "1", "/predictions/p1");
      await store.note("a", "other", "/predictions/p2");
      assert.equal(await store.noted("a", "1"), "/predictions/p1");
      assert.equal(await store.noted("a", "other"), undefined);
      assert.equal(await store.noted("b", "1"), undefined);
      await store.release("a", "1");
      assert.equal(await store.noted("a", "1"), undefined);
    });

    test("a limit of 0 refuses everything, and Infinity nothing", async (t) => {
      const { store } = await setUp(t);
      for (const limit of ["createsPerMinute", "totalCreatesPerMinute", "running", "totalRunning"]) {
        const refused = await store.acquire("a", "1", { ...wide, [limit]: 0 });
        assert.ok(refused.ok === false && refused.retryAfterMs > 0, limit);
      }
      const none = { createsPerMinute: Infinity, totalCreatesPerMinute: Infinity, running: Infinity, totalRunning: Infinity, slotMs: 1000 };
      for (let i = 0; i < 20; i++) assert.deepEqual(await store.acquire("a", `${i}`, none), ok);
    });

    test("an acquire that is sent twice counts once", async (t) => {
      const { store } = await setUp(t);
      const limits = { ...wide, createsPerMinute: 1, running: 1 };
      assert.deepEqual(await store.acquire("a", "1", limits), ok);
      assert.deepEqual(await store.acquire("a", "1", limits), ok);
      assert.deepEqual(await store.held("a"), ["1"]);
    });

    test("after a clock was set back, nobody is refused for longer than the limits", async (t) => {
      const { client, store } = await setUp(t);
      const limits = { ...wide, createsPerMinute: 1, running: 1, slotMs: 1000 };
      await store.acquire("a", "1", limits);
      const add = (key, score, member) =>
        client.zAdd ? client.zAdd(key, { score, value: member }) : client.zadd(key, score, member);
      const inAnHour = Date.now() + 3_600_000;
      await add("{replicate-wasm}:creates:a", inAnHour, "a 1");
      await add("{replicate-wasm}:slots:a", inAnHour, "1");
      const refused = await store.acquire("a", "2", limits);
      assert.ok(refused.ok === false && refused.retryAfterMs <= 60_000, JSON.stringify(refused));
      await until(async () => (await store.held("a")).length === 0);
    });

    test("10,000 creates by 50 callers at three relays never exceed a limit", async (t) => {
      const server = await startRedis(t);
      const stores = [];
      for (let i = 0; i < 3; i++) stores.push(createRedisStore(await connect(t, server.port)));
      const limits = { createsPerMinute: 7, totalCreatesPerMinute: 300, running: 5, totalRunning: 200 };
      let created = 0;
      const relays = stores.map((store) =>
        createRelay({
          token: "r8_x",
          authorize: (request) => request.headers.get("x-user"),
          models: ["meta/*"],
          store,
          limits: { ...limits, requestsPerMinute: Infinity, requests: Infinity, totalRequests: Infinity },
          fetch: async (url, { method }) =>
            method === "POST"
              ? Response.json({ id: `p${++created}`, status: "starting", urls: {} }, { status: 201 })
              : Response.json({ id: "p", status: "processing", results: [] }),
        }),
      );
      const passed = {};
      async function create(i) {
        const user = `caller-${i % 50}`;
        const headers = { "content-type": "application/json", "x-user": user };
        const request = new Request("http://relay.example/v1/models/meta/llama/predictions", { method: "POST", headers, body: '{"input":{}}' });
        const { status } = await relays[i % 3](request);
        assert.ok(status === 201 || status === 429, `${status}`);
        if (status === 201) passed[user] = (passed[user] ?? 0) + 1;
      }
      for (let i = 0; i < 10_000; i += 250) await Promise.all(Array.from({ length: 250 }, (_, j) => create(i + j)));
      assert.equal(created, 200, "the limit of all running predictions");
      assert.ok(Object.values(passed).every((count) => count <= 5), JSON.stringify(passed));
    });

    test("three relays together let through as many requests of a caller in a minute as the limit", async (t) => {
      const server = await startRedis(t);
      const connected = [];
      for (let i = 0; i < 3; i++) connected.push(await connect(t, server.port));
      const relays = connected.map((client) =>
        createRelay({
          token: "r8_x",
          authorize: (request) => request.headers.get("x-user"),
          models: ["meta/*"],
          store: createRedisStore(client),
          limits: { requestsPerMinute: 40, requests: Infinity, totalRequests: Infinity },
          fetch: async () => Response.json({ id: "p", status: "processing" }),
        }),
      );
      const ask = async (i, user) => {
        const request = new Request("http://relay.example/v1/models/meta/llama", { headers: { "x-user": user } });
        return relays[i % 3](request);
      };
      const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => ask(i, "alice")));
      const count = (status) => answers.filter((answer) => answer.status === status).length;
      assert.deepEqual([count(200), count(429)], [40, 260]);
      const waits = answers.filter(({ status }) => status === 429).map(({ headers }) => Number(headers.get("retry-after")));
      assert.ok(waits.every((seconds) => seconds >= 1 && seconds <= 60), `${waits}`);
      assert.equal((await ask(0, "bob")).status, 200);
      // The minute is over when the key is gone.
      const client = connected[0];
      await client.del("{replicate-wasm}:requests:alice");
      assert.equal((await ask(1, "alice")).status, 200);
      assert.ok((await (client.pTTL ?? client.pttl).call(client, "{replicate-wasm}:requests:alice")) > 0);
    });

    for (const [whenDown, status] of [
      ["refuse", 503],
      ["allow", 201],
    ]) {
      test(`while the server is down creates get ${status} (${whenDown}), and nothing counts twice`, async (t) => {
        const server = await startRedis(t);
        const store = createRedisStore(await connect(t, server.port), { whenDown });
        let sent = 0;
        const relay = createRelay({
          token: "r8_x",
          authorize: () => "alice",
          models: ["meta/*"],
          store,
          onResponse: () => {},
          limits: { createsPerMinute: 3, running: 3 },
          fetch: async () => Response.json({ id: `p${++sent}`, status: "starting", urls: {} }, { status: 201 }),
        });
        const create = async () => {
          const headers = { "content-type": "application/json" };
          const request = new Request("http://relay.example/v1/models/meta/llama/predictions", { method: "POST", headers, body: '{"input":{}}' });
          return (await relay(request)).status;
        };
        assert.equal(await create(), 201);
        await server.stop();
        assert.equal(await create(), status);
        assert.equal(sent, status === 201 ? 2 : 1);
        await server.start();
        // The slot from before the crash is lost, since the server has no persistence.
        await until(async () => Array.isArray(await store.held("alice").catch(() => undefined)));
        await until(async () => (await store.held("alice")).length === 0 || whenDown === "allow");
        const counted = (await store.held("alice")).length;
        assert.ok(counted <= 1, `${counted} slots of one create`);
        for (let i = counted; i < 3; i++) assert.equal(await create(), 201);
        assert.equal(await create(), 429);
      });
    }
  });
}

test("an invalid client and unknown options throw at once", () => {
  const client = { eval() {} };
  assert.throws(() => createRedisStore({}), /createRedisStore: the client must be a client of the package redis or ioredis/);
  assert.throws(() => createRedisStore(client, { prefix: "a{b" }), /prefix must be/);
  assert.throws(() => createRedisStore(client, { whenDown: "maybe" }), /whenDown must be "refuse" or "allow"/);
  assert.throws(() => createRedisStore(client, { whendown: "allow" }), /whendown must be left out/);
});
