import test from "node:test";
import assert from "node:assert/strict";
import { createSandbox } from "../../src/sandbox/index.js";
import { encodeInput, transform } from "../../src/npm/inputs.js";
import { paginate, resources } from "../../src/npm/resources.js";
import { toFile } from "../../src/npm/files.js";

const BASE = "http://localhost/v1";
const MODEL = ["meta", "meta-llama-3-8b-instruct"];
const input = { prompt: "a poem about spring" };

/** The client's resources on a sandbox. */
function connect(options) {
  const sandbox = createSandbox({ stepMs: 0, ...options });
  const request = async (route, { data, headers, ...init }) => {
    const isJson = data !== undefined && typeof data !== "string" && !(data instanceof FormData);
    const type = isJson ? { "content-type": "application/json" } : {};
    const url = route.startsWith("/") ? BASE + route : route;
    const response = await sandbox(url, { ...init, headers: { ...type, ...headers }, body: isJson ? JSON.stringify(data) : data });
    assert.ok(response.ok, `${init.method} ${route} was answered with ${response.status}: ${response.ok || (await response.text())}`);
    return response;
  };
  const upload = async (blob) => (await client.files.create(blob)).urls.get;
  const client = resources(request, (value, { signal }) => encodeInput(value, { upload, signal }));
  return { client, request, sandbox };
}

test("predictions: create by model and by version, get, cancel, list", async () => {
  const { client } = connect();
  const created = await client.predictions.create({ model: MODEL.join("/"), input, wait: true });
  assert.equal(created.status, "succeeded");
  const [version] = (await client.models.versions.list(...MODEL)).results;
  assert.equal((await client.predictions.create({ version: version.id, input })).version, version.id);
  assert.equal((await client.predictions.get(created.id)).id, created.id);
  assert.equal((await client.predictions.cancel(created.id)).id, created.id);
  assert.ok((await client.predictions.list()).results.some(({ id }) => id === created.id));
});

test("models: get, list, search, create, versions", async () => {
  const { client } = connect();
  const model = await client.models.get(...MODEL);
  assert.equal(model.name, MODEL[1]);
  assert.ok((await client.models.list()).results.length > 0);
  assert.ok((await client.models.search("llama")).results.some(({ name }) => name === MODEL[1]));
  const id = model.latest_version.id;
  assert.equal((await client.models.versions.get(...MODEL, id)).id, id);
  const { username } = await client.accounts.current();
  const own = await client.models.create(username, "lake", { visibility: "private", hardware: "cpu" });
  assert.equal(own.visibility, "private");
});

test("deployments: create, get, update, list, predict, delete", async () => {
  const { client } = connect();
  const version = (await client.models.get(...MODEL)).latest_version.id;
  const config = { name: "poems", model: MODEL.join("/"), version, hardware: "cpu", min_instances: 0, max_instances: 1 };
  const { owner, name } = await client.deployments.create(config);
  assert.equal((await client.deployments.get(owner, name)).name, name);
  const updated = await client.deployments.update(owner, name, { max_instances: 3 });
  assert.equal(updated.current_release.configuration.max_instances, 3);
  assert.equal((await client.deployments.list()).results.length, 1);
  assert.equal((await client.deployments.predictions.create(owner, name, { input, wait: 5 })).status, "succeeded");
  assert.equal(await client.deployments.delete(owner, name), true);
  assert.equal((await client.deployments.list()).results.length, 0);
});

test("trainings: create, get, cancel, list", async () => {
  const { client } = connect();
  const version = (await client.models.get(...MODEL)).latest_version.id;
  const { username } = await client.accounts.current();
  await client.models.create(username, "lake", { visibility: "private", hardware: "cpu" });
  const { id } = await client.trainings.create(...MODEL, version, { destination: `${username}/lake`, input: { steps: 1 } });
  assert.equal((await client.trainings.get(id)).id, id);
  assert.equal((await client.trainings.cancel(id)).id, id);
  assert.equal((await client.trainings.list()).results[0].id, id);
});

test("collections, hardware, account and the webhooks' secret", async () => {
  const { client } = connect();
  const [{ slug }] = (await client.collections.list()).results;
  assert.equal((await client.collections.get(slug)).slug, slug);
  assert.ok((await client.hardware.list())[0].sku);
  assert.ok((await client.accounts.current()).username);
  assert.match((await client.webhooks.default.secret.get()).key, /^whsec_/);
});

test("files: an upload is downloaded byte for byte with its name and type", async () => {
  const { client, sandbox } = connect();
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 13);
  const file = await client.files.create(new File([bytes], "photo.png", { type: "image/png" }), { album: "spring" });
  assert.equal(file.content_type, "image/png");
  assert.equal(file.name, "photo.png");
  assert.deepEqual(file.metadata, { album: "spring" });
  assert.equal((await client.files.get(file.id)).size, bytes.length);
  const download = await sandbox(`${file.urls.get}/download`);
  assert.deepEqual(new Uint8Array(await download.arrayBuffer()), bytes);
  assert.equal((await client.files.list()).results.length, 1);
  assert.equal(await client.files.delete(file.id), true);
  assert.equal((await client.files.list()).results.length, 0);
});

test("a Blob in an input is uploaded, and the prediction gets its URL", async () => {
  const { client } = connect();
  const created = await client.predictions.create({ model: MODEL.join("/"), input: { ...input, image: new Blob(["pixels"]) } });
  const [file] = (await client.files.list()).results;
  assert.equal(created.input.image, file.urls.get);
});

test("paginate walks the pages of a real list", async () => {
  const { client, request } = connect({ pageSize: 2 });
  for (let i = 0; i < 5; i++) await client.predictions.create({ model: MODEL.join("/"), input });
  const sizes = [];
  for await (const page of paginate(request, client.predictions.list)) sizes.push(page.length);
  assert.deepEqual(sizes, [2, 2, 1]);
});

test("a picture of an output downloads through the sandbox", async () => {
  const { client, sandbox } = connect();
  const { output } = await client.predictions.create({ model: "black-forest-labs/flux-schnell", input, wait: true });
  const [image] = transform(output, toFile(sandbox));
  const blob = await image.blob();
  assert.equal(blob.type, "image/png");
  assert.deepEqual([...new Uint8Array(await blob.slice(0, 4).arrayBuffer())], [0x89, 0x50, 0x4e, 0x47]);
});
