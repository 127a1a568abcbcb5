// ReplicateHome's attributes, and the requests that its options make.

import { test } from "node:test";
import assert from "node:assert/strict";
import { ReplicateHome } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";
import { answering, recorded } from "./requests.mjs";

const GEMMA = "google-deepmind/gemma-2b-it";
const SD3 = "stability-ai/stable-diffusion-3";
const SDXL = "bytedance/sdxl-lightning-4step";
const PLAYGROUND = "playgroundai/playground-v2.5-1024px-aesthetic";

const versions = {
  [GEMMA]: "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626",
  [SD3]: "527d2a6296facb8e47ba1eaf17f142c240c19a30894f437feee9b91cc29d8e4f",
  [SDXL]: "5f24084160c9089501c1b3545d9be3c27883ae2239b6f412990e82d4a6210f8f",
  [PLAYGROUND]: "a45f82a1382bed5c7aeb861dac7c7d191b0fdf74d8d57c4a0e6ed7d4d0bf7d24",
};

/** The requests of a prediction that succeeds at once. */
async function requests(options) {
  const fetch = recorded(answering({ id: "p-1_2" }, { id: "p-1_2", status: "succeeded", output: ["https://replicate.delivery/out-0.png"] }));
  for await (const _ of ReplicateHome.createAsyncGenerator({ fetch, ...options }));
  return fetch.requests;
}

const prompt = async (options) => (await requests(options))[0].body.input.prompt;

test("ReplicateHome has the attributes of the original provider", () => {
  const attributes = Object.fromEntries(
    ["url", "apiEndpoint", "working", "supportsStream", "defaultModel", "defaultImageModel", "imageModels", "textModels", "models", "modelAliases", "modelVersions"]
      .map((name) => [name, ReplicateHome[name]]),
  );
  assert.deepEqual(attributes, {
    url: "https://replicate.com",
    apiEndpoint: "https://homepage.replicate.com/api/prediction",
    working: false,
    supportsStream: true,
    defaultModel: GEMMA,
    defaultImageModel: SD3,
    imageModels: [SD3, SDXL, PLAYGROUND],
    textModels: [GEMMA],
    models: [GEMMA, SD3, SDXL, PLAYGROUND],
    modelAliases: { "sd-3": SD3, sdxl: SDXL, "playground-v2.5": PLAYGROUND, "gemma-2b": GEMMA },
    modelVersions: versions,
  });
});

test("getModel() takes names and aliases, and an empty name for the default", () => {
  for (const model of ReplicateHome.models) assert.equal(ReplicateHome.getModel(model), model);
  for (const [alias, model] of Object.entries(ReplicateHome.modelAliases)) assert.equal(ReplicateHome.getModel(alias), model);
  for (const empty of [undefined, null, ""]) assert.equal(ReplicateHome.getModel(empty), GEMMA);
});

test("a file of the input, at any depth, is sent as a data URI, and nothing is uploaded", async () => {
  const bytes = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const uri = "data:image/png;base64,iVBORw0KGgo=";
  const input = { blob: new Blob([bytes]), file: new File([bytes], "a.png"), bytes, buffer: bytes.buffer, list: [{ bytes }], text: "tea" };
  const [create, ...polls] = await requests({ model: SDXL, prompt: "Spring", input });
  assert.deepEqual(create.body.input, { prompt: "Spring", blob: uri, file: uri, bytes: uri, buffer: uri, list: [{ bytes: uri }], text: "tea" });
  assert.ok(polls.every(({ line }) => line.startsWith("GET /api/poll")));
});

test("an input that cannot be sent is an error before anything is sent", async () => {
  const nested = JSON.parse("[".repeat(5_000) + "]".repeat(5_000));
  const itself = {};
  itself.itself = itself;
  const unreadable = Object.assign(new Blob(["x"]), { arrayBuffer: () => Promise.reject(new Error("moved")), slice: () => unreadable });
  for (const value of [1n, nested, itself, unreadable, new Blob([new Uint8Array(10_000_001)]), Promise.resolve(1), new Map()]) {
    const fetch = recorded(answering({}));
    const stream = ReplicateHome.createAsyncGenerator({ fetch, model: SDXL, prompt: "Spring", input: { value } });
    await assert.rejects(stream.next(), { code: "invalid_argument" });
    assert.equal(fetch.requests.length, 0);
  }
});

