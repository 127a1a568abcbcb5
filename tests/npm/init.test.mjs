// The browsers' entry, which needs init(): use before init(), concurrent and failed loads.

import { test } from "node:test";
import assert from "node:assert/strict";
import { fresh, wasm } from "./fresh.mjs";
import { serve } from "../sandbox/serve.mjs";

const sentence = { name: "Error", message: "replicate-wasm is not loaded yet: await init() first" };

/** The first use of each export that needs the module. */
const uses = {
  ReplicateHome: [
    ({ ReplicateHome }) => ReplicateHome.models,
    ({ ReplicateHome }) => ReplicateHome.defaultModel,
    ({ ReplicateHome }) => ReplicateHome.modelAliases,
    ({ ReplicateHome }) => ReplicateHome.getModel("gemma-2b"),
    ({ ReplicateHome }) => ReplicateHome.createAsyncGenerator({ prompt: "hi" }),
    ({ ReplicateHome }) => ReplicateHome.createAsyncGenerator({ prompt: 7 }),
  ],
  Replicate: [
    ({ Replicate }) => new Replicate({ auth: "token" }).stream("owner/name", { input: {} }),
    ({ Replicate }) => new Replicate({ auth: "token" }).run("owner/name", { input: {} }),
    ({ Replicate }) => new Replicate({ auth: "token" }).predictions.get("p1"),
  ],
  Cog: [
    ({ Cog }) => new Cog({ baseUrl: "http://127.0.0.1:9" }).stream({ input: {} }),
    ({ Cog }) => new Cog({ baseUrl: "http://127.0.0.1:9" }).run({ input: {} }),
    ({ Cog }) => new Cog({ baseUrl: "http://127.0.0.1:9" }).health(),
  ],
};

/** Exports in plain JavaScript, which work without the module; and PredictionStream, which only the others create. */
const plain = ["ApiError", "FileOutput", "ImageResponse", "PredictionStream", "ReplicateError", "default", "parseProgressFromLogs", "validateWebhook"];

test("every export that needs the module throws before init(), with what to do", async (t) => {
  const exports = await fresh(t);
  assert.deepEqual(Object.keys(exports).filter((name) => !plain.includes(name) && !uses[name]), [], "exports without a use here");
  for (const [name, ways] of Object.entries(uses)) {
    for (const use of ways) await assert.rejects(async () => use(exports), sentence, String(use));
  }
});

test("exports in plain JavaScript work without the module", async (t) => {
  const { FileOutput, ImageResponse, ReplicateError, parseProgressFromLogs } = await fresh(t);
  assert.equal(String(new ImageResponse("https://a.test/b.png", "a b")), "[![a b](https://a.test/b.png)](https://a.test/b.png)");
  assert.equal(await (await new FileOutput("data:,hi").blob()).text(), "hi");
  assert.equal(new ReplicateError("network", "No answer").code, "network");
  assert.equal(parseProgressFromLogs("no bar"), null);
});

test("concurrent and later calls of init() share one load", async (t) => {
  const { default: init, ReplicateHome } = await fresh(t);
  const instantiate = t.mock.method(WebAssembly, "instantiate");
  const [first, second] = await Promise.all([init(wasm), init(wasm)]);
  assert.equal(await init(), first);
  assert.equal(second, first);
  assert.equal(instantiate.mock.callCount(), 1);
  assert.equal(ReplicateHome.defaultModel, "google-deepmind/gemma-2b-it");
});

test("a failed load can be tried again", async (t) => {
  const { default: init, ReplicateHome } = await fresh(t);
  await assert.rejects(init(new Uint8Array([1, 2, 3])), WebAssembly.CompileError);
  await assert.rejects(async () => ReplicateHome.models, sentence);
  await init(wasm);
  assert.equal(ReplicateHome.models.length, 4);
});

test("two copies of the package are independent", async (t) => {
  const [one, other] = [await fresh(t), await fresh(t)];
  await one.default(wasm);
  await assert.rejects(async () => other.ReplicateHome.models, sentence);
  await other.default(wasm);
  assert.deepEqual(other.ReplicateHome.models, one.ReplicateHome.models);
});

test("in Node init() does nothing", async () => {
  const { default: init, ReplicateHome } = await import("replicate-wasm");
  assert.equal(ReplicateHome.models.length, 4);
  assert.equal(await init(), undefined);
});

test("init() takes its source in wasm-bindgen's form and as a promise too", async (t) => {
  for (const source of [{ module_or_path: wasm }, Promise.resolve(wasm), new Response(wasm), new WebAssembly.Module(wasm)]) {
    const { default: init, ReplicateHome } = await fresh(t);
    await init(source);
    assert.equal(ReplicateHome.models.length, 4);
  }
});

test("the module is loaded with any content type", async (t) => {
  for (const type of ["application/wasm", "application/octet-stream", "text/plain"]) {
    const { default: init, ReplicateHome } = await fresh(t);
    await init(`${await serve(t, async () => new Response(wasm, { headers: { "content-type": type } }))}/module.wasm`);
    assert.equal(ReplicateHome.models.length, 4);
  }
});

test("the error of a failed load names the URL", async (t) => {
  const { default: init } = await fresh(t);
  const missing = `${await serve(t, async () => new Response("gone", { status: 404 }))}/replicate_bg.wasm`;
  await assert.rejects(init(missing), { message: `The module of replicate-wasm could not be loaded: ${missing} was answered with status 404. Serve replicate_bg.wasm there, or give its address to init()` });
  await assert.rejects(init("http://127.0.0.1:9/replicate_bg.wasm"), /could not be loaded from http:\/\/127\.0\.0\.1:9\/replicate_bg\.wasm: /);
});

test("the error of an HTML page in place of the module names its type", async (t) => {
  const { default: init } = await fresh(t);
  const page = await serve(t, async () => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }));
  await assert.rejects(init(`${page}/replicate_bg.wasm`), { message: new RegExp(`${page}/replicate_bg.wasm is no module but text/html`) });
});
