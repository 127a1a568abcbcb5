// The demo in a browser: a server for each test, and a page whose warnings and errors fail the test.

import assert from "node:assert/strict";
import { createSandbox } from "replicate-wasm/sandbox";
import { serve } from "../../www/serve.mjs";

/**
 * A sandbox that records its requests.
 *
 * @param {{ stepMs?: number }} [options] 2 ms for each token by default
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
 * @param {{ open: Function }} engine
 * @param {object} [options]
 * @param {Parameters<typeof serve>[0]} [options.server]
 * @param {{ width: number, height: number }} [options.size]
 * @param {RegExp} [options.expected] console messages that belong to the test
 */
export async function openDemo(t, engine, { server, size, expected } = {}) {
  const { url, close } = await serve({ port: 0, pollIntervalMs: 20, ...server });
  let page;
  // Before the page is closed.
  t.after(async () => {
    const complaints = ((await page?.complaints()) ?? []).filter((text) => !expected?.test(text));
    await close();
    assert.deepEqual(complaints, [], "warnings, errors and refusals of the page's policy");
  });
  page = await engine.open(t, url, size);
  await page.waitFor(() => !document.getElementById("model").disabled);
  return createDemo(page, url);
}

/** The page for a user. @param {import("../engines/page.mjs").Page} page */
export function createDemo(page, url) {
  const message = page.locator("#message");
  const answer = page.locator(".answer").last();
  const isRunning = () => page.evaluate(() => document.body.classList.contains("running"));
  return {
    page,
    url,
    message,
    /** The newest answer. */
    answer,
    isRunning,
    choose: (model) => page.locator("#model").select(model),
    use: (protocol) => page.locator("#protocol").select(protocol),
    breakIt: (fault) => page.locator("#fault").select(fault),
    press: (name) => page.getByRole("button", { name }).click(),
    /** Types a message and sends it with Enter. */
    async send(text) {
      await message.fill(text);
      await page.press("Enter");
    },
    state: () => answer.locator(".state").textContent(),
    /** Waits until the state of the newest answer has these words. @param {RegExp} words */
    says: (words) =>
      page.waitFor(({ source }) => new RegExp(source).test([...document.querySelectorAll(".answer .state")].at(-1)?.textContent), { source: words.source }),
    /** Waits for the end of the newest answer. @returns {Promise<string>} how it ended, in words */
    async end() {
      await page.waitFor(() => [...document.querySelectorAll(".answer")].at(-1)?.querySelector("footer:not([hidden])"));
      return answer.locator(".state").textContent();
    },
    /** The text of the newest answer without its white space, which Markdown does not keep. */
    letters: async () => lettersOf(await answer.locator(".text").textContent()),
  };
}

/**
 * Stops the page's clock for timers of a second and more: they fire when `pass` moves it on.
 *
 * @param {import("../engines/page.mjs").Page} page
 * @returns {Promise<{ pass(ms: number): Promise<void> }>}
 */
export async function holdLongTimers(page) {
  await page.evaluate(() => {
    /** WebKit's driver limits a script by a timer in the page: see setTimeouts in webkit.mjs. */
    const driversMs = 600_000;
    const { setTimeout, clearTimeout } = globalThis;
    const now = performance.now.bind(performance);
    const held = new Map();
    let passedMs = 0;
    let lastId = 1e9;
    performance.now = () => now() + passedMs;
    globalThis.setTimeout = (act, ms, ...args) => {
      if (!(ms >= 1000) || ms === driversMs) return setTimeout(act, ms, ...args);
      held.set(++lastId, { act: () => act(...args), at: performance.now() + ms });
      return lastId;
    };
    globalThis.clearTimeout = (id) => held.delete(id) || clearTimeout(id);
    globalThis.pass = (ms) => {
      passedMs += ms;
      for (const [id, { act, at }] of held) if (at <= performance.now() && held.delete(id)) act();
    };
  });
  return { pass: (ms) => page.evaluate((ms) => void globalThis.pass(ms), ms) };
}

/** @param {string | string[]} text */
export const lettersOf = (text) => [text].flat().join("").replace(/\s+/g, "");

/** Resolves when the condition is true. */
export async function until(condition, what) {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`The condition did not become true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
