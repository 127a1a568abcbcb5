// The demo page through the relay, with a sandbox with a token in Replicate's place.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";
import { inEachEngine } from "../engines/engines.mjs";
import { lettersOf, openDemo, until } from "./demo.mjs";

const token = "r8_not-a-real-one";
const gemma = "google-deepmind/gemma-2b-it";

inEachEngine((engine) => {
  async function open(t, env) {
    const sandbox = createSandbox({ stepMs: 2, token });
    const upstream = createServer(toNodeHandler(sandbox)).listen(0, "127.0.0.1");
    await once(upstream, "listening");
    t.after(() => {
      upstream.closeAllConnections();
      upstream.close();
    });
    const host = `127.0.0.1:${upstream.address().port}`;
    const relay = { upstream: `http://${host}/v1`, streamHosts: [host] };
    const demo = await openDemo(t, engine, { server: { env: { REPLICATE_API_TOKEN: token, ...env }, relay } });
    return { predictions: () => [...sandbox.predictions.values()], ...demo };
  }

  for (const protocol of ["replicate", "home"]) {
    test(`by ${protocol}, a text is shown to its end, and the page never gets the token`, async (t) => {
      const demo = await open(t);
      assert.equal(await demo.page.locator("#backend .words").textContent(), "Replicate: on your account");
      await demo.choose(gemma);
      await demo.use(protocol);
      await demo.page.evaluate(() => {
        const { fetch } = globalThis;
        globalThis.answers = [];
        globalThis.fetch = async (...args) => {
          const answer = await fetch(...args);
          answers.push([...answer.headers].join(), answer.clone().text().catch(() => "")); // a stream is closed at its end
          return answer;
        };
      });
      await demo.send("Write a short poem about spring.");
      assert.equal(await demo.end(), "Done");
      assert.equal(await demo.letters(), lettersOf(demo.predictions()[0].output));
      const told = await demo.page.evaluate(async () => (await Promise.all(answers)).join("\n"));
      assert.ok(told.length > 100);
      assert.ok(!told.includes(token));
    });
  }

  test("the listed models have their inputs, and a model without a schema can be run too", async (t) => {
    const demo = await open(t, { REPLICATE_MODELS: "stability-ai/stable-diffusion-3, no/such-model" });
    assert.deepEqual((await demo.page.locator("#model option").allTextContents()).toSorted(), ["no/such-model", "stability-ai/stable-diffusion-3"]);
    await demo.choose("stability-ai/stable-diffusion-3");
    await demo.page.locator('[name="prompt_strength"]').waitFor();
    await demo.choose("no/such-model");
    await demo.page.getByText("The inputs of this model are not known").waitFor();
    await demo.send("Anything");
    assert.equal(await demo.end(), "Failed");
    assert.equal(await demo.answer.locator("h3").first().textContent(), "Not found");
  });

  test("a create without an answer: Replicate's list opens, and only then can the message be sent again", async (t) => {
    const demo = await open(t);
    await demo.page.evaluate(() => (globalThis.open = (url) => void (globalThis.opened = url)));
    await demo.send("[html] Write a short poem about spring.");
    assert.equal(await demo.end(), "May have run");
    assert.equal(await demo.answer.getByRole("button", { name: "Send again" }).count(), 0);
    await demo.press("Look for it");
    await demo.answer.getByRole("button", { name: "Send again" }).waitFor();
    assert.equal(await demo.page.evaluate(() => globalThis.opened), "https://replicate.com/predictions");
    assert.equal(demo.predictions().length, 1, "nothing is sent by itself");
  });

  test("Escape cancels the prediction upstream, and the sandbox's faults are not offered", async (t) => {
    const demo = await open(t);
    assert.equal(await demo.page.locator("#fault").count(), 0);
    assert.equal(await demo.page.locator("#examples button").count(), 3);
    await demo.choose(gemma);
    await demo.send("[hang] Write a short poem about spring.");
    await demo.answer.locator(".text p").first().waitFor();
    await demo.page.press("Escape");
    assert.equal(await demo.end(), "Stopped, cancelled on the server");
    await until(() => demo.predictions()[0].status === "canceled", "the prediction is canceled");
  });
});
