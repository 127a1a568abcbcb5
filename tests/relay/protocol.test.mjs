import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createRelay, toNodeHandler } from "../../src/relay/index.js";
import { everything, gemma, hello } from "./relays.mjs";
import { listen, startUpstream, token } from "./upstream.mjs";

const headers = { authorization: "Bearer alice", "content-type": "application/json" };
const llama = "meta/meta-llama-3-8b-instruct";
let upstream;
let server;
let base;

before(async () => {
  upstream = await startUpstream({ pageSize: 2 });
  const relay = createRelay({
    token,
    upstream: upstream.url,
    authorize: (request) => request.headers.get("authorization"),
    models: [gemma.model, hello.model, "stability-ai/*", "meta/*"],
    allow: everything,
    limits: { createsPerMinute: 1000, running: 1000, totalRunning: 1000 },
  });
  server = await listen(toNodeHandler(relay));
  base = `${server.origin}/some/app/relay`;
});
after(async () => {
  await server.close();
  await upstream.close();
});

/** Sends a request to the relay. The answer must be JSON with this status. */
async function ask(method, url, body, expected = 200) {
  const answer = await fetch(url, init(method, body));
  const text = await answer.text();
  assert.equal(answer.status, expected, text);
  assert.ok(!text.includes(upstream.host) || url.includes("/files"), `${url} names Replicate's own host`);
  return text && JSON.parse(text);
}
const init = (method, body) => ({ method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
const v1 = (path) => `${base}/v1${path}`;

/** Sends a request to Replicate itself. */
async function direct(path, options) {
  const answer = await fetch(upstream.url + path, {
    ...options,
    headers: { ...headers, ...options?.headers, authorization: `Bearer ${token}` },
  });
  return answer.json();
}

test("the provider's protocol runs a text model on the official API", async () => {
  const created = await ask("POST", `${base}/api/prediction`, { ...gemma, input: { prompt: "Write a short poem about spring." } }, 201);
  const polled = await ask("GET", `${base}/api/poll?id=${created.id}`);
  assert.equal(polled.status, "succeeded");
  assert.equal(polled.id, created.id, "the id differs between two answers");
  const sent = upstream.log.findLast(({ method }) => method === "POST");
  assert.deepEqual(
    [sent.path, JSON.parse(sent.body)],
    ["/v1/predictions", { version: gemma.version, input: { prompt: "Write a short poem about spring." } }],
  );
  assert.deepEqual(polled.output, (await direct(`/predictions/${created.id.split(".")[0]}`)).output);
});

test("the provider's protocol runs an image model under a wildcard", async () => {
  const body = {
    model: "stability-ai/stable-diffusion-3",
    version: "527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f",
    input: { prompt: "a lake" },
  };
  const { id } = await ask("POST", `${base}/api/prediction`, body, 201);
  const answer = await fetch(`${base}/api/poll?id=${id}`, { headers });
  const { status, output } = await answer.json();
  assert.equal(status, "succeeded");
  assert.match(output[0], /^http/);
});

test("the provider's protocol runs a model without a version by the official route", async () => {
  await ask("POST", `${base}/api/prediction`, { model: llama, input: { prompt: "hi" } }, 201);
  const sent = upstream.log.findLast(({ method }) => method === "POST");
  assert.deepEqual([sent.path, sent.body], [`/v1/models/${llama}/predictions`, '{"input":{"prompt":"hi"}}']);
});

test("a version of a listed model is looked up at Replicate once", async () => {
  const path = `/v1/models/${hello.model}/versions/${hello.version}`;
  for (let i = 0; i < 3; i++) await ask("POST", v1("/predictions"), { version: hello.version, input: { text: "hi" } }, 201);
  assert.equal(upstream.log.filter((entry) => entry.path === path).length, 1);
  await ask("POST", v1("/predictions"), { version: `${hello.model}:${hello.version}`, input: { text: "hi" } }, 201);
});

test("the URLs of a prediction lead to the relay: get, cancel and stream", async () => {
  const created = await ask("POST", v1(`/models/${llama}/predictions`), { input: { prompt: "hi [hang]" } }, 201);
  assert.deepEqual(Object.keys(created.urls), ["get", "cancel", "stream"]);
  for (const url of Object.values(created.urls)) assert.ok(url.startsWith(`${base}/v1/predictions/${created.id}`), url);
  assert.equal((await ask("GET", created.urls.get)).id, created.id);
  const canceled = await ask("POST", created.urls.cancel);
  assert.deepEqual([canceled.id, canceled.status], [created.id, "canceled"]);
});

test("a stream has the bytes of Replicate's", async () => {
  const created = await ask("POST", v1(`/models/${llama}/predictions`), { input: { prompt: "hi" } }, 201);
  const throughRelay = await fetch(created.urls.stream, { headers });
  assert.equal(throughRelay.headers.get("content-type"), "text/event-stream");
  const { urls } = await direct(`/predictions/${created.id.split(".")[0]}`);
  assert.equal(await throughRelay.text(), await (await fetch(urls.stream)).text());
});

test("sync mode answers with the finished prediction", async () => {
  const answer = await fetch(v1(`/models/${llama}/predictions`), {
    ...init("POST", { input: { prompt: "hi" } }),
    headers: { ...headers, prefer: "wait=5" },
  });
  assert.deepEqual([answer.status, (await answer.json()).status], [201, "succeeded"]);
});

test("fields that the relay does not change keep their bytes, even numbers that JavaScript would round", async () => {
  const body = `{ "version":"${hello.version}", "input" : {"prompt":"@big-number", "seed": 98765432109876543210} }`;
  const answer = await fetch(v1("/predictions"), { method: "POST", headers, body });
  const text = await answer.text();
  assert.equal(upstream.log.at(-1).body, body);
  assert.ok(text.includes('"input":{"seed": 12345678901234567890, "cfg": 7.0},"output":"a\\u00e9\\"}{","status":"processing"'), text);
});

test("a listed model has its versions, but no URLs of its example", async () => {
  const model = await ask("GET", v1(`/models/${gemma.model}`));
  assert.equal(model.latest_version.id, gemma.version);
  assert.ok(model.default_example.id);
  assert.equal(model.default_example.urls, undefined);
});

for (const [list, make] of [
  ["predictions", () => ask("POST", v1("/predictions"), { version: hello.version, input: { text: "hi" } }, 201)],
  ["models", () => {}],
]) {
  test(`the pages of ${list} are linked at the relay`, async () => {
    for (let i = 0; i < 3; i++) await make();
    const first = await ask("GET", v1(`/${list}`));
    assert.ok(first.next.startsWith(v1(`/${list}?`)), first.next);
    const second = await ask("GET", first.next);
    assert.ok(second.previous.startsWith(v1(`/${list}?`)), second.previous);
    const key = ({ id, url }) => id ?? url;
    assert.deepEqual((await ask("GET", second.previous)).results.map(key), first.results.map(key));
    assert.notDeepEqual(second.results.map(key), first.results.map(key));
  });
}

test("a prediction found in a list can be read by its id", async () => {
  const [{ id, urls }] = (await ask("GET", v1("/predictions"))).results;
  assert.equal((await ask("GET", urls.get)).id, id);
});

test("a file is uploaded byte for byte, and its URLs stay Replicate's, since inputs use them", async () => {
  const bytes = new Uint8Array(100_000).map((_, i) => i * 7);
  const form = new FormData();
  form.append("content", new Blob([bytes], { type: "image/png" }), "ä b.png");
  const answer = await fetch(v1("/files"), { method: "POST", headers: { authorization: "Bearer alice" }, body: form });
  const file = await answer.json();
  assert.equal(answer.status, 201);
  assert.deepEqual([file.name, file.content_type, file.size], ["ä b.png", "image/png", bytes.length]);
  assert.ok(file.urls.get.startsWith(upstream.url));
  assert.equal((await ask("GET", v1(`/files/${file.id}`))).id, file.id);
  assert.equal((await ask("GET", v1("/files"))).results.length, 1);
  await ask("DELETE", v1(`/files/${file.id}`), undefined, 204);
});

test("a training belongs to its caller", async () => {
  await ask("POST", v1("/models"), { owner: "sandbox", name: "mine", visibility: "private", hardware: "cpu" }, 201);
  const path = `/models/${hello.model}/versions/${hello.version}/trainings`;
  const training = await ask("POST", v1(path), { destination: "sandbox/mine", input: {} }, 201);
  assert.deepEqual(training.urls, { get: v1(`/trainings/${training.id}`), cancel: v1(`/trainings/${training.id}/cancel`) });
  assert.equal((await ask("GET", training.urls.get)).id, training.id);
  assert.equal((await fetch(training.urls.get, { headers: { authorization: "Bearer bob" } })).status, 404);
  assert.equal((await ask("GET", v1("/trainings"))).results[0].urls.get.startsWith(v1("/trainings/")), true);
  await ask("POST", training.urls.cancel);
});

test("a deployment of a listed model runs, and can be managed if that is allowed", async () => {
  const deployment = { name: "app", model: hello.model, version: hello.version, hardware: "cpu", min_instances: 0, max_instances: 1 };
  await ask("POST", v1("/deployments"), deployment);
  const created = await ask("POST", v1("/deployments/sandbox/app/predictions"), { input: { text: "hi" } }, 201);
  assert.equal((await ask("GET", created.urls.get)).output, "hello hi");
  assert.equal((await ask("PATCH", v1("/deployments/sandbox/app"), { max_instances: 2 })).current_release.configuration.max_instances, 2);
  assert.equal((await ask("GET", v1("/deployments"))).results.length, 1);
});

test("the other routes have Replicate's answers if they are allowed", async () => {
  for (const path of [
    "/account",
    "/hardware",
    "/collections",
    `/models/${gemma.model}/versions`,
    `/models/${gemma.model}/versions/${gemma.version}`,
    "/webhooks/default/secret",
  ]) {
    assert.deepEqual(await ask("GET", v1(path)), await direct(path), path);
  }
  const [{ slug }] = (await ask("GET", v1("/collections"))).results;
  assert.ok((await ask("GET", v1(`/collections/${slug}`))).models.length > 0);
});

test("models are searched with QUERY", async () => {
  const options = { method: "QUERY", headers: { "content-type": "text/plain" }, body: "llama" };
  const answer = await fetch(v1("/models"), { ...options, headers: { ...headers, ...options.headers } });
  const found = (await answer.json()).results.map(({ owner, name }) => `${owner}/${name}`);
  assert.deepEqual(
    found,
    (await direct("/models", options)).results.map(({ owner, name }) => `${owner}/${name}`),
  );
  assert.ok(found.includes(llama));
});

test("an error of Replicate is passed on with its status and its bytes", async () => {
  const invalid = await fetch(v1(`/models/${llama}/predictions`), init("POST", { input: 5 }));
  const straight = await fetch(`${upstream.url}/models/${llama}/predictions`, {
    ...init("POST", { input: 5 }),
    headers: { ...headers, authorization: `Bearer ${token}` },
  });
  assert.equal(invalid.status, straight.status);
  assert.equal(await invalid.text(), await straight.text());
});

test("behind a TLS proxy the URLs of answers have the publicOrigin", async () => {
  const relay = createRelay({
    token,
    upstream: upstream.url,
    authorize: () => "alice",
    models: ["meta/*"],
    publicOrigin: "https://example.com",
  });
  const request = new Request(`http://10.0.0.7:3000/relay/v1/models/${llama}/predictions`, {
    ...init("POST", { input: { prompt: "hi" } }),
    headers: { origin: "https://example.com", "content-type": "application/json" },
  });
  const answer = await relay(request);
  assert.equal(answer.status, 201);
  assert.match((await answer.json()).urls.get, /^https:\/\/example\.com\/relay\/v1\/predictions\//);
});

test("two relays with the same token accept each other's ids", async () => {
  const make = () => createRelay({ token, upstream: upstream.url, authorize: () => "alice", models: ["meta/*"] });
  const created = await make()(
    new Request(`http://localhost/v1/models/${llama}/predictions`, init("POST", { input: { prompt: "hi" } })),
  );
  const { urls } = await created.json();
  assert.equal((await make()(new Request(urls.get))).status, 200);
});

test("pages of a model's versions keep the model in their links", async () => {
  const page = { next: "https://api.replicate.com/v1/models/meta/llama/versions?cursor=b%3D%3D", previous: null, results: [] };
  const relay = createRelay({
    token,
    authorize: () => "alice",
    models: ["meta/*"],
    allow: ["models"],
    fetch: async () => Response.json(page),
  });
  const answer = await relay(new Request("http://localhost/relay/v1/models/meta/llama/versions"));
  assert.deepEqual(await answer.json(), { ...page, next: "http://localhost/relay/v1/models/meta/llama/versions?cursor=b%3D%3D" });
});
