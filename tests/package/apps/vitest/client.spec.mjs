// The uses of a component test, in jsdom or happy-dom.

import { expect, test } from "vitest";
import { Replicate, ReplicateError } from "replicate-wasm";
import { predict } from "./predict.js";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const baseUrl = "/relay/v1";
const model = "meta/meta-llama-3-8b-instruct";

test("a text and an image are read", async () => {
  const { text, bytes } = await predict("/relay");
  expect(text.length).toBeGreaterThan(20);
  expect(bytes.slice(0, 8)).toEqual(PNG);
});

test("a Blob, a File and bytes of an input are uploaded, or an error says what to do", async () => {
  const client = new Replicate({ baseUrl, fileEncodingStrategy: "upload" });
  const bytes = Uint8Array.from(PNG);
  // In jsdom on Node 24 no form with a file is accepted by fetch.
  const refused = await client.files.create(bytes).catch((error) => error);
  if (refused instanceof ReplicateError) return expect(refused.message).toMatch(/set fileEncodingStrategy to "data-uri"/);
  await client.files.delete(refused.id);
  const input = { value: { blob: new Blob([bytes]), file: new File([bytes], "photo.png", { type: "image/png" }), bytes } };
  const output = await client.run("sandbox/echo", { input });
  const files = (await client.files.list()).results;
  expect(files.map(({ content_type, size }) => [content_type, size])).toEqual(Array(3).fill(["image/png", PNG.length]));
  expect(files.map(({ name }) => name)).toContain("photo.png");
  expect(JSON.stringify(output)).toContain(files[0].id);
});

test("a Blob, a File and bytes of an input are inlined", async () => {
  const client = new Replicate({ baseUrl, fileEncodingStrategy: "data-uri", useFileOutput: false });
  const output = await client.run("sandbox/echo", { input: { value: new File([Uint8Array.from(PNG)], "photo.png") } });
  expect(JSON.stringify(output)).toContain("data:image/png;base64,iVBORw0KGgo=");
});

test("an abort ends a stream with its reason", async () => {
  const controller = new AbortController();
  const stream = new Replicate({ baseUrl }).streamText(model, { input: { prompt: "A poem" }, signal: controller.signal });
  await stream.next();
  const reason = new Error("stopped");
  controller.abort(reason);
  await expect(stream.next()).rejects.toBe(reason);
});

test("a file of an output is downloaded as a whole and in chunks", async () => {
  const [file] = await new Replicate({ baseUrl }).run("black-forest-labs/flux-schnell", { input: { prompt: "A lake" } });
  const bytes = await file.bytes();
  expect([...bytes.slice(0, 8)]).toEqual(PNG);
  expect((await file.blob()).size).toBe(bytes.length);
  let size = 0;
  for await (const chunk of file) size += chunk.length;
  expect(size).toBe(bytes.length);
});
