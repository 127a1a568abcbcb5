// One Chromium for all pages.

import assert from "node:assert/strict";
import { after } from "node:test";
import { chromium } from "playwright-core";
import { findChromium, flags } from "../../src/build/browsers.mjs";

let starting;
after(async () => (await starting)?.close());

function start() {
  const executablePath = findChromium();
  assert.ok(executablePath, "No Chrome or Chromium here: run `npm run setup`, or name one in CHROME");
  return chromium.launch({ executablePath, args: flags });
}

/**
 * Opens a page.
 *
 * @param {import("node:test").TestContext} t its end closes the page
 * @returns {Promise<{ page: import("playwright-core").Page, complaints: string[] }>} `complaints` are warnings and errors of
 *   the console, violations of a Content-Security-Policy among them, and errors that nobody caught
 */
export async function openPage(t, url) {
  starting ??= start();
  const page = await (await starting).newPage();
  t.after(() => page.close());
  const complaints = [];
  page.on("console", (message) => ["warning", "error"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

/** Opens a page, which must not complain, and waits for the answer that it shows. */
export async function readAnswer(t, url) {
  const { page, complaints } = await openPage(t, url);
  await page.waitForFunction(() => "answer" in globalThis).catch(() => assert.fail(`The page has no answer: ${complaints.join("\n")}`));
  const answer = await page.evaluate(() => globalThis.answer);
  assert.deepEqual(complaints, []);
  assert.ok(await page.locator("img").evaluate((image) => image.naturalWidth > 0), "the image is shown");
  assert.ok((await page.textContent("body")).includes(answer.text), "the text is shown");
  return { page, answer };
}
