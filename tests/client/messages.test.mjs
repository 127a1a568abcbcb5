// Images of chat messages become the model's input `image`. tests/prompt.rs tests how messages are read and validated.

import { test } from "node:test";
import assert from "node:assert/strict";
import { ReplicateHome } from "replicate-wasm";
import { answering, recorded } from "../npm/requests.mjs";

const image = (url) => ({ type: "image_url", image_url: { url, detail: "low" } });
const user = (content) => ({ role: "user", content });

/** The input of the create for these messages. */
async function sent(messages, input) {
  const fetch = recorded(answering({ id: "p1" }, { id: "p1", status: "succeeded", output: ["x"] }));
  await ReplicateHome.createAsyncGenerator({ messages, input, fetch, pollIntervalMs: 0 }).text();
  return fetch.requests[0].body.input;
}

test("one image becomes the input `image`, beside the other inputs", async () => {
  const input = { seed: 1 };
  const parts = [{ type: "text", text: "What is" }, image("data:image/png;base64,AA"), { type: "text", text: "this?" }];
  assert.deepEqual(await sent([user(parts)], input), { seed: 1, prompt: "What is\nthis?", image: "data:image/png;base64,AA" });
  assert.deepEqual(input, { seed: 1 }, "the caller's object is unchanged");
});

test("several images become a list in the order of the messages, in place of the input's own", async () => {
  const [first, second] = ["https://x.example/a.png", "https://x.example/b.png"];
  const messages = [user([image(first)]), user([]), user([image(second)])];
  assert.deepEqual((await sent(messages, { image: "replaced" })).image, [first, second]);
});

test("without images the input's own image is sent", async () => {
  const own = "https://x.example/own.png";
  assert.equal((await sent([user("a")], { image: own })).image, own);
});
