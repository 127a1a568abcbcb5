/** Faults in the operator's code or in Replicate's answers: each gets an answer with a reason, and nothing hangs. */
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { inspect } from "node:util";
import { MemoryStore } from "../../src/relay/index.js";
import { createRequest, created, makeRelay } from "./requests.mjs";
import { until } from "./upstream.mjs";

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

const never = () => new Promise(() => {});
const detail = async (answer) => (await answer.json()).detail;

// ---- hooks

test("a hook that rejects, throws or never settles does not change the answer, and each hook is reported once a minute", async () => {
  let now = 1_000_000;
  mock.method(performance, "now", () => now);
  const reported = mock.method(console, "error", () => {});
  const failures = {
    rejects: async () => Promise.reject(new Error("disk full")),
    throws() {
      throw new Error("disk full");
    },
    "rejects with nothing": () => Promise.reject(),
    "is no good thenable": () => ({
      get then() {
        throw new Error("no");
      },
    }),
  };
  const relays = Object.values(failures).map((hook) => makeRelay({ onRequest: hook, onResponse: hook }));
  for (const relay of relays) for (let i = 0; i < 5; i++) assert.equal((await relay(createRequest())).status, i < 2 ? 201 : 429);
  await new Promise(setImmediate);
  const reports = () => reported.mock.calls.map(({ arguments: [sentence] }) => sentence.match(/: (\w+) threw an error/)[1]).sort();
  const once = relays.flatMap(() => ["onRequest", "onResponse"]).sort();
  assert.deepEqual(reports(), once, "each relay reports each hook once");
  now += 60_000;
  await relays[0](createRequest());
  await new Promise(setImmediate);
  assert.deepEqual(reports(), [...once, "onRequest", "onResponse"].sort());
  assert.equal((await makeRelay({ onRequest: never, onResponse: never })(createRequest())).status, 201);
});

test("a hook that freezes or changes its argument does not change the answer", async () => {
  const seen = [];
  const relay = makeRelay({
    onRequest: (info) => Object.freeze(info),
    onResponse: (info) => {
      seen.push({ ...info });
      for (const name in info) delete info[name];
    },
  });
  assert.equal((await relay(createRequest())).status, 201);
  assert.deepEqual([seen[0].status, seen[0].caller], [201, "alice"]);
});

test("without onResponse an exception of authorize goes to the console", async () => {
  const reported = mock.method(console, "error", () => {});
  const relay = makeRelay({
    onResponse: undefined,
    authorize: () => {
      throw new Error("no session store");
    },
  });
  const answer = await relay(createRequest());
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /session store/);
  assert.match(reported.mock.calls[0].arguments[1].message, /no session store/);
});

test("a value that cannot be printed, or undefined, ends neither the request nor the server wherever it is thrown", async () => {
  const notPrintable = {
    get [inspect.custom]() {
      throw new Error("no");
    },
  };
  const printed = mock.method(console, "error", (...parts) => void parts.map((part) => inspect(part)));
  for (const thrown of [notPrintable, undefined, null]) {
    const fail = async () => {
      throw thrown;
    };
    assert.equal((await makeRelay({ onRequest: fail, onResponse: fail })(createRequest())).status, 201);
    assert.equal((await makeRelay({ onResponse: undefined, authorize: fail })(createRequest())).status, 500);
    const store = { acquire: fail, release: fail, countRequest: fail };
    assert.equal((await makeRelay({ onResponse: undefined, store })(createRequest())).status, 503);
  }
  assert.ok(printed.mock.calls.some(({ arguments: [, value] }) => value === "It cannot be printed."));
});

test("the error of authorize goes to the hook itself, not what has caused it", async () => {
  const errors = [];
  const failure = new Error("no session store", { cause: new Error("connection refused") });
  const authorize = async () => Promise.reject(failure);
  await makeRelay({ authorize, onResponse: ({ error }) => errors.push(error) })(createRequest());
  assert.deepEqual(errors, [failure]);
});

// ---- authorize and the store

test("a Response of authorize whose body never ends is answered with 503 after 10 seconds", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const relay = makeRelay({ authorize: () => new Response(new ReadableStream()) });
  const answer = relay(createRequest());
  await new Promise(setImmediate);
  mock.timers.tick(10_000);
  assert.equal((await answer).status, 503);
});

test("an authorize that never settles is answered with 503 after 10 seconds", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const pending = makeRelay({ authorize: never })(createRequest());
  mock.timers.tick(10_000);
  const answer = await pending;
  assert.equal(answer.status, 503);
  assert.match(await detail(answer), /authorize did not answer within 10 seconds/);
});

test("authorize may return the same Response any number of times, also at the same time", async () => {
  const refusal = new Response("banned", { status: 403, headers: { "x-why": "spam" } });
  const empty = new Response(null, { status: 401 });
  for (const [stored, text] of [
    [refusal, "banned"],
    [empty, ""],
  ]) {
    const relay = makeRelay({ authorize: () => stored });
    for (const answer of await Promise.all(Array.from({ length: 3 }, () => relay(createRequest())))) {
      assert.deepEqual([answer.status, await answer.text()], [stored.status, text]);
    }
    assert.equal(await (await relay(createRequest())).text(), text);
  }
});

test("a Response whose body was read is reported to the operator", async () => {
  const used = new Response("banned");
  await used.text();
  const errors = [];
  const answer = await makeRelay({ authorize: () => used, onResponse: ({ error }) => errors.push(error) })(createRequest());
  assert.equal(answer.status, 500);
  assert.ok(errors[0] instanceof TypeError);
});

