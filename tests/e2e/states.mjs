// Every state of the demo page that looks different, and the steps to reach it: for screenshots and accessibility tests.

import { chromium } from "playwright-core";
import { createSandbox } from "replicate-wasm/sandbox";
import { findChromium, flags } from "../../src/build/browsers.mjs";
import { serve } from "../../www/serve.mjs";

const poem = "Write a short poem about spring.";

/** A picture of 1 by 1 pixels. */
const picture = {
  name: "lake.png",
  mimeType: "image/png",
  buffer: Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"),
};

const ended = (page) => page.waitForFunction(() => !document.body.classList.contains("running"));
const shows = (page, words) => page.locator(".answer .state").filter({ hasText: words }).last().waitFor();

async function send(page, text, { fault, model } = {}) {
  if (model) await page.selectOption("#model", model);
  if (fault) await page.evaluate((fault) => choose(document.getElementById("fault"), fault), fault);
  await page.fill("#message", text);
  await page.press("#message", "Enter");
  await page.locator(".answer").last().waitFor();
}

/** The inspector, beside the page or as a sheet over it. */
async function inspect(page, tab) {
  const opener = page.locator("#open-inspector");
  if (await opener.isVisible()) await opener.click();
  await page.getByRole("tab", { name: tab }).click();
}

/** @type {Record<string, (page: import("playwright-core").Page) => Promise<unknown>>} by name */
export const states = {
  empty: async () => {},
  draft: (page) => page.fill("#message", "A first line\nand a second one"),
  async sending(page) {
    await page.route("**/predictions", () => {}); // never answered
    await send(page, poem);
    await shows(page, "Sending");
  },
  async starting(page) {
    await send(page, poem, { fault: "slow" });
    await shows(page, "Starting");
  },
  async writing(page) {
    await send(page, poem, { fault: "hang" });
    await page.locator(".answer .text p").first().waitFor();
  },
  async done(page) {
    await send(page, "Give me a list of steps to bake good bread.");
    await ended(page);
    await send(page, poem);
    await ended(page);
  },
  async markdown(page) {
    await send(page, "Give me a list of steps to bake good bread.");
    await ended(page);
  },
  async "long words, right to left"(page) {
    await send(page, `Wie heißt die ${"Donaudampfschifffahrtsgesellschaft".repeat(4)}?`, { fault: "hang" });
    await page.locator(".answer .text p").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await ended(page);
    await page.selectOption("#model", "sandbox/tokens");
    const text = ["## كتابة من اليمين\n\nهذه فقرة طويلة ", "بعض الشيء، فيها **كلمة** مهمة و`code` بينها.\n\n1. أولا\n2. ثانيا\n\n", "unbreakable".repeat(20)];
    await page.evaluate((text) => {
      const field = document.querySelector("#inspector .json");
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }, JSON.stringify(text));
    await page.fill("#message", "");
    await page.press("#message", "Enter");
    await page.waitForFunction(() => document.querySelectorAll(".answer").length === 2);
    await ended(page);
  },
  async drawing(page) {
    await inspect(page, "Inputs");
    await page.selectOption("#model", "black-forest-labs/flux-schnell").catch(() => {});
    await page.evaluate(() => choose(document.getElementById("model"), "black-forest-labs/flux-schnell"));
    await page.getByRole("spinbutton", { name: "Num outputs" }).fill("4");
    await page.keyboard.press("Escape");
    await send(page, "A harbour at dawn", { fault: "hang" });
    await page.waitForFunction(() => [...document.querySelectorAll(".picture img")].filter(({ naturalWidth }) => naturalWidth).length === 2);
  },
  async pictures(page) {
    await page.getByRole("button", { name: "Four pictures" }).click();
    await ended(page);
    await page.waitForFunction(() => [...document.querySelectorAll(".picture img")].every(({ complete }) => complete));
  },
  async lightbox(page) {
    await states.pictures(page);
    await page.locator(".picture").nth(1).click();
    await page.locator("#lightbox").waitFor();
  },
  async attached(page) {
    await page.selectOption("#model", "stability-ai/stable-diffusion-3");
    await page.setInputFiles("#files", picture);
    await page.fill("#message", "The same lake in winter");
  },
  async breaking(page) {
    await inspect(page, "Inputs");
    await page.locator("#fault").selectOption("fail");
  },
  inputs: (page) => inspect(page, "Inputs"),
  async code(page) {
    await page.fill("#message", poem);
    await inspect(page, "Code");
  },
  async "code of an answer"(page) {
    await states.done(page);
    await page.getByRole("button", { name: "Code", exact: true }).last().click();
    await page.locator(".answer .panel pre").first().waitFor();
  },
  async logs(page) {
    await states.pictures(page);
    await page.getByRole("button", { name: "Logs" }).last().click();
    await page.locator(".answer .panel pre").waitFor();
  },
  async "rate limited"(page) {
    await send(page, `Write a poem about ${Date.now()}.`, { fault: "429" });
    await page.waitForTimeout(300);
  },
  async failed(page) {
    await send(page, poem, { fault: "fail" });
    await shows(page, "Failed");
  },
  async "server error"(page) {
    await send(page, poem, { fault: "500" });
    await shows(page, "Failed");
  },
  async "may have run"(page) {
    await send(page, poem, { fault: "html" });
    await shows(page, "May have run");
  },
  async stopped(page) {
    await states.writing(page);
    await page.getByRole("button", { name: "Stop" }).click();
    await shows(page, "Stopped");
  },
  async resumed(page) {
    await states.writing(page);
    await page.reload();
    await shows(page, "Resumed after a reload");
  },
  async "cut off"(page) {
    await page.getByRole("button", { name: "A poem by polling" }).click();
    await page.locator(".answer").waitFor();
    await page.reload();
    await shows(page, "Cut off by the reload");
  },
  async "empty output"(page) {
    await send(page, poem, { fault: "empty" });
    await shows(page, "Empty output");
  },
  async "not started"(page) {
    await page.route("**/demo.json", (route) => route.fulfill({ status: 500 }));
    await page.reload();
    await page.getByText("could not start").waitFor();
  },
};

/**
 * Opens the page in a new context of Chromium, with a function `choose(select, value)` that chooses an option of a select,
 * even if a closed sheet hides it.
 *
 * @param {import("playwright-core").Browser} browser
 * @param {string} url
 * @param {import("playwright-core").BrowserContextOptions} options
 */
export async function openPage(browser, url, options) {
  const page = await (await browser.newContext(options)).newPage();
  await page.addInitScript(() => {
    globalThis.choose = (select, value) => {
      select.value = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
    };
  });
  await page.goto(url);
  await page.waitForFunction(() => !document.getElementById("model").disabled);
  return page;
}

/** A demo with a fast sandbox, and a Chromium. */
export async function startDemo() {
  const demo = await serve({ port: 0, sandbox: createSandbox({ stepMs: 4 }) });
  const browser = await chromium.launch({ executablePath: findChromium(), args: flags });
  return { url: demo.url, browser, close: () => Promise.all([browser.close(), demo.close()]) };
}
