/** Milliseconds for a prediction with a file of 8 MB as its input. */

import { openBench } from "../browser.mjs";
import { medians } from "../median.mjs";

const ROUNDS = 7;
const ways = ["data-uri", "upload"].flatMap((strategy) => ["ours", "theirs"].map((client) => ({ client, strategy })));

export async function measureFiles(browser) {
  const page = await openBench(browser);
  const rounds = [];
  for (let round = -1; round < ROUNDS; round++) {
    const figures = {};
    for (const { client, strategy } of round % 2 ? ways.toReversed() : ways) {
      await page.collect();
      const sent = await page.call("sendFile", client, strategy);
      if (client === "ours" && sent.error) throw new Error(sent.error);
      (figures[strategy] ??= {})[client] = sent;
    }
    if (round >= 0) rounds.push(figures);
  }
  await page.close();
  return medians(rounds);
}
