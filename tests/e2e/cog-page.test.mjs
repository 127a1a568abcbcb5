// The demo page on a real Cog server.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startCog } from "../cog/server.mjs";
import { launch, openDemo } from "./demo.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function open(t, runner, options) {
  const cog = await startCog({ runner });
  t.after(() => cog.stop());
  return { cog, ...(await openDemo(t, browser, { server: { env: { COG_URL: cog.url } }, ...options })) };
}

test("a text of one's own model is read to its end, and the page names the server", async (t) => {
  const demo = await open(t, "text");
  await demo.page.getByText(`Talks to the Cog server at ${demo.cog.url}.`).waitFor();
  await demo.send("The river");
  assert.match(await demo.end(), /^Succeeded after /);
  assert.equal((await demo.text()).trim().split(/\s+/).length, 64, "the model's tokens are words");
  assert.deepEqual(demo.cog.journal(), ["run", "finished"]);
});

test("a picture of one's own model is seen, with the prompt as alternative text", async (t) => {
  const demo = await open(t, "image", { expected: /status of 406/ }); // it is asked to stream, and cannot
  await demo.send("A quiet lake");
  assert.match(await demo.end(), /^Succeeded after /);
  const image = demo.page.getByRole("img", { name: "A quiet lake" });
  await image.evaluate((element) => element.decode());
  assert.equal(await image.evaluate(({ naturalWidth }) => naturalWidth), 128);
});

test("stop stops one's own model", async (t) => {
  // The client repeats its cancel until the server knows the prediction no more (404), or is gone itself (502).
  const demo = await open(t, "slow", { expected: /status of (404|502)/ });
  await demo.send("Some words to wait behind");
  await demo.answer.locator("p").waitFor();
  await demo.page.getByRole("button", { name: "Stop" }).click();
  assert.match(await demo.end(), /^Stopped after /);
  await demo.cog.until(() => demo.cog.journal().includes("canceled"), "the model is canceled");
});

test("what one's own model fails with is told", async (t) => {
  const demo = await open(t, "failing");
  await demo.send("A poem");
  assert.match(await demo.end(), /^Failed after /);
  assert.equal(await demo.answer.locator(".error code").textContent(), "failed");
});
