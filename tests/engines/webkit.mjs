// WebKitGTK's MiniBrowser, driven by Selenium over classic WebDriver. It needs a display, so it gets its own one.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Builder, Key } from "selenium-webdriver";
import { findWebKit } from "../../src/build/browsers.mjs";

/** A session begins in about a second, but later on a busy machine whose disk is cold. Without a display it would hang without an error. */
const START_LIMIT_MS = 60_000;
const START_ATTEMPTS = 3;

/**
 * Runs in each document when it is loaded. Classic WebDriver cannot read the console or take a page offline, so the page
 * records its console and simulates being offline.
 */
const prepare = `
  if (globalThis.__messages) return;
  globalThis.__messages = [];
  const note = (type, text) => __messages.push({ type, text: String(text) });
  for (const level of ["log", "info", "debug", "warn", "error"]) {
    const write = console[level];
    console[level] = (...args) => { note(level === "warn" ? "warning" : level, args.join(" ")); write.apply(console, args); };
  }
  addEventListener("error", ({ message, error }) => message && note("uncaught", error?.message ?? message));
  addEventListener("unhandledrejection", ({ reason }) => note("uncaught", reason?.message ?? reason));
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => note("error", "Content-Security-Policy: " + violatedDirective + " " + blockedURI));
  addEventListener("pageshow", ({ persisted }) => { globalThis.__kept = persisted; });
  const fetch = globalThis.fetch;
  globalThis.fetch = (...args) => navigator.onLine ? fetch(...args) : Promise.reject(new TypeError("Load failed"));`;

const setOnLine = `
  const onLine = arguments[0];
  Object.defineProperty(navigator, "onLine", { configurable: true, get: () => onLine });
  dispatchEvent(new Event(onLine ? "online" : "offline"));`;

/** A port that is free at the moment. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Waits until a program answers on its port. */
async function untilAnswered(url, child) {
  while (!(await fetch(url).then(({ ok }) => ok, () => false))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the driver ended before it answered (${child.signalCode ?? `code ${child.exitCode}`})`);
    await delay(20);
  }
}

const capabilities = (binary) => ({ browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary, args: ["--automation"] } });

/** Allocates until the engine collects garbage, since there is no function for it. */
const makeGarbage = `
  const done = arguments[0];
  (async () => {
    for (let round = 0; round < 8; round++) {
      globalThis.__garbage = Array.from({ length: 200_000 }, (_, i) => ({ text: "garbage " + i }));
      globalThis.__garbage = undefined;
      await new Promise((resolve) => setTimeout(resolve));
    }
  })().then(done);`;

/** "ArrowRight" is ARROW_RIGHT here. */
const keyOf = (name) => Key[name.replace(/(?<=[a-z])(?=[A-Z])/, "_").toUpperCase()] ?? name;

/** @param {import("selenium-webdriver").WebDriver} driver */
function createTab(driver, stop) {
  const messages = [];
  const takeMessages = async () => {
    messages.push(...(await driver.executeScript("return globalThis.__messages?.splice(0) ?? []").catch(() => [])));
  };
  const load = async (navigate) => {
    await takeMessages();
    await navigate();
    await driver.executeScript(prepare);
  };
  return {
    goto: (url) => load(() => driver.get(url)),
    reload: () => load(() => driver.navigate().refresh()),
    evaluate: async (expression) => {
      await driver.executeScript(prepare);
      return driver.executeAsyncScript(`(${expression}).then(arguments[0])`);
    },
    // The driver does not answer a script if the page changes meanwhile, so no script may run before it has changed.
    goBack: () => driver.navigate().back(),
    async click(expression) {
      await (await driver.executeScript(`return ${expression}`)).click();
    },
    press: (names) => {
      const actions = driver.actions();
      for (const name of names) actions.keyDown(keyOf(name));
      for (const name of names.toReversed()) actions.keyUp(keyOf(name));
      return actions.perform();
    },
    type: (text) => driver.actions().sendKeys(text).perform(),
    async setSize(width, height) {
      const window = driver.manage().window();
      await window.setRect({ width, height });
      const [inner, outer] = await driver.executeScript("return [innerWidth, innerHeight]");
      await window.setRect({ width: 2 * width - inner, height: 2 * height - outer });
    },
    setOffline: (offline) => driver.executeScript(setOnLine, !offline),
    collectGarbage: () => driver.executeAsyncScript(makeGarbage),
    screenshot: async () => Buffer.from(await driver.takeScreenshot(), "base64"),
    async messages() {
      await takeMessages();
      return [...messages];
    },
    async close() {
      await driver.quit().catch(() => {});
      stop();
    },
  };
}

/** Undefined if WebKit, its driver or Xvfb is not installed. */
export function createWebKit() {
  const found = findWebKit();
  if (!found) return undefined;

  let screen;
  let version;
  /** Processes that outlive Node unless they are ended. */
  const running = new Set();
  process.once("exit", () => running.forEach((end) => end()));

  /** Starts a display for all pages. */
  async function startScreen() {
    const options = ["-displayfd", "3", "-screen", "0", "1600x1400x24", "-nolisten", "tcp", "-noreset"];
    const child = spawn(found.display, options, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
    const end = () => child.kill();
    running.add(end);
    // Its number and the line feed come in two chunks, and Xvfb fails if the second is not read.
    let line = "";
    for await (const chunk of child.stdio[3]) if ((line += chunk).endsWith("\n")) break;
    child.unref();
    return { number: `:${line.trim()}`, end };
  }

  /** Starts a driver for a page, since a driver has one session. */
  async function startDriver() {
    screen ??= startScreen();
    const env = { ...process.env, DISPLAY: (await screen).number, LIBGL_ALWAYS_SOFTWARE: "1" };
    const errors = [];
    while (errors.length < START_ATTEMPTS) {
      try {
        return await startSession(env);
      } catch (error) {
        errors.push(error);
      }
    }
    throw new AggregateError(errors, `WebKit did not start: ${errors.map(({ message }) => message).join("; ")}`);
  }

  async function startSession(env) {
    const port = await freePort();
    const child = spawn(found.driver, [`--port=${port}`, "--host=127.0.0.1"], { env, stdio: "ignore" });
    const end = () => child.kill();
    running.add(end);
    const stop = () => (running.delete(end), end());
    // When the browser ends, pending commands reject.
    const limit = setTimeout(stop, START_LIMIT_MS);
    try {
      const url = `http://127.0.0.1:${port}`;
      await untilAnswered(`${url}/status`, child);
      const driver = await new Builder().usingServer(url).withCapabilities(capabilities(found.browser)).build();
      await driver.manage().setTimeouts({ script: 600_000, pageLoad: 60_000 });
      version = (await driver.getCapabilities()).get("browserVersion");
      return createTab(driver, stop);
    } catch (error) {
      stop();
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  return {
    name: "WebKit",
    async open({ width = 1280, height = 720 } = {}) {
      const tab = await startDriver();
      await tab.setSize(width, height);
      return tab;
    },
    async version() {
      if (!version) await (await startDriver()).close();
      return version;
    },
    async close() {
      const started = await screen;
      screen = undefined;
      started?.end();
    },
  };
}