test("a store whose acquire never settles is answered with 503, and a slot that it returns later is released", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const memory = new MemoryStore();
  let give;
  const errors = [];
  const store = {
    acquire: (...args) => new Promise((resolve) => (give = () => resolve(memory.acquire(...args)))),
    release: (...args) => memory.release(...args),
  };
  const pending = makeRelay({ store, onResponse: ({ error }) => errors.push(error) })(createRequest());
  while (!give) await new Promise(setImmediate);
  mock.timers.tick(10_000);
  const answer = await pending;
  assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "5"]);
  assert.match(errors[0].message, /store did not answer/);
  give();
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
  assert.deepEqual(await memory.held("alice"), []);
});

test("an answer is delivered even if release or note of the store never settles", async () => {
  for (const broken of ["release", "note"]) {
    mock.timers.enable({ apis: ["setTimeout"] });
    const memory = new MemoryStore();
    let isAsked = false;
    const store = {
      acquire: (...args) => memory.acquire(...args),
      release: async () => {},
      [broken]: () => {
        isAsked = true;
        return never();
      },
    };
    const relay = makeRelay({ store, fetch: async () => Response.json({ ...created, status: "succeeded" }, { status: 201 }) });
    const pending = relay(createRequest());
    while (!isAsked) await new Promise(setImmediate);
    mock.timers.tick(10_000);
    assert.equal((await pending).status, 201, broken);
    mock.timers.reset();
  }
});

for (const [name, permit] of [
  ["undefined", undefined],
  ["a text", "ok"],
  ["no ok", {}],
]) {
  test(`a create is refused when acquire resolves to ${name}`, async () => {
    let sent = 0;
    const store = { acquire: async () => permit, release: async () => {} };
    const answer = await makeRelay({ store, fetch: async () => (sent++, Response.json(created)) })(createRequest());
    assert.deepEqual([answer.status, sent], [503, 0]);
  });

  test(`the relay counts for itself, and reports it, when countRequest resolves to ${name}`, async () => {
    const reported = mock.method(console, "error", () => {});
    const store = Object.assign(new MemoryStore(), { countRequest: async () => permit });
    const relay = makeRelay({ store, limits: { requestsPerMinute: 1 } });
    assert.deepEqual([(await relay(createRequest())).status, (await relay(createRequest())).status], [201, 429]);
    assert.match(reported.mock.calls[0].arguments[0], /store\.countRequest threw an error/);
  });
}

for (const [wait, header] of [
  [NaN, "1"],
  [-5, "1"],
  [Infinity, "86400"],
  [undefined, "1"],
  [1500, "2"],
  [1e12, "86400"],
]) {
  test(`a store's retryAfterMs of ${wait} becomes Retry-After: ${header}`, async () => {
    const store = { acquire: async () => ({ ok: false, retryAfterMs: wait }), release: async () => {} };
    const answer = await makeRelay({ store })(createRequest());
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [429, header]);
    assert.equal((await answer.json()).retry_after, Number(header));
  });

  test(`a request that countRequest refuses with a retryAfterMs of ${wait} gets 429 with Retry-After: ${header}`, async () => {
    const store = Object.assign(new MemoryStore(), { countRequest: async () => ({ ok: false, retryAfterMs: wait }) });
    const answer = await makeRelay({ store })(createRequest());
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [429, header]);
  });
}

// ---- answers of Replicate

/** A Response with any status, even one that its constructor refuses. */
const withStatus = (status, response) => new Proxy(response, { get: (target, name) => (name === "status" ? status : target[name]) });

test("an invalid HTTP status becomes 502", async () => {
  for (const status of [600, 999]) {
    const answer = await makeRelay({ fetch: async () => withStatus(status, Response.json({})) })(createRequest());
    assert.equal(answer.status, 502);
    assert.match(await detail(answer), new RegExp(`status ${status}`));
  }
});

test("an invalid URL of the next page becomes 502 with a reason", async () => {
  for (const next of ["http://[", 5, { a: 1 }]) {
    const relay = makeRelay({ allow: ["models"], fetch: async () => Response.json({ next, previous: null, results: [] }) });
    const answer = await relay(new Request("http://relay.example/v1/models"));
    assert.equal(answer.status, 502);
    assert.match(await detail(answer), /links to a page whose address/);
  }
});

test("a stream URL of 200 kB is removed, and the prediction's id is kept", async () => {
  const stream = `https://stream.replicate.com/${"x".repeat(200_000)}`;
  const answer = await makeRelay({ fetch: async () => Response.json({ ...created, urls: { stream } }, { status: 201 }) })(createRequest());
  const { id, urls } = await answer.json();
  assert.match(id, /^p1\./);
  assert.deepEqual(Object.keys(urls), ["get", "cancel"]);
});

test("an answer without a body is passed on", async () => {
  for (const status of [204, 205]) {
    const relay = makeRelay({ allow: ["files"], fetch: async () => new Response(null, { status }) });
    assert.equal((await relay(new Request("http://relay.example/v1/files/abc", { method: "DELETE" }))).status, status);
  }
});

test("no timer is left after a request", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const relay = makeRelay({
    allow: ["files", "deployments"],
    fetch: async (url) => {
      if (url.includes("files")) return new Response(null, { status: 204 });
      if (url.includes("broken")) return new Response("<h1>", { status: 502 });
      if (url.includes("down")) throw new TypeError("fetch failed");
      return Response.json({ ...created, status: "succeeded" });
    },
  });
  for (const [method, path] of [
    ["DELETE", "/v1/files/abc"],
    ["GET", "/v1/deployments/broken/x"],
    ["GET", "/v1/deployments/down/x"],
    ["GET", "/v1/deployments/a/b"],
  ]) {
    await relay(new Request(`http://relay.example${path}`, { method }));
  }
  await relay(createRequest());
  await until(() => timers() <= before);
});
