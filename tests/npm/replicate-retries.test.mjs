// Retries: which requests are sent again and when. A create, which costs money, is not.

import { test } from "node:test";
import assert from "node:assert/strict";
import { BASE, CANCEL, CREATE, GET, HELLO, LLAMA, connect, failure } from "./client.mjs";
import { virtualTime } from "./virtual-time.mjs";

const run = { input: { prompt: "tea" }, wait: { mode: "poll", interval: 0 } };
const said = (...directives) => ({ ...run, input: { prompt: `${directives.map((name) => `[${name}]`).join("")} tea` } });
const httpDate = (seconds) => new Date(Date.UTC(2026, 10, 22, 8, 24, seconds)).toUTCString();

/** Gives these answers to the first requests of a method, and the sandbox's to all others. */
const first = (method, ...answers) => (fetch) => async (url, init) => {
  if (init.method !== method || !answers.length) return fetch(url, init);
  const answer = answers.shift();
  if (answer instanceof Error) throw answer;
  return answer;
};

const refusal = (status, headers, body) => new Response(JSON.stringify(body ?? { detail: "Throttled" }), { status, headers });
const socketError = (code) => Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) });

test("a create that is sent again uploads its files once", async (t) => {
  const time = virtualTime(t);
  const upload = "POST /v1/files";
  const throttled = connect({}, { clock: time.clock });
  const image = new Blob(["x"]);
  await time.of(throttled.client.run(LLAMA, { ...said("429: 2"), input: { ...said("429: 2").input, image } }));
  assert.deepEqual([throttled.count(upload), throttled.count(CREATE)], [1, 3]);

  const byName = connect({}, { clock: time.clock });
  await time.of(byName.client.run(HELLO, { ...run, input: { text: "tea", image } }));
  assert.deepEqual([byName.count(upload), byName.predictions().length], [1, 1]);
});

test("a GET is repeated on 429, on 5xx and on a lost connection", async (t) => {
  const time = virtualTime(t);
  for (const fault of ["429@get: 3", "500@get: 3", "drop@get: 3", "cut@get: 3"]) {
    const { client, count, predictions } = connect({}, { clock: time.clock });
    assert.deepEqual(await time.of(client.run(LLAMA, said(fault))), predictions()[0].output, fault);
    assert.equal(count(GET), 4, fault);
    assert.equal(count(CREATE), 1, fault);
  }
});

test("a GET is not repeated on another 4xx", async () => {
  for (const status of [400, 401, 403, 404, 422]) {
    const { client, count } = connect({}, {}, first("GET", refusal(status)));
    assert.equal((await failure(client.predictions.get("p1"))).status, status);
    assert.equal(count("GET /v1/predictions/p1"), 1);
  }
});

test("maxRetries limits the retries of each request", async (t) => {
  const time = virtualTime(t);
  for (const [maxRetries, requests] of [[0, 1], [2, 3], [undefined, 6]]) {
    const { client, count } = connect({ maxRetries }, { clock: time.clock });
    const error = await time.of(failure(client.run(LLAMA, said("500@get"))));
    assert.deepEqual([error.code, error.status], ["http", 500]);
    assert.equal(count(GET), requests);
  }
  const answers = [1, 2].flatMap(() => [refusal(500), refusal(500), Response.json({ id: "p1", status: "processing" })]);
  const { client } = connect({ maxRetries: 2 }, { clock: time.clock }, first("GET", ...answers, Response.json({ id: "p1", status: "succeeded" })));
  assert.equal((await time.of(client.wait({ id: "p1", status: "starting" }))).status, "succeeded");
});

test("without Retry-After the pauses double, and half of each is random", async (t) => {
  const time = virtualTime(t);
  const { client, requests } = connect({}, { clock: time.clock });
  await time.of(failure(client.run(LLAMA, said("500@get"))));
  const gets = requests.filter(({ line }) => line === GET);
  const pauses = gets.slice(1).map(({ at }, i) => at - gets[i].at);
  pauses.forEach((pause, i) => assert.ok(pause >= 250 * 2 ** i && pause <= 500 * 2 ** i + 1, `${i}: ${pause} ms`));
  assert.equal(pauses.length, 5);
});

