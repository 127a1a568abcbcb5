// The demo page on a real Cog server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startCog } from "../cog/server.mjs";
import { inEachEngine } from "../engines/engines.mjs";
import { openDemo } from "./demo.mjs";

inEachEngine((engine) => {
  async function open(t, runner) {
    const cog = await startCog({ runner });
    t.after(() => cog.stop());
    const demo = await openDemo(t, engine, { server: { env: { COG_URL: cog.url } } });
    const chip = (words) => demo.page.waitFor((words) => document.querySelector("#backend .words").textContent.endsWith(words), words);
    return { cog, chip, ...demo };
  }

  test("a text of one's own model is read to its end, and the chip says how the server is", async (t) => {
    const demo = await open(t, "text");
    await demo.chip(`Cog at ${new URL(demo.cog.url).host}: ready`);
    await demo.send("The river");
    assert.equal(await demo.end(), "Done");
    assert.equal((await demo.answer.locator(".text").evaluate((text) => text.innerText)).trim().split(/\s+/).length, 64, "the model's tokens are words");
    assert.deepEqual(demo.cog.journal(), ["run", "finished"]);
    await demo.cog.stop();
    await demo.send("Another");
    await demo.chip("down");
  });

  test("the inputs come from the server's own schema", async (t) => {
    const demo = await open(t, "text");
    assert.deepEqual((await demo.page.locator("#inputs fieldset label").allTextContents()).toSorted(), ["Delay ms", "Max tokens", "Seed"]);
    await demo.page.locator('[name="max_tokens"]').fill("5");
    await demo.send("The river");
    assert.equal(await demo.end(), "Done");
    assert.equal((await demo.answer.locator(".text").textContent()).trim().split(/\s+/).length, 5);
  });

  test("a picture of one's own model is seen, with the prompt as alternative text", async (t) => {
    const demo = await open(t, "image");
    await demo.send("A quiet lake");
    assert.equal(await demo.end(), "Done");
    const image = demo.page.getByRole("img", { name: "A quiet lake" });
    assert.equal(await image.evaluate((element) => element.decode().then(() => element.naturalWidth)), 128);
  });

  test("Stop stops one's own model", async (t) => {
    const demo = await open(t, "slow");
    await demo.send("Some words to wait behind");
    await demo.answer.locator(".text p").first().waitFor();
    await demo.chip("busy");
    await demo.press("Stop");
    assert.match(await demo.end(), /^Stopped/);
    await demo.cog.until(() => demo.cog.journal().includes("canceled"), "the model is canceled");
  });

  test("a reload stops one's own model: it cannot be taken up again, and the card says so", async (t) => {
    const demo = await open(t, "slow");
    await demo.send("Some words to wait behind");
    await demo.answer.locator(".text p").first().waitFor();
    await demo.page.reload();
    await demo.page.getByText("Cut off by the reload").waitFor();
    assert.equal(await demo.page.locator(".question p").textContent(), "Some words to wait behind");
    // Firefox loses some of the requests that are sent when a page goes.
    if (engine.name !== "Firefox") await demo.cog.until(() => demo.cog.journal().includes("canceled"), "the model is canceled");
  });

  test("what one's own model fails with is told", async (t) => {
    const demo = await open(t, "failing");
    await demo.send("A poem");
    assert.equal(await demo.end(), "Failed");
    assert.match(await demo.answer.locator(".error").textContent(), /The model failed.*ValueError: A poem/);
  });
});
