// The demo page with a real Cog server.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startCog } from "../cog/server.mjs";
import { inEachEngine } from "../engines/engines.mjs";
import { openDemo } from "./demo.mjs";

inEachEngine((engine) => {
  async function open(t, runner, size) {
    const cog = await startCog({ runner });
    t.after(() => cog.stop());
    const demo = await openDemo(t, engine, { server: { env: { COG_URL: cog.url } }, size });
    const chip = (words) => demo.page.waitFor((words) => document.querySelector("#backend .words").textContent.endsWith(words), words);
    return { cog, chip, ...demo };
  }

  test("a text is shown to its end, and the chip shows the state of the server", async (t) => {
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

  test("the inputs come from the server's schema", async (t) => {
    const demo = await open(t, "text");
    assert.deepEqual((await demo.page.locator("#inputs fieldset label").allTextContents()).toSorted(), ["Delay ms", "Max tokens", "Seed"]);
    await demo.page.locator('[name="max_tokens"]').fill("5");
    await demo.send("The river");
    assert.equal(await demo.end(), "Done");
    assert.equal((await demo.answer.locator(".text").textContent()).trim().split(/\s+/).length, 5);
  });

  test("on a small screen a picture is shown with the prompt as alternative text, and Send keeps its place", async (t) => {
    const demo = await open(t, "image", { width: 390, height: 844 });
    const rightOfSend = () => demo.page.locator("#send").evaluate((send) => send.getBoundingClientRect().right);
    const before = await rightOfSend();
    await demo.page.evaluate(() => document.body.classList.add("running")); // shows Stop
    assert.equal(await rightOfSend(), before);
    await demo.page.evaluate(() => document.body.classList.remove("running"));
    await demo.send("A quiet lake");
    assert.equal(await demo.end(), "Done");
    const image = demo.page.getByRole("img", { name: "A quiet lake" });
    assert.equal(await image.evaluate((element) => element.decode().then(() => element.naturalWidth)), 128);
  });

  test("Stop stops the model", async (t) => {
    const demo = await open(t, "slow");
    await demo.send("Some words to wait behind");
    await demo.answer.locator(".text p").first().waitFor();
    await demo.chip("busy");
    await demo.cog.until(() => demo.cog.journal().includes("waiting"), "the model waits");
    await demo.press("Stop");
    assert.match(await demo.end(), /^Stopped/);
    await demo.cog.until(() => demo.cog.journal().includes("canceled"), "the model is canceled");
  });

  test("a reload stops the model, and the card says that the answer cannot be resumed", async (t) => {
    const demo = await open(t, "slow");
    await demo.send("Some words to wait behind");
    await demo.answer.locator(".text p").first().waitFor();
    await demo.cog.until(() => demo.cog.journal().includes("waiting"), "the model waits");
    await demo.page.reload();
    await demo.says(/^Cut off by the reload$/);
    assert.equal(await demo.page.locator(".question p").textContent(), "Some words to wait behind");
    // Firefox loses some of the requests that are sent while a page is left.
    if (engine.name !== "Firefox") await demo.cog.until(() => demo.cog.journal().includes("canceled"), "the model is canceled");
  });

  test("the error of the model is shown", async (t) => {
    const demo = await open(t, "failing");
    await demo.send("A poem");
    assert.equal(await demo.end(), "Failed");
    assert.match(await demo.answer.locator(".error").textContent(), /The model failed.*ValueError: A poem/);
  });
});