const asked = {
  "seconds in Retry-After": [refusal(429, { "retry-after": "7" }), 7000],
  "a date in Retry-After, against the answer's own": [refusal(429, { "retry-after": httpDate(42), date: httpDate(30) }), 12_000],
  "a date that is past": [refusal(429, { "retry-after": httpDate(10), date: httpDate(30) }), 0],
  "retry_after in the body": [refusal(429, {}, { detail: "Throttled", retry_after: 3 }), 3000],
  "a fraction in the body": [refusal(429, {}, { detail: "Throttled", retry_after: 0.25 }), 250],
  "the header before the body": [refusal(429, { "retry-after": "2" }, { retry_after: 9 }), 2000],
  "a 503": [refusal(503, { "retry-after": "4" }), 4000],
  "no more than a minute": [refusal(429, { "retry-after": "86400" }), 60_000],
};
for (const [name, [answer, pause]] of Object.entries(asked)) {
  test(`the pause is the server's: ${name}`, async (t) => {
    const time = virtualTime(t);
    const { client, requests, lines } = connect({}, { clock: time.clock }, first("GET", answer));
    await time.of(client.models.list());
    assert.deepEqual(lines(), ["GET /v1/models", "GET /v1/models"]);
    const waited = requests[1].at - requests[0].at;
    assert.ok(waited >= pause && waited <= pause + 1, `${waited} ms`);
  });
}

test("a create is repeated on 429, which says that nothing was done", async (t) => {
  const time = virtualTime(t);
  const calls = {
    run: (client) => client.run(LLAMA, said("429: 2")),
    stream: (client) => client.streamText(LLAMA, said("429: 2")).text(),
    "predictions.create": (client) => client.predictions.create({ model: LLAMA, input: said("429: 2").input }),
  };
  for (const [name, call] of Object.entries(calls)) {
    const { client, count, predictions } = connect({}, { clock: time.clock });
    await time.of(call(client));
    assert.equal(count(CREATE), 3, name);
    assert.equal(predictions().length, 1, name);
  }
});

test("the error of a create that stays throttled has retryAfterMs", async (t) => {
  const time = virtualTime(t);
  const { client, count, predictions } = connect({ maxRetries: 2 }, { clock: time.clock, stepMs: 1 });
  const error = await time.of(failure(client.run(LLAMA, said("429"))));
  assert.deepEqual([error.code, error.status, error.retryAfterMs], ["http", 429, 1000]);
  assert.match(error.detail, /throttled/);
  assert.equal(count(CREATE), 3);
  assert.equal(predictions().length, 0);
});

/** Answers that leave the outcome of a create unknown. */
const dark = {
  "a connection that drops": said("drop"),
  "an answer that breaks off": said("cut"),
  "a page of HTML in place of the answer": said("html"),
};
for (const [name, options] of Object.entries(dark)) {
  test(`a create with ${name} is unknown_outcome and not sent again`, async () => {
    for (const method of ["run", "streamText"]) {
      const { client, count, predictions } = connect();
      const error = await failure(method === "run" ? client.run(LLAMA, options) : client.streamText(LLAMA, options).text());
      assert.equal(error.code, "unknown_outcome");
      assert.deepEqual(error.request, { method: "POST", url: `${BASE}/models/${LLAMA}/predictions` });
      assert.equal(count(CREATE), 1);
      assert.equal(predictions().length, 1, "the server accepted it");
    }
  });
}

test("a create with 502 or 504 is unknown_outcome, with 500 it is http, and none is sent again", async () => {
  for (const [status, code] of [[502, "unknown_outcome"], [504, "unknown_outcome"], [500, "http"], [503, "http"]]) {
    const { client, count } = connect({}, {}, first("POST", refusal(status)));
    const error = await failure(client.run(LLAMA, run));
    assert.deepEqual([error.code, error.status], [code, status]);
    assert.equal(count(CREATE), 1);
  }
});

test("predictions.create, trainings.create and uploads are not sent again", async () => {
  const calls = [
    (client) => client.predictions.create({ model: LLAMA, input: {} }),
    (client) => client.trainings.create("acme", "lake", "v1", { destination: "acme/sea", input: {} }),
    (client) => client.deployments.predictions.create("acme", "app", { input: {} }),
    (client) => client.request("/predictions", { method: "POST", data: {} }),
  ];
  for (const call of calls) {
    for (const trouble of [socketError("ECONNRESET"), refusal(500)]) {
      const { client, requests } = connect({}, {}, first("POST", trouble));
      const error = await failure(call(client));
      assert.equal(error.code, trouble instanceof Error ? "unknown_outcome" : "http");
      assert.equal(requests.length, 1);
    }
  }
});

