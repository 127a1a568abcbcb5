// The inputs of a model on the demo page: fields from its schema, files, and their state after a reload.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachEngine } from "../engines/engines.mjs";
import { createWatchedSandbox, openDemo } from "./demo.mjs";

const flux = "black-forest-labs/flux-schnell";
const sd3 = "stability-ai/stable-diffusion-3";

/** Called in the page: gives files with these names to an element by a button, a drop or a paste. */
function give([way, selector, names]) {
  const files = new DataTransfer();
  for (const name of names) files.items.add(new File([name], name, { type: "image/png" }));
  const target = document.querySelector(selector);
  if (way === "button") {
    target.files = files.files;
    target.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (way === "drop") target.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
  else {
    // Some engines do not let a script put files into a paste event.
    const paste = new Event("paste", { bubbles: true, cancelable: true });
    target.dispatchEvent(Object.assign(paste, { clipboardData: files }));
  }
}

inEachEngine((engine) => {
  async function open(t, options) {
    const sandbox = createWatchedSandbox();
    const demo = await openDemo(t, engine, { server: { sandbox: sandbox.handler }, ...options });
    return { sandbox, ...demo, control: (name) => demo.page.locator(`#inspector [name="${name}"]`) };
  }

  test("changed inputs are sent with their types, and inputs at their default are not", async (t) => {
    const demo = await open(t);
    await demo.choose(flux);
    await demo.control("num_outputs").fill("2");
    await demo.control("aspect_ratio").select("16:9");
    await demo.control("go_fast").click();
    await demo.press("Dice");
    const seed = Number(await demo.control("seed").inputValue());
    assert.ok(Number.isInteger(seed));
    await demo.send("A lake");
    assert.equal(await demo.end(), "Done");
    const [{ input }] = demo.sandbox.predictions();
    assert.deepEqual(input, { prompt: "A lake", num_outputs: 2, aspect_ratio: "16:9", go_fast: false, seed });
    const ratio = await demo.page.locator(".picture img").first().evaluate((image) => image.decode().then(() => image.naturalWidth / image.naturalHeight));
    assert.ok(Math.abs(ratio - 16 / 9) < 0.01, String(ratio));
  });

  test("the fields are in the order of the schema, with descriptions, ranges and sliders", async (t) => {
    const demo = await open(t);
    await demo.choose(sd3);
    await demo.control("cfg").waitFor();
    const labels = await demo.page.locator("#inputs fieldset label").allTextContents();
    assert.deepEqual(labels, ["Image", "Prompt strength", "Aspect ratio", "Cfg", "Num outputs", "Seed"]);
    await demo.page.getByText("How closely the picture follows the prompt").waitFor();
    const slider = demo.page.locator('[aria-label="Cfg, slider"]');
    const range = await slider.evaluate(({ type, min, max, value }) => ({ type, min, max, value }));
    assert.deepEqual(range, { type: "range", min: "0", max: "20", value: "3.5" });
    await slider.evaluate((slider) => void slider.focus());
    await demo.page.press("ArrowRight");
    assert.equal(await demo.control("cfg").inputValue(), await slider.inputValue());
    assert.ok(Number(await slider.inputValue()) > 3.5);
  });

  test("an invalid input is shown, and nothing is sent", async (t) => {
    const demo = await open(t);
    await demo.choose(flux);
    await demo.control("num_outputs").fill("9");
    await demo.send("A lake");
    assert.equal(await demo.page.locator(".answer").count(), 0);
    assert.equal(demo.sandbox.predictions().length, 0);
    assert.ok(await demo.control("num_outputs").evaluate((field) => field.matches(":invalid") && field === document.activeElement));
    assert.equal(await demo.message.inputValue(), "A lake", "the message is not lost");
  });

  test("each model of the sandbox can be run, also one that takes JSON and no message", async (t) => {
    const demo = await open(t);
    const models = await demo.page.locator("#model option").allTextContents();
    assert.equal(models.length, 10);
    for (const model of models) {
      await demo.choose(model);
      const isJson = await demo.page.waitFor((model) => document.getElementById("model").value === model && (document.querySelector(".json") ? "yes" : "no"), model);
      if (isJson === "yes") await demo.page.locator(".json").fill('["a", " b"]');
      else await demo.message.fill("Alice");
      await demo.press("Send");
      assert.equal(await demo.end(), "Done", model);
    }
    assert.deepEqual(demo.sandbox.predictions().map(({ model }) => model).toSorted(), models.toSorted());
  });

  for (const [way, selector] of [
    ["button", "#files"],
    ["button", '#inspector [name="image"]'],
    ["drop", "body"],
    ["paste", "#message"],
  ]) {
    test(`a file from ${way} (${selector}) is shown and sent to the model`, async (t) => {
      const demo = await open(t);
      await demo.choose(sd3);
      await demo.control("image").waitFor();
      await demo.page.evaluate(give, [way, selector, ["lake.png"]]);
      await demo.page.getByRole("button", { name: "Remove lake.png" }).waitFor();
      await demo.send("The same in winter");
      assert.equal(await demo.end(), "Done");
      const [{ input }] = demo.sandbox.predictions();
      assert.match(input.image, /\/sandbox\/v1\/files\//, "it was uploaded");
      assert.equal(await demo.page.locator(".question img").evaluate(({ alt }) => alt), "lake.png");
      assert.equal(await demo.page.locator("#attached li").count(), 0, "it is sent once");
    });
  }

  test("a model without a file input refuses a file, and a file can be removed", async (t) => {
    const demo = await open(t);
    assert.ok(await demo.page.locator("#attach").isDisabled());
    await demo.page.evaluate(give, ["drop", "body", ["lake.png"]]);
    assert.equal(await demo.page.locator("#announcement").textContent(), "This model takes no file");
    await demo.choose(sd3);
    await demo.control("image").waitFor();
    await demo.page.evaluate(give, ["drop", "body", ["lake.png"]]);
    await demo.press("Remove lake.png");
    await demo.page.locator("#attached li").first().waitFor({ hidden: true });
    await demo.send("A lake");
    await demo.end();
    assert.deepEqual(demo.sandbox.predictions()[0].input, { prompt: "A lake" });
  });

  test("a draft and the choices survive a reload", async (t) => {
    const demo = await open(t);
    await demo.choose(flux);
    await demo.control("num_outputs").fill("3");
    await demo.choose("google-deepmind/gemma-2b-it");
    await demo.control("max_tokens").fill("9");
    await demo.use("home");
    await demo.message.fill("A draft");
    await demo.page.reload();
    await demo.page.waitFor(() => !document.getElementById("model").disabled);
    assert.equal(await demo.message.inputValue(), "A draft");
    assert.equal(await demo.page.locator("#model").inputValue(), "google-deepmind/gemma-2b-it");
    assert.equal(await demo.page.locator("#protocol").inputValue(), "home");
    assert.equal(await demo.control("max_tokens").inputValue(), "9");
    await demo.choose(flux);
    await demo.page.waitFor(() => document.querySelector('[name="num_outputs"]')?.value === "3");
  });

  test("ReplicateHome is offered only for its own models", async (t) => {
    const demo = await open(t);
    await demo.choose("google-deepmind/gemma-2b-it");
    await demo.use("home");
    await demo.choose(flux);
    await demo.page.getByText("ReplicateHome does not have this model").waitFor();
    assert.equal(await demo.page.locator("#protocol").inputValue(), "replicate");
  });
});
