/**
 * The whole benchmark: `node tests/bench/main.mjs [--engine chromium|firefox|webkit] [--json FILE]`. It prints a table
 * and writes all figures to the results file of the engine, from which documents.mjs makes what the documents say, and to FILE.
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { startBrowser } from "./browser.mjs";
import { measureDemo } from "./measure/demo.mjs";
import { measureFiles } from "./measure/files.mjs";
import { measureLoad } from "./measure/load.mjs";
import { measureLoops } from "./measure/loops.mjs";
import { measureMemory } from "./measure/memory.mjs";
import { measureRuns } from "./measure/runs.mjs";
import { measureSizes } from "./measure/sizes.mjs";
import { measureStreams } from "./measure/streams.mjs";
import { benchRelay, print } from "./relay.mjs";
import { rows } from "./report.mjs";
import { resultsFile, text } from "./table.mjs";

const measures = {
  sizes: measureSizes,
  load: measureLoad,
  streams: measureStreams,
  runs: measureRuns,
  memory: measureMemory,
  loops: measureLoops,
  files: measureFiles,
  demo: measureDemo,
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

const { engine, json } = parseArgs({ options: { engine: { type: "string", default: "chromium" }, json: { type: "string" } } }).values;
const name = { chromium: "Chromium", firefox: "Firefox", webkit: "WebKit" }[engine.toLowerCase()];
if (!name) throw new Error(`There is no engine ${engine}: choose chromium, firefox or webkit`);
const isChromium = name === "Chromium";
// No other engine says how much memory is in use.
if (!isChromium) delete measures.memory;
// These are Node's, whatever the engine.
if (!isChromium) delete measures.loops;
// Nor lets a test slow its network down, or tells the length of its tasks.
if (!isChromium) delete measures.demo;

const browser = await startBrowser(name);
let page;
try {
  page = await benchPage(browser);
} finally {
  await browser.close();
}
const relay = isChromium ? await benchRelay() : undefined;

const [{ model }] = cpus();
const environment = { [engine.toLowerCase()]: browser.version, node: process.version, processor: model.trim(), cores: cpus().length };
const table = rows(page);
const figures = `${JSON.stringify({ environment, table, page, relay }, null, 2)}\n`;
console.log(`\n${text(table)}\n`);
if (relay) print(relay);
for (const file of [resultsFile(engine.toLowerCase()), json].filter(Boolean)) await writeFile(file, figures);
process.exit();