test("a prediction is one POST, then polls", async () => {
  const [create, poll, ...rest] = await requests({ model: "gemma-2b", prompt: "Spring" });
  assert.equal(create.line, "POST /api/prediction");
  assert.equal(create.url, ReplicateHome.apiEndpoint);
  assert.deepEqual(create.body, { model: GEMMA, version: versions[GEMMA], input: { prompt: "Spring" } });
  assert.equal(create.headers["content-type"], "application/json");
  assert.equal(create.headers.accept, "*/*");
  assert.equal(create.headers["accept-language"], "en-US,en;q=0.9");
  assert.equal(create.headers.origin, "https://replicate.com");
  assert.equal(create.headers.referer, "https://replicate.com/");
  assert.match(create.headers["user-agent"], /^Mozilla\/5\.0 /);
  assert.equal(new URL(poll.url).searchParams.get("id"), "p-1_2");
  assert.equal(poll.line.split("?")[0], "GET /api/poll");
  assert.equal(poll.body, undefined);
  assert.deepEqual(rest, []);
});

test("the input is sent with the prompt, which wins over the input's own", async () => {
  const input = { seed: 7, prompt: "autumn" };
  const [{ body }] = await requests({ model: "sdxl", prompt: "spring", input });
  assert.deepEqual(body.input, { seed: 7, prompt: "spring" });
  assert.deepEqual(input, { seed: 7, prompt: "autumn" }, "the caller's object is unchanged");
});

test("the proxy replaces the provider's URL, with a path and with or without a slash", async () => {
  for (const proxy of ["http://127.0.0.1:9/relay", "http://127.0.0.1:9/relay/"]) {
    const [create, poll] = await requests({ prompt: "hi", proxy });
    assert.equal(create.url, "http://127.0.0.1:9/relay/api/prediction");
    assert.ok(poll.url.startsWith("http://127.0.0.1:9/relay/api/poll?id="));
  }
});

test("the caller's headers go with each request", async () => {
  for (const { headers } of await requests({ prompt: "hi", headers: { "x-session": "s" } })) assert.equal(headers["x-session"], "s");
});

test("messages become the provider's prompt", async () => {
  const one = [{ role: "user", content: "Hi\n" }];
  const chat = [{ role: "SYSTEM", content: "Be kind" }, { role: "ßtraße", content: "Hi" }];
  assert.equal(await prompt({ messages: one }), "Hi\n");
  assert.equal(await prompt({ messages: chat }), "System: Be kind\nSstraße: Hi\nAssistant:");
  assert.equal(await prompt({ messages: chat, model: "sd-3" }), "Hi");
  assert.equal(await prompt({ messages: chat, prompt: "Ho" }), "Ho");
});

test("all images of a prediction are yielded in order", async () => {
  const fetch = createSandbox({ stepMs: 0 });
  const stream = ReplicateHome.createAsyncGenerator({ model: "sd-3", prompt: "A lake", input: { num_outputs: 3 }, fetch });
  const urls = [];
  for await (const { url } of stream) urls.push(url);
  assert.equal(urls.length, 3);
  assert.deepEqual(urls, stream.prediction.output);
});

test("an output of one string is one chunk", async () => {
  const fetch = answering({ id: "p1" }, { id: "p1", status: "processing", output: "Spr" }, { id: "p1", status: "succeeded", output: "Spring" });
  const chunks = [];
  for await (const chunk of ReplicateHome.createAsyncGenerator({ prompt: "hi", fetch, pollIntervalMs: 0 })) chunks.push(chunk);
  assert.deepEqual(chunks, ["Spring"]);
});
