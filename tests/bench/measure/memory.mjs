/** Bytes that streams hold: of the JavaScript heap, of the browser's own objects beside it, and of wasm. */

import { openBench } from "../browser.mjs";
import { medians } from "../median.mjs";

const ROUNDS = 5;
const OPEN = 500;
const FINISHED = 10_000;
const HELD = 10_000;

export async function measureMemory(browser) {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const figures = {};
    for (const client of round % 2 ? ["theirs", "ours"] : ["ours", "theirs"]) {
      figures[client] = {
        open: await growth(browser, (page) => page.call("openStreams", client, 1), (page) => page.call("openStreams", client, OPEN)),
        // Of the first hundreds what they leave are compiled functions.
        finished: await growth(browser, (page) => page.call("finishStreams", client, FINISHED / 10), (page) => page.call("finishStreams", client, FINISHED)),
      };
    }
    // The wasm memory grows by pages of 64 KiB and never shrinks: the warm-up makes room for all but what handles keep.
    const held = await growth(browser, (page) => page.call("finishStreams", "ours", FINISHED / 10), (page) => page.call("finishStreams", "ours", HELD, true));
    rounds.push({ ...figures, held: held.growth.wasm });
  }
  return { streams: { open: OPEN, finished: FINISHED, held: HELD }, ...medians(rounds) };
}

/** What more there is after the work than after the warm-up, in a fresh page. */
async function growth(browser, warmUp, work) {
  const page = await openBench(browser);
  await warmUp(page);
  const before = await bytes(page);
  await work(page);
  const after = await bytes(page);
  await page.close();
  return { before, after, growth: Object.fromEntries(Object.keys(after).map((key) => [key, after[key] - before[key]])) };
}

async function bytes(page) {
  // Finalizers run between two collections, and free what the next one finds.
  for (let i = 0; i < 4; i++) await page.collect();
  const { usedSize, embedderHeapUsedSize } = await page.heap();
  return { heap: usedSize, browser: embedderHeapUsedSize, wasm: await page.call("wasmBytes") };
}
