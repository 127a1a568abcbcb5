// Import maps do not reach workers: they import a file.
import init, { Replicate } from "/node_modules/replicate-wasm/pkg/index.js";

onmessage = async ({ data: prompt }) => {
  await init();
  const replicate = new Replicate({ baseUrl: "/relay/v1" });
  for await (const text of replicate.streamText("meta/meta-llama-3-8b-instruct", { input: { prompt } })) postMessage(text);
  postMessage(null);
};
