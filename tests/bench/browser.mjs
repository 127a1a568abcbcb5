/** One browser, and the pages of one server in it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findChromium, flags } from "../../src/build/browsers.mjs";
import { startEngine } from "../engines/engines.mjs";
import { startServer } from "./server.mjs";

/** Chromium with a profile of its own, so that it has a disk cache, and compiled code in it. */
async function startChromium() {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("Chromium is not installed: run `npm run setup`, or name one in CHROME");
  const profile = await mkdtemp(join(tmpdir(), "bench-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: flags });
  return {
    version: context.browser().version(),
    async open() {
      const page = await context.newPage();
      const engine = await context.newCDPSession(page);
      return Object.assign(page, {
        collectGarbage: () => engine.send("HeapProfiler.collectGarbage"),
        heap: () => engine.send("Runtime.getHeapUsage"),
        async slowDown({ latencyMs, bitsPerSecond }) {
          const throughput = bitsPerSecond / 8;
          await engine.send("Network.enable");
          await engine.send("Network.setCacheDisabled", { cacheDisabled: true });
          const conditions = { offline: false, latency: latencyMs, downloadThroughput: throughput, uploadThroughput: throughput };
          await engine.send("Network.emulateNetworkConditions", conditions);
        },
      });
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** A measurement is one call of a function in the page. */
const LIMIT_MS = 600_000;

/** @param {"Firefox" | "WebKit"} name */
async function startOther(name) {
  const engine = startEngine(name);
  if (!engine) throw new Error(`${name} is not installed: run \`npm run setup\``);
  return { version: await engine.version(), open: () => engine.open({ limitMs: LIMIT_MS }), close: () => engine.close() };
}

/** @param {"Chromium" | "Firefox" | "WebKit"} name */
export async function startBrowser(name) {
  const server = await startServer();
  const browser = await (name === "Chromium" ? startChromium() : startOther(name));
  return {
    name,
    version: browser.version,
    url: server.url,
    /** An empty page of the server, under one of its names. */
    async open(host) {
      const page = await browser.open();
      await page.goto(server.url(host));
      return page;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

/** A page with the benchmark in it, and its engine's own tools. */
export async function openBench(browser, host) {
  const page = await browser.open(host);
  await page.evaluate(() => import("/page/bench.js").then(() => {}));
  return {
    call: (name, ...args) => page.evaluate(([name, args]) => bench[name](...args), [name, args]),
    /** The garbage of one measurement is not to be paid for by the next. */
    collect: () => page.collectGarbage(),
    /** Chromium alone says how much memory is in use. */
    heap: () => page.heap(),
    close: () => page.close(),
  };
}
