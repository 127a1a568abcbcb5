// The provider's two examples in JavaScript.

import { test } from "node:test";
import assert from "node:assert/strict";
import { ImageResponse, ReplicateHome } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";

test("the text example prints every chunk of a poem", async () => {
  const sandbox = createSandbox({ stepMs: 0 });
  const chunks = ReplicateHome.createAsyncGenerator({
    model: "gemma-2b",
    messages: [{ role: "user", content: "Write a short poem about spring." }],
    fetch: sandbox,
  });

  const printed = [];
  for await (const chunk of chunks) printed.push(chunk);

  const [prediction] = sandbox.predictions.values();
  assert.equal(prediction.model, "google-deepmind/gemma-2b-it");
  assert.deepEqual(prediction.input, { prompt: "Write a short poem about spring." });
  assert.ok(printed.length > 10);
  assert.deepEqual(printed, prediction.output);
});

test("the image example prints the picture's URL", async () => {
  const sandbox = createSandbox({ stepMs: 0 });
  const images = ReplicateHome.createAsyncGenerator({
    model: "sd-3",
    messages: [{ role: "user", content: "A beautiful landscape with mountains and a lake." }],
    fetch: sandbox,
  });

  const printed = [];
  for await (const image of images) {
    assert.ok(image instanceof ImageResponse);
    assert.equal(image.alt, "A beautiful landscape with mountains and a lake.");
    assert.equal(String(image), `[![${image.alt}](${image.url})](${image.url})`);
    assert.deepEqual([...(await image.bytes()).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47], "a PNG");
    printed.push(image.url);
  }

  const [prediction] = sandbox.predictions.values();
  assert.equal(prediction.model, "stability-ai/stable-diffusion-3");
  assert.equal(printed.length, 1);
  assert.deepEqual(printed, prediction.output);
});
