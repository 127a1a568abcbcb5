/** Every example of the README that is marked `run:` runs as it stands there. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startCog } from "../cog/server.mjs";
import { openPage, startBrowser, stopBrowser } from "./page.mjs";

const root = new URL("../..", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");
const examples = (where) => [...readme.matchAll(/<!-- run: (\w+) -->\n```js\n(.*?)```/gs)].filter((match) => match[1] === where).map((match) => match[2]);

/** Runs an example as a module of a page; what the page then shows, and its console. */
async function runInPage(page, complaints, code) {
  await page.evaluate(
    (code) =>
      new Promise((resolve, reject) => {
        addEventListener("error", (event) => reject(new Error(event.message)));
        addEventListener("unhandledrejection", (event) => reject(new Error(event.reason.message)));
        globalThis.finished = resolve;
        document.head.append(Object.assign(document.createElement("script"), { type: "module", textContent: `${code}\nfinished();` }));
      }),
    code,
  );
  return { text: await page.evaluate(() => document.body.textContent), console: complaints };
}

before(startBrowser);
after(stopBrowser);

/** What each example of a page must show, in the README's order. */
const expected = [
  ["a poem about spring, word by word", ({ text }) => assert.match(text, /spring/i)],
  [
    "a landscape, as a picture and as a URL",
    async ({ console }, page) => {
      assert.match(console[0], /^http.*\.png$/);
      const image = page.locator("img");
      await image.evaluate((image) => image.decode());
      assert.ok(await image.evaluate((image) => image.naturalWidth >= 256));
    },
  ],
  [
    "text as a stream, an image as a file",
    ({ text, console }) => {
      assert.match(text, /spring/i);
      assert.match(console[0], /has \d{4,} bytes$/);
    },
  ],
  [
    "a stream that a reload interrupts",
    async ({ text }, page) => {
      assert.match(text, /spring/i);
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    },
  ],
  ["the sandbox inside a page", ({ console }) => assert.deepEqual(console, ["hello Alice"])],
];

test("the README has the examples that are tested here", () => assert.equal(examples("page").length, expected.length));

for (const [index, [name, check]] of expected.entries()) {
  test(`README: ${name}`, async (t) => {
    const { page, complaints } = await openPage(t);
    await check(await runInPage(page, complaints, examples("page")[index]), page);
  });
}

test("README: a Cog server in five lines", async (t) => {
  const cog = await startCog({ runner: "text" });
  t.after(() => cog.stop());
  const [example] = examples("cog");
  assert.ok(example.trim().split("\n").filter(Boolean).length <= 5);
  const code = example.replace("http://127.0.0.1:5000", cog.url);
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", code], { cwd: root });
  assert.ok(stdout.split("\n").length > 5);
});
