// Chromium and Firefox, driven by Playwright.

import * as playwright from "playwright-core";
import { findChromium, findFirefox, flags } from "../../src/build/browsers.mjs";

/** Preferences that keep Firefox from sending requests of its own, and give pages a function that collects garbage. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "dom.testing.testutils.enabled": true,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,#remote-settings-dummy/v1",
};

/** Records in each document whether it was restored from the back/forward cache. */
const noteReturn = () => addEventListener("pageshow", ({ persisted }) => Object.assign(globalThis, { __kept: persisted }));

function createTab(page, collectGarbage) {
  const messages = [];
  page.on("console", (message) => {
    const type = { warn: "warning", assert: "error" }[message.type()] ?? message.type();
    if (!message.text().startsWith("Failed to load resource")) messages.push({ type, text: message.text() });
  });
  page.on("pageerror", ({ message }) => messages.push({ type: "uncaught", text: message }));
  return {
    goto: (url) => page.goto(url),
    reload: () => page.reload(),
    evaluate: (expression) => page.evaluate(expression),
    // Playwright's own function waits for a "load" event, which a kept page does not have.
    goBack: () => page.evaluate(() => void history.back()),
    async click(expression) {
      const handle = await page.evaluateHandle(expression);
      // A click that times out may have happened, so a busy machine gets enough time.
      await handle.asElement().click({ timeout: 10_000 });
    },
    press: (keys) => page.keyboard.press(keys.join("+")),
    type: (text) => page.keyboard.type(text),
    setSize: (width, height) => page.setViewportSize({ width, height }),
    setOffline: (offline) => page.context().setOffline(offline),
    collectGarbage: () => collectGarbage(page),
    screenshot: () => page.screenshot(),
    messages: async () => [...messages],
    close: () => page.context().close(),
  };
}

/** The browser starts with its first page. */
function createEngine(name, launch, collectGarbage) {
  let starting;
  return {
    name,
    async open({ width = 1280, height = 720 } = {}) {
      starting ??= launch();
      const browser = await starting;
      const context = await browser.newContext({ viewport: { width, height } });
      await context.addInitScript(noteReturn);
      return createTab(await context.newPage(), collectGarbage);
    },
    version: async () => (await (starting ??= launch())).version(),
    async close() {
      await (await starting)?.close();
      starting = undefined;
    },
  };
}

/** Undefined if Chromium is not installed. */
export function createChromium() {
  const executablePath = findChromium();
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  const launch = () => playwright.chromium.launch({ executablePath, args: flags, ignoreDefaultArgs });
  const collectGarbage = async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send("HeapProfiler.collectGarbage");
    await session.detach();
  };
  return executablePath && createEngine("Chromium", launch, collectGarbage);
}

/** Undefined if Firefox is not installed. */
export function createFirefox() {
  const executablePath = findFirefox();
  const launch = () => playwright.firefox.launch({ channel: "moz-firefox", executablePath, firefoxUserPrefs: PREFERENCES });
  return executablePath && createEngine("Firefox", launch, (page) => page.evaluate(() => TestUtils.gc()));
}
