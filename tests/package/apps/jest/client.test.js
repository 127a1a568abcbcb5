import { FileOutput, Replicate, ReplicateError } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";
import { predict } from "./predict.js";

test("a text and an image are read", async () => {
  const { text, bytes } = await predict(process.env.RELAY);
  expect(text.length).toBeGreaterThan(20);
  expect(bytes.slice(1, 4)).toEqual([0x50, 0x4e, 0x47]);
});

test("the sandbox replaces Replicate", async () => {
  const client = new Replicate({ auth: "none", baseUrl: "http://localhost/v1", fetch: createSandbox({ stepMs: 0 }) });
  const output = await client.run("black-forest-labs/flux-schnell", { input: { prompt: "A lake" } });
  expect(output[0]).toBeInstanceOf(FileOutput);
  await expect(client.run("acme/nothing", { input: {} })).rejects.toBeInstanceOf(ReplicateError);
});
