/**
 * Milliseconds from `import()` to the first request: with all files in the browser's cache, and over a slow network with none
 * (Chromium alone plays one).
 */

import { medians } from "../median.mjs";

const ROUNDS = 15;
/** A script's compiled code is cached too, from its third visit on. */
const VISITS = 4;
/** A telephone's network. */
const SLOW = { latencyMs: 150, bitsPerSecond: 1_600_000, rounds: 5 };

export async function measureLoad(browser) {
  // Chromium's pages share a cache on disk, so each visit has a page of its own. Elsewhere a page's cache is its own.
  const shared = browser.name === "Chromium";
  const only = shared ? undefined : await browser.open();

  async function visit(client, network) {
    const page = only ?? (await browser.open());
    if (network) await page.slowDown(network);
    // A document of its own: nothing is loaded in it yet.
    if (only) await page.goto(browser.url());
    const ms = await page.evaluate(firstRequest, `/page/load-${client}.js`);
    if (!only) await page.close();
    return ms;
  }
  async function load(first, count, network) {
    const rounds = [];
    for (let round = first; round < count; round++) {
      const figures = {};
      for (const client of round % 2 ? ["replicate", "replicate-wasm"] : ["replicate-wasm", "replicate"]) figures[client] = await visit(client, network);
      if (round >= 0) rounds.push(figures);
    }
    return medians(rounds);
  }

  const warm = await load(-VISITS, ROUNDS);
  const slow = shared ? await load(0, SLOW.rounds, SLOW) : undefined;
  await only?.close();
  return { ...warm, slow };
}

/** In the page. */
async function firstRequest(file) {
  const begin = performance.now();
  const { start } = await import(file);
  await new Promise((resolve) => start(() => (resolve(), new Promise(() => {}))));
  return performance.now() - begin;
}
