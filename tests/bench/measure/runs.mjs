/** How long after the server's end `run` resolves, and how many requests it made. */

import { openBench } from "../browser.mjs";
import { medians } from "../median.mjs";

const ROUNDS = 5;
const SECONDS = [0.2, 1, 3, 8];
const ways = ["ours", "theirs"].flatMap((client) => ["block", "poll"].map((mode) => ({ client, mode })));

/** All go at the same time, each way in a page with connections of its own; what they do they do apart. */
const APART_MS = 30;

export async function measureRuns(browser) {
  const pages = await Promise.all(ways.map(({ client, mode }) => openBench(browser, `${client}-${mode}`)));
  const rounds = [];
  for (let round = -1; round < ROUNDS; round++) {
    const all = SECONDS.map(async (seconds, i) => {
      const figures = { seconds, ours: {}, theirs: {} };
      const runs = ways.map(async ({ client, mode }, j) => {
        await new Promise((resolve) => setTimeout(resolve, APART_MS * (i * ways.length + ((j + round + 1) % ways.length))));
        figures[client][mode] = await pages[j].call("run", client, mode, round < 0 ? 0.1 : seconds);
      });
      await Promise.all(runs);
      return figures;
    });
    const figures = await Promise.all(all);
    if (round >= 0) rounds.push(figures);
  }
  for (const page of pages) await page.close();
  return medians(rounds);
}
