import { test } from "node:test";
import assert from "node:assert/strict";
import { GEMMA, HELLO, startSandbox } from "./ask.mjs";
import { createVirtualClock } from "./virtual-clock.mjs";

const MODEL = {
  owner: "sandbox",
  name: "mine",
  visibility: "private",
  hardware: "cpu",
  description: "Mine",
  github_url: "https://github.com/me/mine",
};
const TRAININGS = `/v1/models/${HELLO.model}/versions/${HELLO.version}/trainings`;

test("models are listed, searched by words, and have their latest version", async () => {
  const { json } = startSandbox();
  const names = ({ body }) => body.results.map(({ owner, name }) => `${owner}/${name}`);
  const all = names(await json("/v1/models"));
  assert.ok(all.includes(GEMMA.model) && all.includes("black-forest-labs/flux-schnell"));

  const search = (body) => json("/v1/models", { method: "QUERY", body, headers: { "Content-Type": "text/plain" } });
  assert.deepEqual(names(await search("hello")), [HELLO.model]);
  assert.deepEqual(names(await search("IMAGE fast")), [
    "bytedance/sdxl-lightning-4step",
    "black-forest-labs/flux-schnell",
  ]);
  assert.deepEqual(names(await search("no such thing")), []);

  const { body } = await json(`/v1/models/${GEMMA.model}`);
  assert.equal(body.latest_version.id, GEMMA.version);
  assert.equal(body.default_example.status, "succeeded");
  assert.equal((await json("/v1/models/who/what")).status, 404);
});

test("a version has the schemas of its input and output", async () => {
  const { json } = startSandbox();
  const { body } = await json(`/v1/models/${HELLO.model}/versions/${HELLO.version}`);
  const { Input, Output } = body.openapi_schema.components.schemas;
  assert.deepEqual(Input, {
    type: "object",
    title: "Input",
    required: ["text"],
    properties: { text: { "x-order": 0, type: "string", title: "Text", description: "Text to prefix with 'hello '" } },
  });
  assert.deepEqual(Output, { type: "string", title: "Output" });
  assert.equal((await json(`/v1/models/${HELLO.model}/versions/${GEMMA.version}`)).status, 404);
});

test("a model is created once, for the own account", async () => {
  const { json, post } = startSandbox();
  const created = await post("/v1/models", MODEL);
  assert.equal(created.status, 201);
  assert.equal(created.body.latest_version, null);
  assert.equal(created.body.github_url, MODEL.github_url);
  assert.deepEqual((await json("/v1/models/sandbox/mine")).body, created.body);
  assert.equal((await post("/v1/models", MODEL)).status, 409);
  assert.equal((await post("/v1/models", { ...MODEL, owner: "meta" })).status, 422);
  const listed = (await json("/v1/models")).body.results;
  assert.ok(
    listed.every(({ name }) => name !== "mine"),
    "a private model is in no public list",
  );
});

test("only own, private, empty models can be deleted", async () => {
  const { sandbox, post } = startSandbox();
  const remove = async (path) => (await sandbox(`/v1/models/${path}`, { method: "DELETE" })).status;
  await post("/v1/models", MODEL);
  await post("/v1/models", { ...MODEL, name: "open", visibility: "public" });
  assert.equal(await remove(HELLO.model), 403);
  assert.equal(await remove("sandbox/open"), 403);
  await post(TRAININGS, { destination: "sandbox/mine", input: {} });
  assert.equal(await remove("sandbox/mine"), 403, "the model has a version");
});

test("a training adds a version to its destination, which can be run", async () => {
  const clock = createVirtualClock();
  const { sandbox, json, post } = startSandbox({ stepMs: 10, clock });
  await post("/v1/models", MODEL);
  const { status, body: training } = await post(TRAININGS, {
    destination: "sandbox/mine",
    input: { train_data: "https://example.com/a.zip" },
  });
  assert.equal(status, 201);
  assert.equal(training.status, "starting");
  await clock.advance(50);
  assert.equal((await json(training.urls.get)).body.status, "processing");
  assert.equal((await json("/v1/models/sandbox/mine")).body.latest_version, null, "no version before the end");

  await clock.advance(1000);
  const { body: done } = await json(training.urls.get);
  assert.equal(done.status, "succeeded");
  assert.match(done.logs, /100%/);
  const [ref, version] = done.output.version.split(":");
  assert.equal(ref, "sandbox/mine");
  assert.equal((await json("/v1/models/sandbox/mine")).body.latest_version.id, version);
  const prediction = await post("/v1/predictions", { version, input: { text: "Bob" } });
  assert.equal(prediction.body.model, "sandbox/mine");
  await clock.advance(1000);
  assert.equal((await json(prediction.body.urls.get)).body.output, "hello Bob");

  assert.equal((await json("/v1/trainings")).body.results[0].id, training.id);
  const remove = () => sandbox(`/v1/models/sandbox/mine/versions/${version}`, { method: "DELETE" });
  assert.equal((await remove()).status, 202);
  assert.equal((await remove()).status, 404);
});

