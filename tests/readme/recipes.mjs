// The README's recipes, and what each must do for a user.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { importMap, openPage } from "../npm/page.mjs";
import { createVirtualClock } from "../sandbox/virtual-clock.mjs";
import { runModule } from "./module.mjs";
import { assertPictures } from "./pages.mjs";

/** The client that the shorter recipes use. */
const client = `import init, { Replicate } from "replicate-wasm";
await init();
const replicate = new Replicate({ baseUrl: "/relay/v1" });
`;

/** Waits until a condition is true at the server, or until the test times out. */
async function until({ signal }, condition) {
  while (!condition()) await setTimeout(5, undefined, { signal });
}

/** The newest prediction of a sandbox. */
const last = ({ sandbox }) => [...sandbox.predictions.values()].at(-1);

export const recipes = {
  chat: [
    "the chat sends what was said before, but no answer that failed",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine, { html: importMap + code });
      const say = async (text) => {
        await page.locator("input").fill(text);
        await page.locator("button").click();
        await page.waitFor(() => !document.querySelector("button").disabled);
        return page.locator("li").last().textContent();
      };
      const first = await say("Write a poem.");
      assert.equal(first, last(server).output.join(""));
      assert.equal(await say("[fail: out of memory]"), "Prediction failed: out of memory");
      assert.ok(await say("Another one."));
      assert.equal(last(server).input.prompt, `User: Write a poem.\nAssistant: ${first}\nUser: Another one.\nAssistant:`);
      assert.equal(await page.locator("li").count(), 6);
      assert.deepEqual(await page.messages(), []);
    },
  ],
  gallery: [
    "the gallery shows four pictures",
    async (t, code, engine) => {
      const { page } = await openPage(t, engine);
      await runModule(page, client + code);
      await assertPictures(page, 4);
    },
  ],
  progress: [
    "the progress bar moves, and gives way to the picture",
    async (t, code, engine) => {
      const clock = createVirtualClock();
      const { page, server } = await openPage(t, engine, { sandbox: { clock, stepMs: 10 } });
      const done = runModule(page, client + code);
      await page.locator("progress").waitFor();
      await until(t, () => server.sandbox.predictions.size);
      await clock.advance(70);
      await page.waitFor(() => document.querySelector("progress").value > 0 && document.querySelector("progress").value < 1);
      await clock.advance(1000);
      await done;
      assert.equal(await page.locator("progress").count(), 0);
      await assertPictures(page, 1);
    },
  ],
  resume: [
    "a reload in the middle of a poem costs nothing of it, and no second prediction",
    async (t, code, engine) => {
      const clock = createVirtualClock();
      const html = `${importMap}<body><script type="module">${client}${code}</script>`;
      const { page, server } = await openPage(t, engine, { html, sandbox: { clock, stepMs: 10 } });
      /** Checks that the page shows the server's output so far. */
      const shown = async () => {
        const { output } = last(server);
        await page.waitFor((text) => document.querySelector("p")?.textContent === text, output.join(""));
        return output.length;
      };

      await until(t, () => server.requests.some((request) => request.includes("/stream/")));
      await clock.advance(100);
      const before = await shown();
      await page.reload();
      const after = await shown();
      assert.equal(after, before);
      await clock.advance(10_000);
      assert.ok((await shown()) > after);
      assert.equal(last(server).status, "succeeded");

      assert.equal(server.sandbox.predictions.size, 1);
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
      assert.deepEqual(await page.messages(), []);
    },
  ],
  states: [
    "the page says what a call is doing, in words",
    async (t, code, engine) => {
      const clock = createVirtualClock();
      const { page, server } = await openPage(t, engine, { sandbox: { clock, stepMs: 10 } });
      await page.evaluate(() => {
        const words = [];
        new MutationObserver(() => {
          const text = document.querySelector("output")?.textContent;
          if (text !== undefined && text !== words.at(-1)) words.push(text);
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
        globalThis.words = words;
      });
      const done = runModule(page, client + code);
      await until(t, () => server.requests.some((request) => request.includes("/stream/")));
      await clock.advance(10_000);
      await done;
      const words = await page.evaluate(() => globalThis.words);
      assert.deepEqual([words[0], words.at(-2), words.at(-1)], ["Sending …", "Writing …", ""]);
      assert.equal(await page.locator("p").textContent(), last(server).output.join(""));
    },
  ],
  login: [
    "each request has the login's token, and a new one after a 401",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine, { sandbox: { token: "second" } });
      await runModule(page, `${client}const tokens = ["first"];\nconst session = { token: async () => tokens.pop() ?? "second" };\n${code}`);
      const [{ output }] = server.sandbox.predictions.values();
      assert.equal(await page.locator("body").textContent(), output.join(""));
      assert.equal(server.sandbox.predictions.size, 1);
    },
  ],
  file: [
    "a chosen file goes to the model, and its picture to the page",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine);
      await runModule(page, client + code);
      await page.evaluate(() => {
        const field = document.querySelector("input");
        const chosen = new DataTransfer();
        chosen.items.add(new File(["a picture"], "place.png", { type: "image/png" }));
        field.files = chosen.files;
        field.dispatchEvent(new Event("change"));
      });
      await page.locator("img").waitFor();
      await assertPictures(page, 1);
      assert.match(last(server).input.image, /^http.*\/files\//);
    },
  ],
  timeout: [
    "a limit of one's own ends the call and cancels the prediction; without it the poem is there",
    async (t, code, engine) => {
      const limit = "AbortSignal.timeout = (ms) => { globalThis.limit = { ms, controller: new AbortController() }; return globalThis.limit.controller.signal; };\n";
      const { page } = await openPage(t, engine);
      await runModule(page, client + limit + code);
      assert.match(await page.locator("p").textContent(), /\w+\W+\w+/);

      const late = await openPage(t, engine, { sandbox: { faults: ["hang"] } });
      const done = runModule(late.page, client + limit + code);
      await until(t, () => last(late.server)?.status === "processing");
      const ms = await late.page.evaluate(() => {
        globalThis.limit.controller.abort(new DOMException("It took too long", "TimeoutError"));
        return globalThis.limit.ms;
      });
      await done;
      assert.equal(await late.page.locator("p").textContent(), `No poem within ${ms / 1000} seconds.`);
      await until(t, () => last(late.server).status === "canceled");
    },
  ],
};
