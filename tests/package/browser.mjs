// A page that reads a text and an image, in any engine.

import assert from "node:assert/strict";

/**
 * Opens a page, which must have no warnings and errors, and waits for the answer that it shows.
 *
 * @param {import("node:test").TestContext} t
 * @param {object} engine of `inEachEngine`
 * @param {string} url
 */
export async function readAnswer(t, engine, url) {
  const page = await engine.open(t, url);
  await page.waitFor(() => "answer" in globalThis).catch(async () => assert.fail(`The page has no answer: ${(await page.complaints()).join("\n")}`));
  const answer = await page.evaluate(() => globalThis.answer);
  assert.deepEqual(await page.complaints(), []);
  assert.ok(await page.locator("img").evaluate((image) => image.naturalWidth > 0), "the image is shown");
  assert.ok((await page.locator("body").textContent()).includes(answer.text), "the text is shown");
  return { page, answer };
}
