// Messages and answers on the demo page, with the sandbox.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inEachEngine } from "../engines/engines.mjs";
import { createWatchedSandbox, lettersOf, openDemo, until } from "./demo.mjs";

const gemma = "google-deepmind/gemma-2b-it";
const sd3 = "stability-ai/stable-diffusion-3";
const poem = "Write a short poem about spring.";

inEachEngine((engine) => {
  async function open(t, { stepMs, pollIntervalMs = 20, ...options } = {}) {
    const sandbox = createWatchedSandbox({ stepMs });
    return { sandbox, ...(await openDemo(t, engine, { server: { sandbox: sandbox.handler, pollIntervalMs }, ...options })) };
  }

  for (const protocol of ["replicate", "home"]) {
    const by = protocol === "home" ? "by ReplicateHome" : "by Replicate";

    test(`${by}, a text is shown to its end without a lost or repeated token, and the conversation is sent`, async (t) => {
      const demo = await open(t);
      await demo.choose(gemma);
      await demo.use(protocol);
      await demo.send(poem);
      assert.equal(await demo.end(), "Done");
      const [first] = demo.sandbox.predictions();
      assert.equal(first.input.prompt, poem);
      assert.equal(await demo.letters(), lettersOf(first.output));
      await demo.send("And snow?");
      assert.equal(await demo.end(), "Done");
      const [, second] = demo.sandbox.predictions();
      assert.equal(second.input.prompt, `User: ${poem}\nAssistant: ${first.output.join("")}\nUser: And snow?\nAssistant:`);
      assert.equal(await demo.letters(), lettersOf(second.output));
    });

    test(`${by}, a picture is shown with the prompt as alternative text`, async (t) => {
      const demo = await open(t);
      await demo.choose(sd3);
      await demo.use(protocol);
      await demo.send("A mountain lake");
      assert.equal(await demo.end(), "Done");
      const image = demo.page.getByRole("img", { name: "A mountain lake" });
      await until(() => image.evaluate(({ naturalWidth }) => naturalWidth === 768), "the picture is loaded");
    });

    test(`${by}, a failed prediction shows its reason, and the text before it stays`, async (t) => {
      const demo = await open(t);
      await demo.choose(gemma);
      await demo.use(protocol);
      await demo.breakIt("fail");
      await demo.send(poem);
      assert.equal(await demo.end(), "Failed");
      await demo.answer.getByText("It said: NSFW content detected").waitFor();
      const text = await demo.letters();
      assert.ok(text.length > 10 && lettersOf(demo.sandbox.predictions()[0].output).startsWith(text), text);
    });
  }

  test("text of a server is not parsed as HTML, in an answer and in an error", async (t) => {
    const demo = await open(t);
    await demo.choose("sandbox/tokens");
    await demo.page.locator(".json").fill(JSON.stringify(["<img src=x> <b>no</b> ", "`<i>`", " **<u>**"]));
    await demo.press("Send");
    assert.equal(await demo.end(), "Done");
    assert.equal(await demo.letters(), lettersOf("<img src=x> <b>no</b> <i> <u>"));
    assert.equal(await demo.answer.locator("b, i, u, .text img").count(), 0);
    await demo.choose(gemma);
    await demo.send("[fail: <b>bad</b>] x");
    await demo.end();
    await demo.answer.getByText("It said: <b>bad</b>").waitFor();
    assert.equal(await demo.answer.locator("b").count(), 0);
  });

  test("Markdown becomes headings, lists, emphasis and code, wherever the text is split", async (t) => {
    const demo = await open(t);
    const text = "# One\nTwo *three* and **four** `five` 2*3\nline\n\n1. six\n2. seven\n   - eight\n\n```js\nconst nine = `x`;\n\n// *ten*\n```\nsnake_case_word _end_";
    await demo.choose("sandbox/tokens");
    const shown = new Set();
    for (const size of [1, 2, 7, text.length]) {
      await demo.page.locator(".json").fill(JSON.stringify(text.match(new RegExp(`[^]{1,${size}}`, "g"))));
      await demo.press("Send");
      await demo.end();
      shown.add(
        await demo.answer.locator(".text").evaluate((element) => {
          const show = (node) =>
            node.nodeType === Node.TEXT_NODE ? node.data : node.localName === "figcaption" ? "" : `<${node.localName}>${[...node.childNodes].map(show).join("")}</>`;
          return [...element.childNodes].map(show).join("");
        }),
      );
      await demo.press("New");
    }
    assert.deepEqual(
      [...shown],
      [
        "<h3>One</><p>Two <em>three</> and <strong>four</> <code>five</> 2*3\nline</>" +
          "<ol><li>six</><li>seven<ul><li>eight</></></></>" +
          "<figure><pre><code>const nine = `x`;\n\n// *ten*\n</></></><p>snake_case_word <em>end</></>",
      ],
    );
  });

  test("four pictures appear one by one in a grid, each after a placeholder with its percentage", async (t) => {
    const demo = await open(t, { stepMs: 30 });
    await demo.press("Four pictures");
    await demo.page.waitFor(() => document.querySelectorAll(".place").length === 4);
    await demo.page.waitFor(() => /^\d+ %$/.test(document.querySelector(".place.next")?.textContent));
    const ratio = await demo.page.locator(".place").first().evaluate((place) => place.clientWidth / place.clientHeight);
    assert.ok(Math.abs(ratio - 1.5) < 0.02, `the placeholder has the shape of the picture: ${ratio}`);
    assert.equal(await demo.end(), "Done");
    assert.equal(await demo.page.locator(".media.grid .picture").count(), 4);
    assert.equal(demo.sandbox.predictions()[0].input.num_outputs, 4);
  });

  test("a picture opens large, arrow keys change pictures, and a picture becomes an input", async (t) => {
    const demo = await open(t);
    await demo.press("Four pictures");
    await demo.end();
    await demo.page.locator(".picture").nth(1).click();
    await demo.page.getByText("2 of 4").waitFor();
    await demo.page.press("ArrowRight");
    await demo.page.getByText("3 of 4").waitFor();
    await demo.page.press("ArrowLeft");
    await demo.page.press("ArrowLeft");
    await demo.page.getByText("1 of 4").waitFor();
    const url = await demo.page.locator("#lightbox img").evaluate(({ src }) => src);
    await demo.press("Use as input");
    await demo.send("The same in winter");
    assert.equal(await demo.end(), "Done");
    const { input, model } = demo.sandbox.predictions()[1];
    assert.deepEqual([model, input], [sd3, { prompt: "The same in winter", image: url }]);
  });

  test("audio and video play, and any other file is a link", async (t) => {
    const demo = await open(t, { expected: /data:|decode|media/i });
    await demo.choose("sandbox/tokens");
    const urls = ["data:audio/wav;base64,UklGRg==", "data:video/mp4;base64,AAAA", "data:application/zip;base64,UEs="];
    await demo.page.locator(".json").fill(JSON.stringify(urls));
    await demo.press("Send");
    await demo.end();
    for (const kind of ["audio", "video"]) assert.ok(await demo.answer.locator(kind).evaluate(({ controls }) => controls));
    await demo.answer.getByRole("button", { name: "Save application.zip" }).waitFor();
  });

  test("Stop cancels on the server and says so; during the answer Send is disabled, in another place", async (t) => {
    const demo = await open(t);
    await demo.breakIt("hang");
    await demo.send(poem);
    await demo.answer.locator(".text p").first().waitFor();
    await demo.message.fill("next");
    assert.ok(await demo.page.locator("#send").isDisabled());
    await demo.press("Stop");
    assert.equal(await demo.end(), "Stopped, cancelled on the server");
    assert.equal(demo.sandbox.predictions()[0].status, "canceled");
    assert.ok(!(await demo.page.locator("#send").isDisabled()));
    assert.ok(await demo.page.locator("#stop").isDisabled());
  });

  test("Escape stops ReplicateHome's polls, and the page says that the prediction runs on", async (t) => {
    const demo = await open(t, { pollIntervalMs: 50 });
    await demo.choose(gemma);
    await demo.use("home");
    await demo.breakIt("hang");
    await demo.send(poem);
    await demo.answer.locator(".text p").first().waitFor();
    await demo.page.press("Escape");
    assert.match(await demo.end(), /^Stopped reading: .* the prediction goes on$/);
    const [{ id }] = demo.sandbox.predictions();
    const polls = () => demo.sandbox.asked.filter((line) => line.endsWith(`/api/poll?id=${id}`)).length;
    await demo.page.evaluate(() => fetch("/demo.json").then(() => {})); // after a poll that was already sent
    const before = polls();
    await demo.send("another one, a whole prediction long");
    await demo.end();
    assert.equal(polls(), before);
  });

  test("Escape does not stop the answer while a dialog is open or an input method composes", async (t) => {
    const demo = await open(t, { stepMs: 5 });
    await demo.press("Four pictures");
    await demo.page.locator(".picture").first().waitFor();
    await demo.page.locator(".picture").first().click();
    await demo.page.press("Escape");
    await demo.message.evaluate((field) => void field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true, isComposing: true })));
    assert.equal(await demo.end(), "Done");
  });

  test("Enter sends, Shift + Enter starts a line, the Enter of an input method does neither", async (t) => {
    const demo = await open(t);
    await demo.message.type("One");
    await demo.page.press("Shift+Enter");
    await demo.page.type("two");
    await demo.message.evaluate((field) => void field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, isComposing: true })));
    assert.equal(demo.sandbox.predictions().length, 0);
    await demo.page.press("Enter");
    assert.equal(await demo.end(), "Done");
    assert.equal(demo.sandbox.predictions()[0].input.prompt, "One\ntwo");
    assert.equal(await demo.message.inputValue(), "");
    assert.ok(await demo.message.evaluate((field) => field === document.activeElement), "the focus stays in the message");
  });

  test("each example of the empty page runs with one click, with its own protocol", async (t) => {
    const demo = await open(t, { pollIntervalMs: 100, expected: /INCOMPLETE|network|Load failed|connection/i });
    for (const [name, model, asked] of [
      ["Stream a poem", "meta/meta-llama-3-8b-instruct", "/stream/"],
      ["A poem by polling every 5 s", gemma, "/sandbox/api/poll"],
      ["Four pictures", "black-forest-labs/flux-schnell", "/stream/"],
      ["Break the connection", "meta/meta-llama-3-8b-instruct", "/stream/"],
    ]) {
      demo.sandbox.asked.length = 0;
      await demo.press(name);
      assert.equal(await demo.end(), "Done", name);
      const prediction = demo.sandbox.predictions().at(-1);
      assert.equal(prediction.model, model);
      const times = demo.sandbox.asked.filter((line) => line.includes(asked)).length;
      assert.ok(times > 0, demo.sandbox.asked.join("\n"));
      if (name === "Break the connection") {
        assert.equal(times, 2, "the stream was opened again");
        assert.equal(await demo.letters(), lettersOf(prediction.output));
      }
      assert.equal(await demo.page.locator("#protocol").inputValue(), "replicate", "streaming stays the default");
      await demo.press("New");
    }
    assert.equal(demo.sandbox.predictions().length, 4);
  });

  test("the footer of a card has its speed and its logs", async (t) => {
    const demo = await open(t);
    await demo.send(poem);
    await demo.end();
    assert.match(await demo.answer.locator(".figures").textContent(), /^first text after [\d.]+ s · [\d,]+ tokens\/s · predict_time [\d.]+ s$/);
    await demo.answer.getByRole("button", { name: "Logs" }).click();
    assert.match(await demo.answer.locator(".logs").textContent(), /100%\|/);
  });

  test("Retry sends the same request again, in the same card", async (t) => {
    const demo = await open(t);
    await demo.send(poem);
    await demo.end();
    await demo.answer.getByRole("button", { name: "Retry" }).click();
    await until(() => demo.sandbox.predictions().length === 2, "a second prediction");
    await demo.end();
    const [first, second] = demo.sandbox.predictions();
    assert.deepEqual(second.input, first.input);
    assert.equal(await demo.page.locator(".answer").count(), 1);
  });

  test("the page paints its selects itself, and their text is not cut", async (t) => {
    const demo = await open(t, { size: { width: 1440, height: 900 } });
    const selects = await demo.page.locator("select").evaluateAll((found) =>
      found
        .filter((select) => select.checkVisibility())
        .map((select) => {
          const { appearance, webkitAppearance } = getComputedStyle(select);
          const isWhole = select.scrollWidth <= select.clientWidth && select.scrollHeight <= select.clientHeight;
          return [select.id || select.name, appearance ?? webkitAppearance, isWhole];
        }),
    );
    assert.ok(selects.length >= 2);
    for (const [name, appearance, isWhole] of selects) assert.deepEqual([name, appearance, isWhole], [name, "none", true]);
  });

  test("a page 360 pixels wide does not scroll sideways, and its inspector is a sheet", async (t) => {
    const demo = await open(t, { size: { width: 360, height: 740 } });
    await demo.send("A mountain with an unbreakable" + "name".repeat(30));
    await demo.end();
    const [needed, had] = await demo.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(needed <= had, `${needed} of ${had}`);
    assert.ok(!(await demo.page.locator("#protocol").isVisible()));
    const opener = demo.page.getByRole("button", { name: "Inputs and code" });
    assert.ok(await opener.evaluate(({ offsetWidth, offsetHeight }) => offsetWidth >= 44 && offsetHeight >= 44));
    await opener.click();
    await demo.page.locator("#protocol").waitFor();
    await demo.press("Close");
    await demo.page.locator("#protocol").waitFor({ hidden: true });
  });
});
