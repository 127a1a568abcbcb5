import { test } from "node:test";
import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import { createSandbox } from "../../src/sandbox/index.js";
import { HELLO, parseEvents, startSandbox } from "./ask.mjs";
import { serve } from "./serve.mjs";
import { createVirtualClock } from "./virtual-clock.mjs";

const order = (input) => ({
  method: "POST",
  body: JSON.stringify({ input }),
  headers: { "Content-Type": "application/json" },
});
const LLAMA = "/v1/models/meta/meta-llama-3-8b-instruct/predictions";

test("it works under any path prefix, and its URLs have the origin and the prefix", async () => {
  const { json, post } = startSandbox();
  for (const base of [
    "http://localhost",
    "https://example.com/relay",
    "http://127.0.0.1:8787/a/b/c",
    "https://example.com/api/replicate",
    "https://example.com/apps/v1/x",
    "https://example.com/files/y",
  ]) {
    const { status, body } = await post(`${base}${LLAMA}`, { input: { prompt: "hi" } });
    assert.equal(status, 201, base);
    assert.equal(body.urls.get, `${base}/v1/predictions/${body.id}`);
    assert.equal(body.urls.cancel, `${base}/v1/predictions/${body.id}/cancel`);
    assert.ok(body.urls.stream.startsWith(`${base}/v1/predictions/${body.id}/stream/`));
    assert.equal((await json(body.urls.get)).status, 200);
    assert.equal((await json(`${base}/api/poll?id=${body.id}`)).status, 200);
  }
});

