// What a person does on the demo page, against the sandbox.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createWatchedSandbox, launch, openDemo, until } from "./demo.mjs";

const gemma = "google-deepmind/gemma-2b-it";
const sd3 = "stability-ai/stable-diffusion-3";
const poem = "Write a short poem about spring.";

let browser;
before(async () => (browser = await launch()));
after(() => browser?.close());

async function open(t, { stepMs, ...options } = {}) {
  const sandbox = createWatchedSandbox({ stepMs });
  return { sandbox, ...(await openDemo(t, browser, { server: { sandbox: sandbox.handler }, ...options })) };
}

for (const way of ["Provider", "Client"]) {
  describe(`by the ${way.toLowerCase()}`, () => {
    test("a text is read to its end, no token lost or twice", async (t) => {
      const demo = await open(t);
      await demo.use(way);
      await demo.send(poem);
      assert.match(await demo.end(), /^Succeeded after /);
      const [prediction] = demo.sandbox.predictions();
      assert.equal(prediction.input.prompt, poem);
      assert.ok(prediction.output.length > 10);
      assert.equal(await demo.text(), prediction.output.join(""));
    });

    test("a text is shown while it is still being written, with its state and progress", async (t) => {
      const demo = await open(t);
      await demo.use(way);
      await demo.send(`[hang] ${poem}`);
      await demo.answer.locator("p").waitFor();
      await demo.page.getByRole("status").getByText("Processing …").waitFor();
      await demo.page.getByRole("progressbar").waitFor();
      assert.equal(demo.sandbox.predictions()[0].status, "processing");
    });

    test("a picture is seen in its natural size, with the prompt as alternative text", async (t) => {
      const demo = await open(t);
      const prompt = "A beautiful landscape with mountains and a lake.";
      await demo.use(way);
      await demo.choose(sd3);
      await demo.send(prompt);
      const image = demo.page.getByRole("img", { name: prompt });
      await until(() => image.evaluate(({ naturalWidth }) => naturalWidth > 0), "the picture is loaded");
      const { width, naturalWidth } = await image.evaluate(({ width, naturalWidth }) => ({ width, naturalWidth }));
      assert.equal(width, naturalWidth);
      assert.match(await demo.end(), /^Succeeded after /);
    });

    test("the conversation goes along with the next message", async (t) => {
      const demo = await open(t);
      await demo.use(way);
      await demo.send("What is rain?");
      await demo.end();
      await demo.send("And snow?");
      await until(() => demo.sandbox.predictions().length === 2, "the second prediction");
      const [first, second] = demo.sandbox.predictions();
      assert.equal(second.input.prompt, `User: What is rain?\nAssistant: ${first.output.join("")}\nUser: And snow?\nAssistant:`);
    });

    test("a failed prediction is told in words and with its code, and what came before it stays", async (t) => {
      const demo = await open(t);
      await demo.use(way);
      await demo.send("[fail: NSFW <b>content</b> detected] A poem.");
      assert.match(await demo.end(), /^Failed after /);
      const error = demo.answer.locator(".error");
      assert.equal(await error.textContent(), "Prediction failed: NSFW <b>content</b> detected failed");
      assert.equal(await error.locator("code").textContent(), "failed");
      assert.equal(await error.locator("b").count(), 0, "text from a server is no HTML");
      const text = await demo.text();
      assert.ok(text && demo.sandbox.predictions()[0].output.join("").startsWith(text), text);
    });

    test("a server that is broken is told in words and with its code", async (t) => {
      const demo = await open(t, { expected: /status of 500/ });
      await demo.use(way);
      await demo.send("[500] A poem.");
      assert.match(await demo.end(), /^Failed after /);
      assert.equal(await demo.answer.locator(".error code").textContent(), "http");
      assert.equal(demo.sandbox.predictions().length, 0);
    });
  });
}

