// The installed browser engines, and tests that run in each of them.

import { after, describe, test } from "node:test";
import { Page } from "./page.mjs";
import { createChromium, createFirefox } from "./playwright.mjs";
import { createWebKit } from "./webkit.mjs";

const ENGINES = { Chromium: createChromium, Firefox: createFirefox, WebKit: createWebKit };

/** The environment variable ENGINE limits the tests to one engine, such as "firefox". */
const wanted = (name) => !process.env.ENGINE || process.env.ENGINE.toLowerCase() === name.toLowerCase();

/**
 * Starts an engine.
 *
 * @param {keyof ENGINES} name
 * @returns {{ name: string, open(options?: { width?: number, height?: number, limitMs?: number }): Promise<Page>, version(): Promise<string>, close(): Promise<void> } | undefined}
 *   undefined if it is not installed. The browser starts with the first page
 */
export function startEngine(name) {
  const engine = ENGINES[name]();
  return engine && { ...engine, open: async ({ limitMs, ...size } = {}) => new Page(await engine.open(size), limitMs) };
}

/**
 * Defines the same tests for each engine.
 *
 * @param {(engine: { name: string, open(t: import("node:test").TestContext, url?: string, options?: object): Promise<Page> }) => void} define
 *   `open` opens a page that is closed when the test ends
 */
export function inEachEngine(define) {
  for (const name of Object.keys(ENGINES).filter(wanted)) {
    const engine = startEngine(name);
    if (!engine) {
      test(`in ${name}`, { skip: `${name} is not installed: run \`npm run setup\`` }, () => {});
      continue;
    }
    describe(`in ${name}`, () => {
      after(() => engine.close());
      define({
        name,
        async open(t, url, options) {
          const page = await engine.open(options);
          t.after(() => page.close());
          if (url) await page.goto(url);
          return page;
        },
      });
    });
  }
}
