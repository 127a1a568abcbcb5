// axe-core on each state of the demo page, in two widths, light and dark; keyboard use; forced colours, reduced motion, touch.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { openPage, startDemo, states } from "./states.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let demo;
before(async () => (demo = await startDemo()));
after(() => demo?.close());

async function open(t, options) {
  const page = await openPage(demo.browser, demo.url, options);
  t.after(() => page.context().close());
  return page;
}

/** The violations that axe finds, best practices included, a line for each. */
async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`));
}

describe("axe finds no violations, light and dark", () => {
  for (const [name, reach] of Object.entries(states)) {
    for (const width of [390, 1440]) {
      test(`${name}, ${width} pixels wide`, async (t) => {
        const page = await open(t, { viewport: { width, height: 844 }, colorScheme: "light", reducedMotion: "reduce" });
        await reach(page);
        assert.deepEqual(await violations(page), [], "light");
        await page.emulateMedia({ colorScheme: "dark" });
        assert.deepEqual(await violations(page), [], "dark");
      });
    }
  }
});

test("with the keyboard a user can choose a model, send, stop, open a card's logs and a picture, and close it", async (t) => {
  const page = await open(t, { viewport: { width: 1440, height: 900 } });
  /** Presses Tab until the element has the focus. */
  const tabTo = async (what, matches) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((matches) => document.activeElement.matches(matches), matches)) return;
    }
    assert.fail(`Tab never reaches ${what}`);
  };
  await tabTo("the first example", "#examples li:nth-child(3) button");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".picture").length === 4 && !document.body.classList.contains("running"));
  await tabTo("a picture", ".picture");
  await page.keyboard.press("Enter");
  await page.locator("#lightbox").waitFor();
  await page.keyboard.press("ArrowRight");
  await page.getByText("2 of 4").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#lightbox").waitFor({ state: "hidden" });
  assert.ok(await page.evaluate(() => document.activeElement.matches(".picture")), "the focus returns to the picture");
  await tabTo("Logs", ".answer footer button:nth-of-type(3)");
  await page.keyboard.press("Enter");
  await page.locator(".logs").waitFor();
  await tabTo("Break it", "#fault");
  await page.keyboard.press("H"); // "Hang in the middle"
  await tabTo("the message", "#message");
  await page.keyboard.type("A poem");
  await page.keyboard.press("Enter");
  await page.locator(".answer .text p").first().waitFor();
  await tabTo("Stop", "#stop");
  await page.keyboard.press("Enter");
  await page.locator(".answer .state").filter({ hasText: "Stopped, cancelled on the server" }).waitFor();
  await tabTo("the model", "#model");
  await page.keyboard.press("ArrowDown");
  await tabTo("the inspector's tabs", "#tab-inputs");
  await page.keyboard.press("ArrowRight");
  await page.locator("#code pre").first().waitFor();
});

test("the page does not move the focus by itself", async (t) => {
  const page = await open(t, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.localName);
  assert.equal(await focused(), "body");
  await page.locator("#message").fill("A poem");
  await page.locator("#send").tap();
  await page.waitForFunction(() => document.querySelector(".answer footer:not([hidden])"));
  assert.notEqual(await focused(), "message", "the keyboard of the screen would cover the answer");
});

test("touch targets are at least 44 pixels high and wide", async (t) => {
  for (const name of ["done", "lightbox", "inputs", "failed", "attached", "not started"]) {
    const page = await open(t, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, reducedMotion: "reduce" });
    await states[name](page);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("button, select, textarea, summary, input:not([type=file])")]
        .filter((element) => element.checkVisibility({ visibilityProperty: true }))
        .map((element) => {
          // The label of a checkbox is a target too.
          const { width, height } = (element.type === "checkbox" ? element.closest(".field") : element).getBoundingClientRect();
          return { element: element.outerHTML.slice(0, 80), width, height };
        })
        .filter(({ width, height }) => width < 44 || height < 44),
    );
    assert.deepEqual(small, [], name);
  }
});

test("state, progress, the chosen tab and the focus are visible in forced colours, and reduced motion stops the bar", async (t) => {
  const page = await open(t, { viewport: { width: 1440, height: 900 }, forcedColors: "active", reducedMotion: "reduce" });
  await states.writing(page);
  await page.focus("#message");
  const { background, animation, hidden, outline, ...shown } = await page.evaluate(() => {
    const style = (selector, part) => getComputedStyle(document.querySelector(selector), part);
    return {
      background: style("body").backgroundColor,
      animation: style(".bar", "::before").animationName,
      hidden: style("#tab-code").borderBottomColor,
      tab: style("#tab-inputs").borderBottomColor,
      bar: style(".bar", "::before").backgroundColor,
      dot: style(".state", "::before").backgroundColor,
      outline: style("#composer .box").outlineStyle,
    };
  });
  for (const [what, color] of Object.entries(shown)) assert.notEqual(color, background, what);
  assert.equal(hidden, background, "the tab that is not chosen has no line");
  assert.equal(outline, "solid", "the box around the message has the focus");
  assert.equal(animation, "none");
});

test("zoomed in by 400 %, the composer does not cover the page", async (t) => {
  const page = await open(t, { viewport: { width: 360, height: 225 } });
  await page.locator("#message").fill("A line\n".repeat(40));
  const { position, height } = await page.evaluate(() => ({
    position: getComputedStyle(document.getElementById("composer")).position,
    height: document.getElementById("message").getBoundingClientRect().height,
  }));
  assert.equal(position, "static");
  assert.ok(height <= 0.3 * 225 + 1, String(height));
});
