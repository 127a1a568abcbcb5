// The README's recipes: what each does for a person in front of the page.

import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { build } from "esbuild";
import { importMap, openPage } from "../npm/page.mjs";
import { createVirtualClock } from "../sandbox/virtual-clock.mjs";
import { root } from "./blocks.mjs";
import { runModule } from "./module.mjs";
import { assertPictures } from "./pages.mjs";

/** The client that the shorter recipes go on with. */
const client = `import init, { Replicate } from "replicate-wasm";
await init();
const replicate = new Replicate({ baseUrl: "/relay/v1" });
`;

/** The component in a page of its own; in strict mode, which mounts it twice. */
async function bundle(component) {
  const mount = `
    import { StrictMode } from "react";
    import { createRoot } from "react-dom/client";
    const root = createRoot(document.body.appendChild(document.createElement("main")));
    globalThis.unmount = () => root.unmount();
    root.render(<StrictMode><Ask /></StrictMode>);`;
  const { outputFiles } = await build({
    stdin: { contents: component + mount, loader: "jsx", resolveDir: new URL(root).pathname },
    jsx: "automatic",
    bundle: true,
    format: "esm",
    external: ["replicate-wasm/*"],
    define: { "process.env.NODE_ENV": '"development"' },
    write: false,
  });
  return outputFiles[0].text;
}

/** Until something is true on the server, which the page works at; or until the test has taken too long. */
async function until({ signal }, condition) {
  while (!condition()) await setTimeout(5, undefined, { signal });
}

/** The newest prediction of a sandbox. */
const last = ({ sandbox }) => [...sandbox.predictions.values()].at(-1);

export const recipes = {
  react: [
    "the component shows an answer and an error, and stops what nobody wants any more",
    async (t, code, engine) => {
      const { page, server } = await openPage(t, engine);
      await runModule(page, await bundle(code));
      const ask = async (prompt) => {
        await page.locator("input").fill(prompt);
        await page.getByRole("button", { name: "Ask" }).click();
      };
      const shows = (selector, text) => page.waitFor(([selector, text]) => document.querySelector(selector)?.textContent === text, [selector, text]);
      const canceled = () => until(t, () => last(server).status === "canceled");

      await ask("Spring");
      await page.waitFor(() => document.querySelector("output").textContent);
      await shows("output", last(server).output.join(""));
      assert.equal(server.sandbox.predictions.size, 1, "nothing was asked for but by the click");

      await ask("[fail: out of memory]");
      await shows("[role=alert]", "Prediction failed: out of memory");

      await ask("Summer [hang]");
      await page.waitFor(() => document.querySelector("output").textContent);
      assert.equal(await page.locator("[role=alert]").count(), 0);
      await page.getByRole("button", { name: "Stop" }).click();
      await canceled();

      await ask("Autumn [hang]");
      await page.waitFor(() => document.querySelector("output").textContent);
      await page.evaluate(() => globalThis.unmount());
      await canceled();
    },
  ],
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
      /** What the server has said so far is what the page shows. */
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
};
