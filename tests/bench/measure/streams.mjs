/** Milliseconds to read an event stream to its end, by each way there is. */

import { openBench } from "../browser.mjs";
import { medians } from "../median.mjs";

const ROUNDS = 7;
const everybody = ["streamText", "stream", "handTuned", "class", "generator", "bytes", "EventSource", "replicate"];
/** Seconds a round: nobody gets warmer from that. */
const slow = ["EventSource", "replicate"];

const cases = [
  { source: "network", events: 4_000, ways: everybody },
  // `replicate` takes minutes for these.
  { source: "network", events: 200_000, ways: everybody.filter((way) => way !== "replicate") },
  // Without a network, whose requests take the same time however many events they bring.
  { source: "memory", events: 20_000, ways: ["streamText", "stream"] },
  { source: "memory", events: 200_000, ways: ["streamText", "stream"] },
  { source: "single", events: 50_000, ways: ["streamText", "stream", "generator", "class"] },
];

export async function measureStreams(browser) {
  const page = await openBench(browser);
  const rounds = [];
  for (let round = -1; round < ROUNDS; round++) {
    const figures = {};
    for (const { source, events, ways } of cases) {
      const times = ((figures[source] ??= {})[events] = {});
      // Now in this order and now in the other, so that nobody always follows the same one.
      for (const way of round % 2 ? ways.toReversed() : ways) {
        if (round < 0 && slow.includes(way)) continue;
        await page.collect();
        times[way] = await page.call("read", way, events, source);
      }
    }
    if (round >= 0) rounds.push(figures);
  }
  await page.close();
  return medians(rounds);
}