test("a cancelled training adds no version", async () => {
  const clock = createVirtualClock();
  const { json, post } = startSandbox({ stepMs: 10, clock });
  await post("/v1/models", MODEL);
  const { body } = await post(TRAININGS, { destination: "sandbox/mine", input: {} });
  await clock.advance(50);
  assert.equal((await post(body.urls.cancel)).body.status, "canceled");
  await clock.advance(1000);
  assert.equal((await json("/v1/models/sandbox/mine")).body.latest_version, null);
});

test("a training needs a destination of the own account", async () => {
  const { post } = startSandbox();
  for (const destination of ["sandbox/missing", HELLO.model, ""]) {
    assert.equal((await post(TRAININGS, { destination, input: {} })).status, 422, destination);
  }
});

test("a deployment counts its releases and runs its version", async () => {
  const { sandbox, json, post } = startSandbox();
  const order = { name: "app", ...HELLO, hardware: "cpu", min_instances: 0, max_instances: 1 };
  assert.equal((await post("/v1/deployments", order)).body.current_release.number, 1);
  assert.equal((await post("/v1/deployments", order)).status, 409);
  assert.equal(
    (await post("/v1/deployments", { ...order, name: "b", model: GEMMA.model })).status,
    422,
    "another model's version",
  );
  assert.equal((await post("/v1/deployments", { ...order, name: "b", hardware: "gpu-of-mine" })).status, 422);

  const url = "/v1/deployments/sandbox/app";
  const { body: updated } = await json(url, {
    method: "PATCH",
    body: JSON.stringify({ min_instances: 2, max_instances: 5 }),
  });
  assert.equal(updated.current_release.number, 2);
  assert.deepEqual(updated.current_release.configuration, { hardware: "cpu", min_instances: 2, max_instances: 5 });
  assert.deepEqual((await json(url)).body, updated);
  assert.deepEqual((await json("/v1/deployments")).body.results, [updated]);

  const { body } = await post(`${url}/predictions`, { input: { text: "Eve" } }, { headers: { Prefer: "wait" } });
  assert.equal(body.output, "hello Eve");
  const removed = await sandbox(url, { method: "DELETE" });
  assert.equal(removed.status, 204);
  assert.equal(await removed.text(), "");
  assert.equal((await json(url)).status, 404);
  assert.equal((await post(`${url}/predictions`, { input: { text: "Eve" } })).status, 404);
});

test("an uploaded file is downloaded byte for byte with its name, type and metadata", async () => {
  const { sandbox, json } = startSandbox();
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) & 255);
  const form = new FormData();
  form.append("content", new File([bytes], "Übung 1.bin", { type: "application/x-exercise" }));
  form.append("metadata", new Blob(['{"lesson":1}'], { type: "application/json" }));
  const { status, body: file } = await json("/v1/files", { method: "POST", body: form });
  assert.equal(status, 201);
  assert.equal(file.name, "Übung 1.bin");
  assert.equal(file.content_type, "application/x-exercise");
  assert.equal(file.size, bytes.length);
  assert.deepEqual(file.metadata, { lesson: 1 });
  assert.equal(file.checksums.sha256, Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex"));

  const download = await sandbox(`${file.urls.get}/download`);
  assert.equal(download.headers.get("Content-Type"), "application/x-exercise");
  assert.deepEqual(new Uint8Array(await download.arrayBuffer()), bytes);

  assert.equal((await sandbox(file.urls.get, { method: "DELETE" })).status, 204);
  assert.equal((await json(file.urls.get)).status, 404);
  assert.deepEqual((await json("/v1/files")).body.results, []);
});

test("an upload without content or with metadata that is no object is refused", async () => {
  const { json } = startSandbox();
  const upload = (fields) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    return json("/v1/files", { method: "POST", body: form });
  };
  assert.equal((await upload({ metadata: "{}" })).body.invalid_fields[0].field, "content");
  assert.equal((await upload({ content: "text, no file" })).status, 422);
  assert.equal((await upload({ content: new Blob(["x"]), metadata: "[]" })).body.invalid_fields[0].field, "metadata");
  assert.equal((await upload({ content: new Blob(["x"]), metadata: "{" })).status, 422);
  assert.equal((await json("/v1/files", { method: "POST", body: "{}" })).status, 400);
});

test("a collection has its models, and the list of collections does not", async () => {
  const { json } = startSandbox();
  const { body } = await json("/v1/collections");
  assert.ok(body.results.length > 1 && body.results.every((collection) => !("models" in collection)));
  const { body: images } = await json("/v1/collections/text-to-image");
  assert.ok(images.models.some(({ name }) => name === "flux-schnell"));
  assert.equal((await json("/v1/collections/unknown")).status, 404);
});

test("the webhook secret is a public test value", async () => {
  const { json } = startSandbox();
  const { key } = (await json("/v1/webhooks/default/secret")).body;
  assert.equal(atob(key.replace("whsec_", "")), "sandbox-only-not-a-real-secret");
});