test("`apiUrl` is used in get, cancel and next, but not in stream", async () => {
  const { create, json } = startSandbox({ apiUrl: "https://api.replicate.com/v1/", pageSize: 1 });
  const { id, urls } = await create({ prompt: "hi" });
  assert.equal(urls.get, `https://api.replicate.com/v1/predictions/${id}`);
  assert.equal(urls.cancel, `https://api.replicate.com/v1/predictions/${id}/cancel`);
  assert.match(urls.stream, /^http:\/\/localhost\/v1\/predictions\/\w+\/stream\//);
  await create({ prompt: "hi" });
  assert.match((await json("/v1/predictions")).body.next, /^https:\/\/api\.replicate\.com\/v1\/predictions\?cursor=/);
});

test("it takes the arguments of fetch: a Request, a URL, a relative path, and init", async () => {
  const sandbox = createSandbox({ stepMs: 0 });
  const url = `http://localhost${LLAMA}`;
  for (const ask of [
    () => sandbox(LLAMA, order({ prompt: "hi" })),
    () => sandbox(new URL(url), order({ prompt: "hi" })),
    () => sandbox(new Request(url, order({ prompt: "hi" }))),
    () => sandbox(new Request(url, order({ prompt: "no" })), order({ prompt: "hi" })),
  ]) {
    const response = await ask();
    assert.equal(response.status, 201);
    assert.equal((await response.json()).input.prompt, "hi");
  }
});

test("a relative URL is resolved against the page", async (t) => {
  t.after(() => delete globalThis.location);
  globalThis.location = { href: "https://page.example/demo/index.html" };
  const { create } = startSandbox();
  assert.match((await create({ prompt: "hi" })).urls.get, /^https:\/\/page\.example\/v1\//);
});

test("in a page its pictures are data URIs, since <img> cannot load from a function", async (t) => {
  const draw = async () =>
    (
      await startSandbox().create(
        { prompt: "tea" },
        { model: "black-forest-labs/flux-schnell", headers: { Prefer: "wait" } },
      )
    ).output[0];
  assert.match(await draw(), /^http:/);
  t.after(() => delete globalThis.document);
  globalThis.document = {};
  assert.match(await draw(), /^data:image\/png;base64,/);
});

test("an abort rejects with its reason, and a signal that is already aborted has no effect on the sandbox", async () => {
  const sandbox = createSandbox({ stepMs: 0 });
  const reason = new Error("changed my mind");
  await assert.rejects(
    sandbox(LLAMA, { ...order({ prompt: "hi" }), signal: AbortSignal.abort(reason) }),
    (error) => error === reason,
  );
  assert.equal(sandbox.predictions.size, 0);
});

test("an abort ends a sync wait, and the prediction runs on", async () => {
  const clock = createVirtualClock();
  const sandbox = createSandbox({ stepMs: 10, clock });
  const controller = new AbortController();
  const init = { ...order({ prompt: "[hang] hi" }), signal: controller.signal };
  const waiting = sandbox(LLAMA, { ...init, headers: { Prefer: "wait" } });
  await clock.advance(1000);
  controller.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  assert.equal(clock.sleepers, 0);
  assert.equal([...sandbox.predictions.values()][0].status, "processing");
});

test("two sandboxes share nothing", async () => {
  const [one, two] = [startSandbox(), startSandbox()];
  const { id } = await one.create({ prompt: "hi" });
  assert.equal((await two.json(`/v1/predictions/${id}`)).status, 404);
  assert.equal(two.sandbox.predictions.size, 0);
});

test("over HTTP: create, stream, picture", async (t) => {
  const base = await serve(t, createSandbox({ stepMs: 1 }));
  const created = await (await fetch(`${base}/some/where${LLAMA}`, order({ prompt: "A poem about tea" }))).json();
  assert.ok(created.urls.stream.startsWith(`${base}/some/where/v1/predictions/${created.id}/stream/`));
  const events = parseEvents(await (await fetch(created.urls.stream)).text());
  const finished = await (await fetch(created.urls.get)).json();
  assert.deepEqual(
    events.filter(({ event }) => event === "output").map(({ data }) => data),
    finished.output,
  );

  const image = await (
    await fetch(`${base}/v1/models/black-forest-labs/flux-schnell/predictions`, {
      ...order({ prompt: "tea" }),
      headers: { Prefer: "wait" },
    })
  ).json();
  const picture = await fetch(image.output[0]);
  assert.equal(picture.headers.get("Content-Type"), "image/png");
  assert.equal((await picture.arrayBuffer()).byteLength, Number(picture.headers.get("Content-Length")));
});

test("over HTTP: a dropped create is a network error, but was accepted", async (t) => {
  const sandbox = createSandbox({ stepMs: 0 });
  const base = await serve(t, sandbox);
  await assert.rejects(fetch(base + LLAMA, order({ prompt: "[drop] hi" })), TypeError);
  assert.equal(sandbox.predictions.size, 1);
});

test("over HTTP: a search by QUERY", async (t) => {
  const base = await serve(t, createSandbox());
  const incoming = await new Promise((resolve) =>
    httpRequest(`${base}/v1/models`, { method: "QUERY", headers: { "Content-Type": "text/plain" } }, resolve).end(
      "hello",
    ),
  );
  const body = JSON.parse((await incoming.toArray()).join(""));
  assert.equal(`${body.results[0].owner}/${body.results[0].name}`, HELLO.model);
});

test("its files import only each other, so it runs on every platform with Request and Response", () => {
  const folder = new URL("../../src/sandbox/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const source = readFileSync(new URL(file, folder), "utf8");
    for (const [, from] of source.matchAll(/^(?:import|export)\b[^;]*?\bfrom "([^"]+)"/gms))
      assert.match(from, /^\.\//, `${file} imports ${from}`);
    assert.doesNotMatch(source, /\b(process|Buffer|require)\b[.(]/, file);
    assert.ok(source.split("\n").length <= 300, `${file} is two ideas`);
  }
});

test("the error of a request without /v1 says which routes there are", async () => {
  const { json } = startSandbox();
  const { status, body } = await json("http://localhost/relay/models/meta/meta-llama-3-8b-instruct");
  assert.deepEqual([status, /baseUrl ends in \/v1/.test(body.detail)], [404, true]);
});

for (const [name, options, sentence] of [
  ["a misspelt option", { stepms: 0 }, /stepms must be left out: there is no such option, only .*stepMs/],
  ["a step that is no number", { stepMs: "fast" }, /stepMs must be a finite number of milliseconds/],
  ["an endless step", { stepMs: Infinity }, /stepMs must be a finite number/],
  ["a step that is not a number at all", { stepMs: NaN }, /stepMs/],
  ["a seed that is a string", { seed: "7" }, /seed must be a finite number/],
  ["a seed that is not a number at all", { seed: NaN }, /seed/],
  ["an endless seed", { seed: Infinity }, /seed/],
  ["faults that are one string", { faults: "429: 2" }, /faults must be a list of strings/],
  ["a page without rows", { pageSize: 0 }, /pageSize must be a whole number of rows/],
  ["half a row", { pageSize: 1.5 }, /pageSize/],
  ["an endless page", { pageSize: Infinity }, /pageSize/],
]) {
  test(`${name} throws at start-up`, () => assert.throws(() => createSandbox(options), { name: "TypeError", message: sentence }));
}
