// The examples of the client in a page, and what each must show.

import assert from "node:assert/strict";
import { openPage } from "../npm/page.mjs";
import { runModule } from "./module.mjs";

export const pages = {
  stream: [
    "a poem appears while it is written, and an error as a sentence",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine);
      await runModule(page, code);
      const [{ output }] = server.sandbox.predictions.values();
      assert.equal(await page.locator("body").textContent(), output.join(""));

      const failing = await openPage(t, engine, { sandbox: { faults: ["fail: out of memory"] } });
      await runModule(failing.page, code);
      assert.match(await failing.page.locator("body").textContent(), /Prediction failed: out of memory$/);
    },
  ],
  poem: [
    "a poem by the provider",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine);
      await runModule(page, code);
      const [{ output }] = server.sandbox.predictions.values();
      assert.ok(output.length > 10);
      assert.equal(await page.locator("body").textContent(), output.join(""));
    },
  ],
  picture: [
    "a landscape, as a picture and as a URL",
    async (t, code, engine) => {
      const { page } = await openPage(t, engine);
      await runModule(page, code);
      assert.match(await printed(page), /^http.*\.png$/);
      await assertPictures(page, 1);
    },
  ],
  "any-model": [
    "text as a stream, an image as a file",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine);
      await runModule(page, code);
      const [{ output }] = server.sandbox.predictions.values();
      assert.equal(await page.locator("body").textContent(), output.join(""));
      assert.match(await printed(page), /^http.* has \d{4,} bytes$/);
    },
  ],
  "import-map": [
    "an import map leads a page to the installed package",
    async (t, html, engine) => {
      const { page } = await openPage(t, engine, { html });
      assert.equal(await page.evaluate(async () => typeof (await import("replicate-wasm")).Replicate), "function");
    },
  ],
  sandbox: [
    "the sandbox inside a page",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine);
      await runModule(page, code);
      assert.equal(await printed(page), "hello Alice");
      assert.equal(server.sandbox.predictions.size, 0);
    },
  ],
};

/** The console output of the page. */
const printed = async (page) => (await page.messages()).map(({ text }) => text).join("\n");

/** Checks that the page shows `count` loaded pictures. */
export async function assertPictures(page, count) {
  const widths = await page.locator("img").evaluateAll((images) =>
    Promise.all(images.map((image) => image.decode().then(() => image.naturalWidth))),
  );
  assert.equal(widths.length, count);
  assert.ok(widths.every((width) => width >= 256), `${widths}`);
}
