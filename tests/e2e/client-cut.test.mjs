// Files whose connection is cut. Some engines report the cut as the regular end of the file.

import { test } from "node:test";
import assert from "node:assert/strict";
import { inEachEngine } from "../engines/engines.mjs";
import { openClient } from "./client-page.mjs";

/** The first half of a body, after which the server closes the connection. */
async function cut(response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const headers = { "content-type": response.headers.get("content-type"), "content-length": String(bytes.length) };
  const half = new ReadableStream({
    pull(controller) {
      if (!this.sent) controller.enqueue(bytes.subarray(0, bytes.length / 2));
      else setTimeout(() => controller.error(new Error("The server broke off")), 20);
      this.sent = true;
    },
  });
  return new Response(half, { headers });
}

inEachEngine((engine) => {
  /** A client whose pictures are all cut. */
  async function open(t) {
    const opened = await openClient(t, engine);
    const { server, answer } = opened;
    let pictures = 0;
    server.sandbox = async (request) => {
      const response = await answer(request);
      if (!response.headers.get("content-type")?.startsWith("image/")) return response;
      pictures++;
      return cut(response);
    };
    return { ...opened, pictures: () => pictures };
  }

  for (const way of ["blob", "bytes"]) {
    test(`a FileOutput that is cut is an error of ${way}()`, async (t) => {
      const { page, pictures } = await open(t);
      const outcome = await page.evaluate(async (way) => {
        const [file] = await client.run("black-forest-labs/flux-schnell", { input: { prompt: "A lake" } });
        return file[way]().then((got) => `${got.size ?? got.length} bytes`, ({ code }) => code);
      }, way);
      assert.ok(pictures() > 0);
      assert.equal(outcome, "network");
    });
  }

  test("a FileOutput that is cut is an error when it is read as a stream", async (t) => {
    const { page } = await open(t);
    const outcome = await page.evaluate(async () => {
      const [file] = await client.run("black-forest-labs/flux-schnell", { input: { prompt: "A lake" } });
      const reader = file.getReader();
      let bytes = 0;
      try {
        for (let part; !(part = await reader.read()).done; ) bytes += part.value.length;
      } catch ({ code }) {
        return code;
      }
      return `${bytes} bytes`;
    });
    assert.equal(outcome, "network");
  });

  test("an ImageResponse that is cut is an error", async (t) => {
    const { page, pictures } = await open(t);
    const outcome = await page.evaluate(async () => {
      for await (const image of lib.ReplicateHome.createAsyncGenerator({ model: "sd-3", prompt: "A lake", proxy: "/relay" })) {
        return image.blob().then(({ size }) => `${size} bytes`, ({ code }) => code);
      }
    });
    assert.ok(pictures() > 0);
    assert.equal(outcome, "network");
  });
});