test("a create that was surely never sent is sent again", async (t) => {
  const time = virtualTime(t);
  for (const code of ["ECONNREFUSED", "ENOTFOUND"]) {
    const { client, count, predictions } = connect({}, { clock: time.clock }, first("POST", socketError(code), socketError(code)));
    assert.deepEqual(await time.of(client.run(LLAMA, run)), predictions()[0].output);
    assert.equal(count(CREATE), 3);
    assert.equal(predictions().length, 1);
  }
  const { client, count } = connect({ maxRetries: 1 }, { clock: time.clock }, first("POST", socketError("ECONNREFUSED"), socketError("ECONNREFUSED")));
  assert.equal((await time.of(failure(client.run(LLAMA, run)))).code, "network");
  assert.equal(count(CREATE), 2);
});

test("an aborted signal ends the pause before a retry", async (t) => {
  const time = virtualTime(t);
  const abort = new AbortController();
  const { client, requests } = connect({}, { clock: time.clock }, first("GET", refusal(429, { "retry-after": "50" })));
  const list = failure(client.models.list({ signal: abort.signal }));
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  abort.abort();
  assert.equal(await list, abort.signal.reason);
  assert.equal(requests.length, 1);
  assert.equal(time.now(), 0);
});

test("a cancel is retried", async (t) => {
  const time = virtualTime(t);
  const { client, count, predictions } = connect({}, { clock: time.clock });
  const { id } = await time.of(client.predictions.create({ model: LLAMA, input: said("hang", "500@cancel: 2").input }));
  assert.equal((await time.of(client.predictions.cancel(id))).status, "canceled");
  assert.equal(count(CANCEL), 3);
  assert.equal(predictions()[0].status, "canceled");
});

/** A socket error of Node. */
const broken = (code, syscall) => Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code, syscall }) });

test("a create counts as never sent only if no socket connected", async (t) => {
  const time = virtualTime(t);
  const several = (...errors) => Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new AggregateError(errors.map(({ cause }) => cause))) });
  const connectErrors = [
    broken("EHOSTUNREACH", "connect"),
    broken("ENETUNREACH", "connect"),
    broken("ETIMEDOUT", "connect"),
    broken("EAI_AGAIN", "getaddrinfo"),
    broken("ENOTFOUND", "getaddrinfo"),
    broken("UND_ERR_CONNECT_TIMEOUT"),
    Object.assign(new Error("Unable to connect"), { code: "ConnectionRefused" }),
    several(broken("ECONNREFUSED", "connect"), broken("EHOSTUNREACH", "connect")),
  ];
  for (const error of connectErrors) {
    const { client, count, predictions } = connect({}, { clock: time.clock }, first("POST", error));
    await time.of(client.run(LLAMA, run));
    assert.equal(count(CREATE), 2, error.cause?.code);
    assert.equal(predictions().length, 1);
  }
  const others = [broken("EHOSTUNREACH", "read"), broken("EHOSTUNREACH", "write"), broken("ENETUNREACH", "write"), broken("ECONNRESET", "read"), broken("ETIMEDOUT", "read"), several(broken("ECONNREFUSED", "connect"), broken("ECONNRESET", "read"))];
  for (const error of others) {
    const { client, count } = connect({}, { clock: time.clock }, first("POST", error));
    assert.equal((await time.of(failure(client.run(LLAMA, run)))).code, "unknown_outcome", error.cause.syscall);
    assert.equal(count(CREATE), 1);
  }
});

test("a create counts as never sent only if the platform was offline before it", async (t) => {
  const time = virtualTime(t);
  const platform = { onLine: true };
  const own = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: platform });
  t.after(() => (own ? Object.defineProperty(globalThis, "navigator", own) : delete globalThis.navigator));
  const dies = (fetch) => {
    let lost = false;
    return async (url, init) => {
      if (lost || init.method !== "POST") return fetch(url, init);
      lost = true;
      platform.onLine = !platform.onLine;
      throw new TypeError("Failed to fetch");
    };
  };
  const under = connect({}, { clock: time.clock }, dies);
  assert.equal((await time.of(failure(under.client.run(LLAMA, run)))).code, "unknown_outcome");
  assert.equal(under.count(CREATE), 1);

  assert.equal(platform.onLine, false);
  const before = connect({}, { clock: time.clock }, dies);
  await time.of(before.client.run(LLAMA, run));
  assert.equal(before.count(CREATE), 2);
});
