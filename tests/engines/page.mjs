// A page in any engine. A tab (playwright.mjs, webkit.mjs) does what only the engine can do; all else is here, once.

import { setTimeout as delay } from "node:timers/promises";
import { find } from "./find.mjs";

/** How long anything in a page may take. */
const LIMIT_MS = 15_000;

const pattern = (value) => (value instanceof RegExp ? { source: value.source, flags: value.flags } : value);

// JSON with a mark for undefined. Both functions are sent to the page too.
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
  const pack = ${pack};
  const unpack = ${unpack};
  try {
    return { value: pack(await (${source})(unpack(${JSON.stringify(pack(arg))}))) };
  } catch (error) {
    return { error: { name: error?.name, message: String(error?.message ?? error), stack: error?.stack } };
  }
})()`;

/** Polls until there is a value that is true. An error is taken for "not yet". */
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

export class Page {
  #tab;

  /** @param {object} tab */
  constructor(tab) {
    this.#tab = tab;
  }

  /** Opens an address and waits until it is loaded. */
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
   * Goes away to another page of the same origin, which must be an HTML page, and waits until that is loaded.
   *
   * @param {string} path
   */
  async goAway(path = "/elsewhere") {
    await this.goto(new URL(path, await this.url()).href);
  }

  /**
   * Goes back in the history, as the button of a browser does.
   *
   * @returns {Promise<boolean>} whether the engine had kept the page, scripts and all, or has loaded it anew
   */
  async goBack() {
    const here = await this.url();
    await this.evaluate(() => void history.back());
    await poll(async () => (await this.url()) !== here && this.evaluate(() => document.readyState === "complete"), "the page before");
    return this.#tab.hasKept();
  }

  /**
   * Calls a function in the page.
   *
   * @param {Function | string} fn its text is sent: it uses nothing but its argument and what is in the page
   * @param {any} [arg] and the result are copied as JSON, which undefined survives
   */
  async evaluate(fn, arg) {
    const { value, error } = await this.#tab.evaluate(expression(`${fn}`, arg));
    if (error) throw Object.assign(new Error(error.message), { name: error.name, stack: `${error.name}: ${error.message}\nin the page: ${error.stack}` });
    return unpack(value);
  }

  /** Calls a function in the page until its value is true, and gives that. */
  waitFor(fn, arg) {
    return poll(() => this.evaluate(fn, arg), `${fn}`);
  }

  locator(css) {
    return new Locator(this, this.#tab, [{ css }]);
  }

  /** What is shown with a role, and with a name that contains a text or fits a regular expression. */
  getByRole(role, { name } = {}) {
    return new Locator(this, this.#tab, [{ role, name: pattern(name) }]);
  }

  /** The innermost elements whose text contains another or fits a regular expression. */
  getByText(text) {
    return new Locator(this, this.#tab, [{ text: pattern(text) }]);
  }

  /** Presses keys at the same time: "Enter", "Shift+Enter". They go to what has the focus. */
  press(keys) {
    return this.#tab.press(keys.split("+"));
  }

  /** Types a text, key by key, into what has the focus. */
  type(text) {
    return this.#tab.type(text);
  }

  /** The size of the viewport. An engine may be unable to be as narrow as that. */
  setSize(width, height) {
    return this.#tab.setSize(width, height);
  }

  /** Takes the network away, or gives it back. */
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
   * What the page wrote to its console, errors that nobody caught ("uncaught"), and what a Content-Security-Policy
   * refused. Of Chromium's own remarks on answers above 399 there is nothing: no other engine makes them.
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
 * What is found in a page, looked for anew each time. Whatever needs an element waits for it, and fails where
 * there is more than one.
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

  /** Calls a function in the page with all that is found at the moment. */
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

  /** Whether any of what is found is shown at the moment. */
  isVisible() {
    return this.evaluateAll((found) => found.some((element) => element.checkVisibility()));
  }

  /** Waits until something of it is shown; or, with `hidden`, nothing. */
  async waitFor({ hidden = false } = {}) {
    await poll(async () => (await this.isVisible()) !== hidden, `${this.#what} is ${hidden ? "hidden" : "shown"}`);
  }

  /** Clicks where the element is, once it can be clicked. */
  async click() {
    await this.evaluate(() => {});
    await poll(async () => {
      if (await this.isDisabled()) throw new Error("it is disabled");
      await this.#tab.click(`(${find})(${JSON.stringify(this.#steps)})[0]`);
      return true;
    }, `a click on ${this.#what}`);
  }

  /** Puts a text in place of a field's value. */
  fill(text) {
    return this.evaluate((field, text) => {
      if (field.matches(":disabled, :read-only")) throw new Error("The field cannot be written to");
      field.focus();
      // The setter of the element itself: React puts one of its own before it, which would hide the change from React.
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
