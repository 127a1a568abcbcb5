// Images of chat messages become the model's input `image`. How messages are read, and which are refused, is tested
// natively in tests/prompt.rs.

import { test } from "node:test";
import assert from "node:assert/strict";
import { ReplicateHome } from "replicate-wasm";
import { answering, recorded } from "../npm/requests.mjs";

const image = (url) => ({ type: "image_url", image_url: { url, detail: "low" } });
const user = (content) => ({ role: "user", content });

/** The input that is sent for these messages. */
async function sent(messages, input) {
  const fetch = recorded(answering({ id: "p1" }, { id: "p1", status: "succeeded", output: ["x"] }));
  await ReplicateHome.createAsyncGenerator({ messages, input, fetch, pollIntervalMs: 0 }).text();
  return fetch.requests[0].body.input;
}

test("one image is the input's image, beside what the input has", async () => {
  const input = { seed: 1 };
  const parts = [{ type: "text", text: "What is" }, image("data:image/png;base64,AA"), { type: "text", text: "this?" }];
  assert.deepEqual(await sent([user(parts)], input), { seed: 1, prompt: "What is\nthis?", image: "data:image/png;base64,AA" });
  assert.deepEqual(input, { seed: 1 }, "the caller's own object stays as it is");
});

test("several images are a list, in the order of the messages, in place of the input's own", async () => {
  const [first, second] = ["https://x.example/a.png", "https://x.example/b.png"];
  const messages = [user([image(first)]), user([]), user([image(second)])];
  assert.deepEqual((await sent(messages, { image: "replaced" })).image, [first, second]);
});

test("without images the input's own stays", async () => {
  const own = "https://x.example/own.png";
  assert.equal((await sent([user("a")], { image: own })).image, own);
});
