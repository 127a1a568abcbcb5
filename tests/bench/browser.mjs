/** One Chromium with a profile of its own, so that it has a disk cache, and the pages of one server in it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { findChromium, flags } from "../../src/build/browsers.mjs";
import { startServer } from "./server.mjs";

export async function startBrowser() {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("No Chrome or Chromium here: run `npm run setup`, or name one in CHROME");
  const server = await startServer();
  const profile = await mkdtemp(join(tmpdir(), "bench-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: flags });
  return {
    version: context.browser().version(),
    /** An empty page of the server, under one of its names. */
    async open(name) {
      const page = await context.newPage();
      await page.goto(server.url(name));
      return page;
    },
    async close() {
      await context.close();
      server.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** A page with the benchmark in it, and its engine's own tools. */
export async function openBench(browser, name) {
  const page = await browser.open(name);
  await page.evaluate(() => import("/page/bench.js"));
  const engine = await page.context().newCDPSession(page);
  return {
    call: (name, ...args) => page.evaluate(([name, args]) => bench[name](...args), [name, args]),
    /** The garbage of one measurement is not to be paid for by the next. */
    collect: () => engine.send("HeapProfiler.collectGarbage"),
    heap: () => engine.send("Runtime.getHeapUsage"),
    close: () => page.close(),
  };
}
