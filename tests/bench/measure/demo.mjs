/**
 * The demo page in Chromium: how long its longest task is and how fast Stop acts while 20,000 tokens come, and how long it takes from
 * the navigation until a message can be written and sent, over a slow network.
 */

import { chromium } from "playwright-core";
import { createSandbox } from "replicate-wasm/sandbox";
import { findChromium, flags } from "../../../src/build/browsers.mjs";
import { serve } from "../../../www/serve.mjs";
import { medians } from "../median.mjs";

const TOKENS = 20_000;
/** A quarter of a second for all of them: many more a frame than any model writes. */
const STEP_MS = 0.0125;
const ROUNDS = 5;
const SLOW = { offline: false, latency: 400, downloadThroughput: 50_000, uploadThroughput: 50_000 };

/** @returns {Promise<{ longestTaskMs: number, stopMs: number, typingMs: number, sendingMs: number }>} medians */
export async function measureDemo() {
  const demo = await serve({ port: 0, sandbox: createSandbox({ stepMs: STEP_MS }) });
  const browser = await chromium.launch({ executablePath: findChromium(), args: flags });
  try {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({ ...(await measureFlood(browser, demo.url)), ...(await measureStart(browser, demo.url)) });
    }
    return medians(rounds);
  } finally {
    await browser.close();
    await demo.close();
  }
}

async function measureFlood(browser, url) {
  const page = await browser.newPage();
  await page.goto(url);
  await page.waitForFunction(() => !document.getElementById("model").disabled);
  await page.selectOption("#model", "sandbox/tokens");
  await page.fill(".json", JSON.stringify(Array.from({ length: TOKENS }, (_, i) => (i % 15 ? ` word${i}` : `\n\nword${i}`))));
  await page.evaluate(() => {
    globalThis.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
    }).observe({ type: "longtask" });
  });
  await page.click("#send");
  await page.waitForFunction(() => document.querySelector(".answer footer:not([hidden])"));
  // Tasks below 50 ms are not told.
  const longestTaskMs = await page.evaluate(() => longest);

  await page.evaluate(() => {
    document.getElementById("stop").addEventListener("click", ({ timeStamp }) => {
      requestAnimationFrame(() => (globalThis.stopMs = performance.now() - timeStamp));
    });
  });
  await page.fill(".json", JSON.stringify(Array.from({ length: TOKENS }, (_, i) => ` word${i}`)));
  await page.evaluate(() => {
    // Pressed by the page itself, in the middle of the flood: a driver would be too late.
    const watch = () => {
      const text = [...document.querySelectorAll(".answer .text")].at(1);
      if ((text?.textContent.length ?? 0) < 20_000) return setTimeout(watch);
      document.getElementById("stop").click();
    };
    watch();
  });
  await page.click("#send");
  await page.waitForFunction(() => globalThis.stopMs !== undefined);
  const stopMs = await page.evaluate(() => stopMs);
  await page.close();
  return { longestTaskMs, stopMs };
}

async function measureStart(browser, url) {
  const page = await (await browser.newContext()).newPage();
  const network = await page.context().newCDPSession(page);
  await network.send("Network.enable");
  await network.send("Network.emulateNetworkConditions", SLOW);
  await page.addInitScript(() => {
    const look = () => {
      const isPainted = performance.getEntriesByName("first-contentful-paint").length > 0;
      const message = document.getElementById("message");
      if (isPainted && message && !globalThis.typingMs) {
        globalThis.typingMs = performance.now();
        message.focus();
        message.value = "An early thought";
      }
      if (message && !document.getElementById("send").disabled) globalThis.sendingMs = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(url, { waitUntil: "commit" });
  await page.waitForFunction(() => globalThis.sendingMs);
  const times = await page.evaluate(() => ({ typingMs, sendingMs }));
  await page.context().close();
  return times;
}
