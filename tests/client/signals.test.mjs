// In jsdom on Node 24 the page's AbortController is not of the realm of `fetch`, which refuses its signals.

import { test } from "node:test";
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { JSDOM } = createRequire(new URL("../package/tools/package.json", import.meta.url))("jsdom");
const { window } = new JSDOM("", { url: "http://localhost/" });
test.after(() => window.close());

function refuse({ signal } = {}) {
  if (signal instanceof window.AbortSignal) throw new TypeError("RequestInit: Expected signal to be an instance of AbortSignal.");
}
const NodeRequest = Request;
Object.assign(globalThis, {
  AbortController: window.AbortController,
  AbortSignal: window.AbortSignal,
  Request: class extends NodeRequest {
    constructor(url, init) {
      refuse(init);
      super(url, init);
    }
  },
});

// The client checks once which signals `fetch` accepts, so it is loaded after this.
const { Replicate } = await import("replicate-wasm");
const { createSandbox } = await import("replicate-wasm/sandbox");
const sandbox = createSandbox({ stepMs: 0 });
const fetch = async (url, init) => (refuse(init), sandbox(url, init));
const client = new Replicate({ auth: "none", baseUrl: "http://localhost/v1", fetch });
const model = "meta/meta-llama-3-8b-instruct";
const input = { prompt: "A poem" };

test("run and stream work, and each creates one prediction", async () => {
  const output = await client.run(model, { input });
  assert.ok(output.join("").length > 20);
  assert.ok((await client.streamText(model, { input }).text()).length > 20);
  assert.equal(sandbox.predictions.size, 2);
});

test("the caller's signal still ends the call with its reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped");
  const stream = client.streamText(model, { input, signal: controller.signal });
  await stream.next();
  controller.abort(reason);
  await assert.rejects(stream.next(), (error) => error === reason);
});