test("stop ends the provider's polls, and says that the prediction goes on unread", async (t) => {
  const demo = await open(t);
  await demo.send(`[hang] ${poem}`);
  await demo.answer.locator("p").waitFor();
  await demo.page.getByRole("button", { name: "Stop" }).click();
  assert.match(await demo.end(), /^Stopped reading after /);

  const [{ id }] = demo.sandbox.predictions();
  const polls = () => demo.sandbox.asked.filter((line) => line.endsWith(`/api/poll?id=${id}`)).length;
  await demo.page.evaluate(() => fetch("/demo.json")); // behind a poll that was on its way
  const before = polls();
  assert.ok(before > 0);
  await demo.page.getByRole("button", { name: "New conversation" }).click();
  await demo.send(poem); // a whole prediction long
  await demo.end();
  assert.equal(polls(), before);
});

test("Escape stops the client's stream and cancels the prediction on the server", async (t) => {
  const demo = await open(t);
  await demo.use("Client");
  await demo.send(`[hang] ${poem}`);
  await demo.answer.locator("p").waitFor();
  await demo.page.keyboard.press("Escape");
  assert.match(await demo.end(), /^Stopped after /);
  await until(() => demo.sandbox.predictions()[0].status === "canceled", "the prediction is canceled");
});

test("a reload takes up the client's prediction where it was", async (t) => {
  const demo = await open(t, { stepMs: 10 });
  await demo.use("Client");
  await demo.send("What is rain?");
  await demo.end();
  await demo.send("Write a long poem about spring.");
  await until(async () => (await demo.answer.locator("p").count()) > 0, "some text");
  await demo.page.reload();
  assert.match(await demo.end(), /^Succeeded after /);
  const predictions = demo.sandbox.predictions();
  assert.equal(predictions.length, 2, "nothing is asked twice");
  assert.equal(await demo.text(), predictions[1].output.join(""));
  assert.deepEqual(await demo.page.locator(".question").allTextContents(), ["What is rain?", "Write a long poem about spring."]);

  await demo.page.reload();
  await demo.page.getByRole("status").getByText("Ready.").waitFor();
  assert.equal(await demo.answer.count(), 0, "what is finished does not come back");
});

test("Shift and Enter start a line, Enter sends, and the focus stays with the message", async (t) => {
  const demo = await open(t);
  await demo.message.pressSequentially("One");
  await demo.page.keyboard.press("Shift+Enter");
  await demo.message.pressSequentially("two");
  assert.equal(demo.sandbox.predictions().length, 0);
  await demo.page.keyboard.press("Enter");
  await demo.end();
  assert.equal(demo.sandbox.predictions()[0].input.prompt, "One\ntwo");
  assert.equal(await demo.message.inputValue(), "");
  assert.ok(await demo.message.evaluate((element) => element === document.activeElement));
});

test("an example is asked with one click", async (t) => {
  const demo = await open(t);
  await demo.page.getByRole("button", { name: "A landscape" }).click();
  await demo.end();
  assert.equal(demo.sandbox.predictions()[0].model, sd3);
});

test("the models are the provider's, by their aliases and names", async (t) => {
  const demo = await open(t);
  assert.deepEqual(await demo.page.locator("#model option").allTextContents(), [
    `gemma-2b · ${gemma}`,
    `sd-3 · ${sd3}`,
    "sdxl · bytedance/sdxl-lightning-4step",
    "playground-v2.5 · playgroundai/playground-v2.5-1024px-aesthetic",
  ]);
});

test("the page says that it talks to the sandbox", async (t) => {
  const demo = await open(t);
  await demo.page.getByText("Talks to the sandbox on this machine").waitFor();
});

test("what keeps the page from starting is said in words", async (t) => {
  const demo = await open(t, { expected: /ERR_FAILED|instantiateStreaming/ });
  await demo.page.route("**/replicate_bg.wasm", (route) => route.abort());
  await demo.page.reload();
  await demo.page.getByRole("status").getByText(/^The page could not start: ./).waitFor();
  assert.ok(await demo.message.isDisabled());
});

test("a page 360 pixels wide needs no scrolling sideways", async (t) => {
  const demo = await open(t, { context: { viewport: { width: 360, height: 740 } } });
  await demo.choose(sd3);
  await demo.send("A mountain with an unbreakable" + "name".repeat(30));
  await demo.end();
  await until(() => demo.page.locator("img").evaluate(({ naturalWidth }) => naturalWidth > 0), "the picture is loaded");
  assert.equal(await demo.page.evaluate(() => document.documentElement.scrollWidth), 360);
});
