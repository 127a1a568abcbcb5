// Reads a text and an image: the test of every consumer.

import init, { Replicate, ReplicateHome } from "replicate-wasm";

/** @param {string} server the URL of a relay */
export async function predict(server) {
  await init();
  const replicate = new Replicate({ baseUrl: `${server}/v1` });
  const text = await replicate.streamText("meta/meta-llama-3-8b-instruct", { input: { prompt: "Write a short poem about spring." } }).text();
  for await (const image of ReplicateHome.createAsyncGenerator({ model: "sd-3", prompt: "A lake", proxy: server })) {
    if (typeof image !== "string") return { text, image, bytes: [...(await image.bytes())] };
  }
  throw new Error("There was no image");
}
