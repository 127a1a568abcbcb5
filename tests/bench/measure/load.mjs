/** Milliseconds from `import()` to the first request, with all files in the browser's cache. */

import { medians } from "../median.mjs";

const ROUNDS = 15;
/** A script's compiled code is cached too, from its third visit on. */
const VISITS = 4;

export async function measureLoad(browser) {
  const page = await browser.open();
  const rounds = [];
  for (let round = -VISITS; round < ROUNDS; round++) {
    const figures = {};
    for (const client of round % 2 ? ["replicate", "replicate-wasm"] : ["replicate-wasm", "replicate"]) {
      // A document of its own: nothing is loaded in it yet.
      await page.goto(browser.url());
      figures[client] = await page.evaluate(firstRequest, `/page/load-${client}.js`);
    }
    if (round >= 0) rounds.push(figures);
  }
  await page.close();
  return medians(rounds);
}

/** In the page. */
async function firstRequest(file) {
  const begin = performance.now();
  const { start } = await import(file);
  await new Promise((resolve) => start(() => (resolve(), new Promise(() => {}))));
  return performance.now() - begin;
}
