/**
 * The whole benchmark: `node tests/bench/main.mjs [--json FILE]`. It prints a table, and writes all figures to
 * results.json beside it, from which table.mjs makes the README's.
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { startBrowser } from "./browser.mjs";
import { measureFiles } from "./measure/files.mjs";
import { measureLoad } from "./measure/load.mjs";
import { measureMemory } from "./measure/memory.mjs";
import { measureRuns } from "./measure/runs.mjs";
import { measureSizes } from "./measure/sizes.mjs";
import { measureStreams } from "./measure/streams.mjs";
import { benchRelay, print } from "./relay.mjs";
import { rows } from "./report.mjs";
import { RESULTS, text } from "./table.mjs";

const measures = {
  sizes: measureSizes,
  load: measureLoad,
  streams: measureStreams,
  runs: measureRuns,
  memory: measureMemory,
  files: measureFiles,
};

async function benchPage(browser) {
  const figures = {};
  for (const [name, measure] of Object.entries(measures)) {
    const start = performance.now();
    figures[name] = await measure(browser);
    console.log(`${name}: measured in ${Math.round((performance.now() - start) / 1000)} s`);
  }
  return figures;
}

const browser = await startBrowser();
let page;
try {
  page = await benchPage(browser);
} finally {
  await browser.close();
}
const relay = await benchRelay();

const [{ model }] = cpus();
const environment = { chromium: browser.version, node: process.version, processor: model.trim(), cores: cpus().length };
const table = rows(page);
const json = `${JSON.stringify({ environment, table, page, relay }, null, 2)}\n`;
console.log(`\n${text(table)}\n`);
print(relay);
const option = process.argv.indexOf("--json");
for (const file of [RESULTS, option > 0 && process.argv[option + 1]].filter(Boolean)) await writeFile(file, json);
process.exit();
