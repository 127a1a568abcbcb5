import assert from "node:assert/strict";
import { test } from "node:test";
import { createRelay } from "../../src/relay/index.js";

const secret = "r8_never-in-a-log";

async function watch(request, options = {}) {
  const seen = [];
  const relay = createRelay({
    token: secret,
    authorize: () => "alice",
    models: ["meta/*"],
    fetch: async () => Response.json({ id: "p1", status: "starting", urls: {} }, { status: 201 }),
    onRequest: (info) => seen.push(["request", { ...info }]),
    onResponse: (info) => seen.push(["response", { ...info }]),
    ...options,
  });
  const answer = await relay(
    new Request(request.url ?? "http://localhost/relay/v1/models/meta/llama/predictions?x=1", {
      method: "POST",
      body: '{"input":{"prompt":"private"}}',
      ...request,
      headers: { "content-type": "application/json", ...request.headers },
    }),
  );
  return { seen, answer };
}

test("hooks get the route, the caller, the status and the time, and no secret", async () => {
  const { seen, answer } = await watch({ headers: { authorization: "Bearer session", cookie: "session=1" } });
  const route = "POST /v1/models/:owner/:name/predictions";
  assert.deepEqual(seen[0], ["request", { method: "POST", route }]);
  const { durationMs, ...rest } = seen[1][1];
  assert.deepEqual(rest, { method: "POST", route, caller: "alice", status: 201 });
  assert.ok(Number.isInteger(durationMs) && durationMs >= 0);
  const { id } = await answer.json();
  const { seen: later } = await watch({ url: `http://localhost/v1/predictions/${id}`, method: "GET", body: undefined });
  assert.equal(later[1][1].predictionId, "p1");
  assert.doesNotMatch(JSON.stringify([seen, later]), new RegExp(`${secret}|session|private|${id.split(".")[1]}`));
});

test("hooks get a refusal too, with the exception of authorize", async () => {
  const { seen } = await watch(
    {},
    {
      authorize: () => {
        throw new Error("no session store");
      },
    },
  );
  assert.equal(seen[1][1].status, 500);
  assert.equal(seen[1][1].error.message, "no session store");
  const { seen: foreign } = await watch({ headers: { origin: "https://evil.example" } });
  assert.deepEqual([foreign[1][1].status, foreign[1][1].caller], [403, undefined]);
});

test("an exception of a hook does not change the answer", async () => {
  const broken = () => {
    throw new Error("disk full");
  };
  const { answer } = await watch({}, { onRequest: broken, onResponse: broken });
  assert.equal(answer.status, 201);
});

test("an authorize that returns neither a string nor a Response refuses the request", async () => {
  for (const caller of [true, 42, {}, ["alice"]]) {
    assert.equal((await watch({}, { authorize: () => caller })).answer.status, 500, String(caller));
  }
});
