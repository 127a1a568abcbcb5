// A page in any engine. A tab (playwright.mjs, webkit.mjs) has the functions that differ between engines.

import { setTimeout as delay } from "node:timers/promises";
import { find } from "./find.mjs";

/** The longest wait for anything in a page. */
const LIMIT_MS = 15_000;

/** The longest wait for a command. A driver that lost its page never answers, and a test may wait for a promise that never settles. */
const COMMAND_LIMIT_MS = 120_000;

const pattern = (value) => (value instanceof RegExp ? { source: value.source, flags: value.flags } : value);

// JSON with a mark for undefined. The page uses both functions too.
const pack = (value) => JSON.stringify({ value }, (_, part) => (part === undefined ? { __undefined: true } : part));
const unpack = (text) => {
  const restore = (part) => {
    if (Array.isArray(part)) return part.map(restore);
    if (typeof part !== "object" || part === null) return part;
    return part.__undefined ? undefined : Object.fromEntries(Object.entries(part).map(([key, value]) => [key, restore(value)]));
  };
  return restore(JSON.parse(text)).value;
};

/** An expression for the page: its value is a promise of the packed result, or of the error. */
const expression = (source, arg) => `(async () => {
  const run = ${source};
  const pack = ${pack};
  const unpack = ${unpack};
  try {
    return { value: pack(await run(unpack(${JSON.stringify(pack(arg))}))) };
  } catch (error) {
    return { error: { name: error?.name, message: String(error?.message ?? error), stack: error?.stack } };
  }
})()`;

/** Polls until `get` returns a truthy value. An error counts as "not yet". */
async function poll(get, what) {
  const end = performance.now() + LIMIT_MS;
  let last;
  for (;;) {
    try {
      const value = await get();
      if (value) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`Not within ${LIMIT_MS} ms: ${what}. Last: ${last?.message ?? last}`);
    await delay(20);
  }
}

/**
 * The same functions, which reject when they take too long.
 *
 * @template {Record<string, (...args: any[]) => Promise<any>>} T
 * @param {T} commands
 * @param {number} limitMs
 * @returns {T}
 */
function limited(commands, limitMs) {
  const limit = ([name, run]) => [
    name,
    async (...args) => {
      const waiting = new AbortController();
      const late = async () => {
        await delay(limitMs, undefined, { signal: waiting.signal });
        throw new Error(`No answer within ${limitMs} ms: ${name}(${args.map((arg) => `${arg}`.slice(0, 300)).join(", ")})`);
      };
      try {
        return await Promise.race([run(...args), late()]);
      } finally {
        waiting.abort();
      }
    },
  ];
  return Object.fromEntries(Object.entries(commands).map(limit));
}

export class Page {
  #tab;

  /**
   * @param {object} tab
   * @param {number} [limitMs] the longest wait for a command, such as a call of a function in the page
   */
  constructor(tab, limitMs = COMMAND_LIMIT_MS) {
    this.#tab = limited(tab, limitMs);
  }

  /** Opens a URL and waits until it is loaded. */
  async goto(url) {
    await this.#tab.goto(url);
  }

  async reload() {
    await this.#tab.reload();
  }

  url() {
    return this.evaluate(() => location.href);
  }

  /**
   * Navigates to another HTML page of the same origin, and waits until it is loaded.
   *
   * @param {string} path
   */
  async goAway(path = "/elsewhere") {
    await this.goto(new URL(path, await this.url()).href);
  }

  /**
   * Goes back in the history, like the browser's button.
   *
   * @returns {Promise<boolean>} true if the page was restored from the back/forward cache, false if it was loaded again
   */
  async goBack() {
    const here = await this.url();
    await this.#tab.goBack();
    await poll(async () => (await this.url()) !== here && this.evaluate(() => document.readyState === "complete"), "the page before");
    return this.evaluate(() => globalThis.__kept === true);
  }

  /**
   * Calls a function in the page.
   *
   * @param {Function | string} fn sent as text, so it may only use its argument and the page's globals
   * @param {any} [arg] copied as JSON like the result; undefined is kept
   */
  async evaluate(fn, arg) {
    const { value, error } = await this.#tab.evaluate(expression(`${fn}`, arg));
    if (error) throw Object.assign(new Error(error.message), { name: error.name, stack: `${error.name}: ${error.message}\nin the page: ${error.stack}` });
    return unpack(value);
  }

  /** Calls a function in the page until its result is truthy, and returns it. */
  waitFor(fn, arg) {
    return poll(() => this.evaluate(fn, arg), `${fn}`);
  }

