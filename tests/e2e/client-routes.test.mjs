// Every method of the client and every route of the OpenAPI file, from a page, with the sandbox.

import { test } from "node:test";
import assert from "node:assert/strict";
import { openapi } from "../sandbox/schemas.mjs";
import { inEachEngine } from "../engines/engines.mjs";
import { openClient } from "./client-page.mjs";

/** Routes without a method in Replicate's own client, for `request()`. */
const withoutMethod = ["DELETE /models/{model_owner}/{model_name}", "DELETE /models/{model_owner}/{model_name}/versions/{version_id}"];

/** Runs in the page: calls every method, and returns the names of the called methods and of all methods. */
async function callAll() {
  const called = new Set();
  const call = (name, ...args) => {
    called.add(name);
    const method = name.split(".").reduce((object, key) => object[key], client);
    return method(...args); // without `this`
  };
  const check = (fits, what) => {
    if (!fits) throw new Error(`Wrong result: ${what}`);
  };
  const input = { prompt: "tea" };
  const model = ["meta", "meta-llama-3-8b-instruct"];

  const { username } = await call("accounts.current");
  const { latest_version: { id: version } } = await call("models.get", ...model);
  check((await call("models.list")).results.length > 0, "the list of models");
  check((await call("models.search", "llama")).results.some(({ name }) => name === model[1]), "the search");
  check((await call("models.versions.list", ...model)).results[0].id === version, "the list of versions");
  check((await call("models.versions.get", ...model, version)).id === version, "the version");
  check((await call("models.create", username, "lake", { visibility: "private", hardware: "cpu" })).name === "lake", "the new model");

  const created = await call("predictions.create", { model: model.join("/"), input, wait: true });
  check(created.status === "succeeded", "the prediction");
  check((await call("predictions.create", { version, input })).version === version, "the prediction of a version");
  check((await call("predictions.get", created.id)).output.join("") === created.output.join(""), "the output");
  check((await call("predictions.list")).results.length === 2, "the list of predictions");
  check((await call("predictions.cancel", created.id)).id === created.id, "the cancelled one");

  const config = { name: "poems", model: model.join("/"), version, hardware: "cpu", min_instances: 0, max_instances: 1 };
  const { owner, name } = await call("deployments.create", config);
  check((await call("deployments.get", owner, name)).name === "poems", "the deployment");
  check((await call("deployments.update", owner, name, { max_instances: 3 })).current_release.configuration.max_instances === 3, "its update");
  check((await call("deployments.list")).results.length === 1, "the list of deployments");
  check((await call("deployments.predictions.create", owner, name, { input, wait: 5 })).status === "succeeded", "its prediction");
  check((await call("deployments.delete", owner, name)) === true, "its end");

  const training = await call("trainings.create", ...model, version, { destination: `${username}/lake`, input: { steps: 1 } });
  check((await call("trainings.get", training.id)).id === training.id, "the training");
  check((await call("trainings.list")).results.length === 1, "the list of trainings");
  check((await call("trainings.cancel", training.id)).id === training.id, "its end");

  const [{ slug }] = (await call("collections.list")).results;
  check((await call("collections.get", slug)).models.length > 0, "the collection");
  check((await call("hardware.list")).some(({ sku }) => sku === "cpu"), "the hardware");
  check((await call("webhooks.default.secret.get")).key.startsWith("whsec_"), "the secret");

  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 13);
  const file = await call("files.create", new File([bytes], "photo.png", { type: "image/png" }), { album: "spring" });
  check(file.name === "photo.png" && file.content_type === "image/png" && file.metadata.album === "spring", "the file");
  check((await call("files.get", file.id)).size === bytes.length, "its size");
  const download = new Uint8Array(await (await client.request(`${file.urls.get}/download`)).arrayBuffer());
  check(download.length === bytes.length && download.every((byte, i) => byte === bytes[i]), "its bytes");
  check((await call("files.list")).results.length === 1, "the list of files");
  check((await call("files.delete", file.id)) === true, "its end");

  await client.request(`/models/${model.join("/")}/versions/${version}`, { method: "DELETE" }).catch(() => {});
  await client.request(`/models/${username}/lake`, { method: "DELETE" }).catch(() => {});

  const names = (object, prefix = "") =>
    Object.entries(object).flatMap(([key, value]) => (typeof value === "function" ? [prefix + key] : names(value, `${prefix}${key}.`)));
  const { predictions, models, deployments, trainings, collections, files, hardware, accounts, webhooks } = client;
  return { called: [...called], all: names({ predictions, models, deployments, trainings, collections, files, hardware, accounts, webhooks }) };
}

inEachEngine((engine) => {
  test("every method works in a page, and together they cover every route of the API", async (t) => {
    const { page, asked } = await openClient(t, engine);
    const { called, all } = await page.evaluate(callAll);
    assert.deepEqual(called.sort(), all.sort());

    const visited = new Set();
    const routes = Object.entries(openapi.paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`));
    const patterns = routes.map((route) => [route, new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`)]);
    for (const { method, url } of asked) {
      const line = `${method} ${new URL(url).pathname.replace("/relay/v1", "")}`;
      for (const [route, pattern] of patterns) if (pattern.test(line)) visited.add(route);
    }
    assert.deepEqual(routes.filter((route) => !visited.has(route)), []);
    assert.deepEqual(withoutMethod.filter((route) => !routes.includes(route)), []);
  });

  test("paginate yields all pages of a list, and an image of an output is shown", async (t) => {
    const { page, lines } = await openClient(t, engine, { pageSize: 3, apiUrl: "https://api.replicate.com/v1" });
    const seen = await page.evaluate(async () => {
      const models = [];
      for await (const rows of client.paginate(client.models.list)) models.push(...rows);
      const [file] = await client.run("black-forest-labs/flux-schnell", { input: { prompt: "A lake" } });
      const image = Object.assign(new Image(), { src: URL.createObjectURL(await file.blob()) });
      await image.decode();
      return { models: models.length, width: image.naturalWidth };
    });
    assert.ok(seen.models > 6);
    assert.equal(lines().filter((line) => line === "GET /relay/v1/models").length, Math.ceil(seen.models / 3));
    assert.ok(seen.width > 0);
  });
});
