// The demo in a real Chromium: a server of its own for each test, and a page that nothing may go wrong in.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { createSandbox } from "replicate-wasm/sandbox";
import { findChromium, flags } from "../../src/build/browsers.mjs";
import { serve } from "../../www/serve.mjs";

/** @returns {Promise<import("playwright-core").Browser>} the installed Chromium or Chrome */
export function launch() {
  const executablePath = findChromium();
  assert.ok(executablePath, "No Chromium or Chrome was found: name one in the variable CHROME");
  return chromium.launch({ executablePath, args: flags });
}

/**
 * A sandbox that notes what it is asked.
 *
 * @param {{ stepMs?: number }} [options] 2 ms a token
 */
export function createWatchedSandbox({ stepMs = 2 } = {}) {
  const sandbox = createSandbox({ stepMs });
  /** @type {string[]} "GET /sandbox/api/poll?id=…" */
  const asked = [];
  const handler = (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search}`);
    return sandbox(request);
  };
  return { handler, asked, predictions: () => [...sandbox.predictions.values()] };
}

/**
 * Opens the demo and waits until it is ready.
 *
 * @param {import("node:test").TestContext} t its end closes page and server
 * @param {import("playwright-core").Browser} browser
 * @param {object} [options]
 * @param {Parameters<typeof serve>[0]} [options.server]
 * @param {import("playwright-core").BrowserContextOptions} [options.context]
 * @param {RegExp} [options.expected] messages of the console that belong to the test
 */
export async function openDemo(t, browser, { server, context, expected } = {}) {
  const { url, close } = await serve({ port: 0, pollIntervalMs: 5, ...server });
  const page = await (await browser.newContext(context)).newPage();
  const wrong = [];
  page.on("console", (message) => {
    const text = `${message.type()}: ${message.text()}`;
    if (["error", "warning"].includes(message.type()) && !expected?.test(text)) wrong.push(text); // CSP violations too
  });
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => /^(data|blob):/.test(request.url()) || request.url().startsWith(url) || wrong.push(`asked ${request.url()}`));
  page.setDefaultTimeout(15_000);
  t.after(async () => {
    await page.context().close();
    await close();
    assert.deepEqual(wrong, [], "errors and foreign requests of the page");
  });
  await page.goto(url);
  const status = page.getByRole("status");
  await status.getByText(/./).waitFor().catch(() => {});
  assert.equal(await status.textContent(), "Ready.", wrong.join("\n"));

  return {
    page,
    url,
    message: page.getByRole("textbox", { name: "Message" }),
    /** The newest answer. */
    answer: page.locator(".answer").last(),
    choose: (model) => page.getByRole("combobox", { name: "Model" }).selectOption(model),
    use: (way) => page.getByRole("radio", { name: way }).check(),
    /** Writes a message and sends it by Enter. */
    async send(text) {
      await page.getByRole("textbox", { name: "Message" }).fill(text);
      await page.keyboard.press("Enter");
    },
    /** Waits for the end of the running prediction, however it comes. */
    async end() {
      const status = page.getByRole("status").getByText(/^(Succeeded|Failed|Stopped).* after /);
      await status.waitFor();
      return status.textContent();
    },
    /** The text of the newest answer, as it is in the document: with all its white space. */
    text: () => page.locator(".answer").last().locator("p:not(.error)").evaluate((paragraph) => paragraph.textContent),
  };
}

/** Resolves when the condition is true. */
export async function until(condition, what) {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