  locator(css) {
    return new Locator(this, this.#tab, [{ css }]);
  }

  /** Visible elements with a role, and with a name that contains a text or matches a regular expression. */
  getByRole(role, { name } = {}) {
    return new Locator(this, this.#tab, [{ role, name: pattern(name) }]);
  }

  /** The innermost elements whose text contains a text or matches a regular expression. */
  getByText(text) {
    return new Locator(this, this.#tab, [{ text: pattern(text) }]);
  }

  /** Presses keys at the same time in the focused element: "Enter", "Shift+Enter". */
  press(keys) {
    return this.#tab.press(keys.split("+"));
  }

  /** Types a text, key by key, into the focused element. */
  type(text) {
    return this.#tab.type(text);
  }

  /** Sets the size of the viewport. An engine may have a larger minimum. */
  setSize(width, height) {
    return this.#tab.setSize(width, height);
  }

  /** Takes the page offline or online. */
  setOffline(offline) {
    return this.#tab.setOffline(offline);
  }

  /** Collects garbage now. */
  collectGarbage() {
    return this.#tab.collectGarbage();
  }

  /** @returns {Promise<Buffer>} a PNG of the viewport */
  screenshot() {
    return this.#tab.screenshot();
  }

  /**
   * The messages of the console, uncaught errors ("uncaught"), and violations of a Content-Security-Policy. Chromium's own
   * messages about answers with an error status are left out, since no other engine has them.
   *
   * @returns {Promise<{ type: "log" | "info" | "debug" | "warning" | "error" | "uncaught", text: string }[]>}
   */
  messages() {
    return this.#tab.messages();
  }

  /** The texts of warnings and errors among the messages. */
  async complaints() {
    return (await this.messages()).filter(({ type }) => ["warning", "error", "uncaught"].includes(type)).map(({ text }) => text);
  }

  close() {
    return this.#tab.close();
  }
}

/**
 * Elements of a page, searched again at each use. Methods that need one element wait for it, and fail if there are several.
 */
export class Locator {
  #page;
  #tab;
  #steps;

  constructor(page, tab, steps) {
    this.#page = page;
    this.#tab = tab;
    this.#steps = steps;
  }

  #with(step) {
    return new Locator(this.#page, this.#tab, [...this.#steps, step]);
  }

  locator(css) {
    return this.#with({ css });
  }

  getByRole(role, { name } = {}) {
    return this.#with({ role, name: pattern(name) });
  }

  getByText(text) {
    return this.#with({ text: pattern(text) });
  }

  nth(nth) {
    return this.#with({ nth });
  }

  first() {
    return this.nth(0);
  }

  last() {
    return this.nth(-1);
  }

  get #what() {
    return JSON.stringify(this.#steps);
  }

  /** Calls a function in the page with all matching elements at the moment. */
  evaluateAll(fn, arg) {
    return this.#page.evaluate(`([steps, arg]) => (${fn})((${find})(steps), arg)`, [this.#steps, arg]);
  }

  /** Waits for the element and calls a function in the page with it. */
  async evaluate(fn, arg) {
    const only = `async (found, arg) => {
      if (found.length > 1) return { many: found.length };
      return found.length ? { value: await (${fn})(found[0], arg) } : null;
    }`;
    const { many, value } = await poll(() => this.evaluateAll(only, arg), this.#what);
    if (many) throw new Error(`${many} elements fit ${this.#what}. Name one of them.`);
    return value;
  }

  count() {
    return this.evaluateAll((found) => found.length);
  }

  textContent() {
    return this.evaluate((element) => element.textContent);
  }

  allTextContents() {
    return this.evaluateAll((found) => found.map((element) => element.textContent));
  }

  inputValue() {
    return this.evaluate((element) => element.value);
  }

  isDisabled() {
    return this.evaluate((element) => element.matches(":disabled"));
  }

  /** Whether any matching element is visible at the moment. */
  isVisible() {
    return this.evaluateAll((found) => found.some((element) => element.checkVisibility()));
  }

  /** Waits until a matching element is visible, or with `hidden` until none is. */
  async waitFor({ hidden = false } = {}) {
    await poll(async () => (await this.isVisible()) !== hidden, `${this.#what} is ${hidden ? "hidden" : "shown"}`);
  }

  /** Clicks the element when it can be clicked. */
  async click() {
    await this.evaluate(() => {});
    await poll(async () => {
      if (await this.isDisabled()) throw new Error("it is disabled");
      await this.#tab.click(`(${find})(${JSON.stringify(this.#steps)})[0]`);
      return true;
    }, `a click on ${this.#what}`);
  }

  /** Sets the value of a field. */
  fill(text) {
    return this.evaluate((field, text) => {
      if (field.matches(":disabled, :read-only")) throw new Error("The field cannot be written to");
      field.focus();
      // The prototype's setter: React overrides it on the element, and would not notice a change by its own setter.
      Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field), "value").set.call(field, text);
      field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, text);
  }

  /** Types a text into a field, key by key. */
  async type(text) {
    await this.evaluate((field) => field.focus());
    await this.#page.type(text);
  }

  /** Chooses an option of a select by its value or its text. */
  select(option) {
    return this.evaluate((select, option) => {
      const chosen = [...select.options].find(({ value, label }) => value === option || label === option);
      if (!chosen) throw new Error(`No such option: ${option}`);
      select.value = chosen.value;
      for (const type of ["input", "change"]) select.dispatchEvent(new Event(type, { bubbles: true }));
    }, option);
  }
}
