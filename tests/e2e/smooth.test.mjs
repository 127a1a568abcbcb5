// Long answers are rendered smoothly: in each frame there is at most one write and one read of the layout.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSandbox } from "replicate-wasm/sandbox";
import { inEachEngine } from "../engines/engines.mjs";
import { openDemo } from "./demo.mjs";

const words = Array.from({ length: 20_000 }, (_, i) => (i % 15 ? ` word${i}` : `\n\n**word${i}**`));

/** Called in the page: counts for each frame the tasks that change the answer's text and the reads of the layout. */
function watch() {
  const counts = { frames: 0, writes: [], looks: [] };
  let writes = 0;
  let looks = 0;
  const next = () => {
    // These are the counts of the frame before: this callback was requested first, so it runs before the writes of this frame.
    counts.writes.push(writes);
    counts.looks.push(looks);
    counts.frames++;
    writes = looks = 0;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  new MutationObserver((records) => {
    if (records.some(({ target }) => (target.parentElement ?? target).closest?.(".text"))) writes++;
  }).observe(document.getElementById("conversation"), { subtree: true, childList: true, characterData: true });
  const spy = (prototype, name) => {
    const { get, set, ...rest } = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, {
      ...rest,
      set,
      get() {
        looks++;
        return get.call(this);
      },
    });
  };
  for (const name of ["scrollHeight", "scrollTop", "clientHeight", "clientWidth"]) spy(Element.prototype, name);
  for (const name of ["offsetHeight", "offsetWidth", "offsetTop"]) spy(HTMLElement.prototype, name);
  for (const [object, name] of [
    [Element.prototype, "getBoundingClientRect"],
    [Element.prototype, "scrollIntoView"],
  ]) {
    const call = object[name];
    object[name] = function (...args) {
      looks++;
      return call.apply(this, args);
    };
  }
  globalThis.counts = counts;
}

inEachEngine((engine) => {
  async function open(t, { stepMs = 0.2, tokens = words } = {}) {
    const demo = await openDemo(t, engine, { server: { sandbox: createSandbox({ stepMs }) } });
    await demo.choose("sandbox/tokens");
    await demo.page.locator(".json").fill(JSON.stringify(tokens));
    return demo;
  }

  test("20,000 tokens cause at most one write and one read of the layout in each frame, and the page stays scrolled to its end", async (t) => {
    const demo = await open(t);
    await demo.page.evaluate(watch);
    await demo.press("Send");
    assert.equal(await demo.end(), "Done");
    const { frames, writes, looks } = await demo.page.evaluate(() => counts);
    const busy = writes.filter((count) => count > 0).length;
    assert.ok(busy >= 5, `only ${busy} of ${frames} frames wrote`);
    // At the end the rest is written at once, since a hidden tab has no further frames.
    const before = writes.slice(0, writes.findLastIndex((count) => count > 0));
    assert.ok(Math.max(...before) <= 1, `writes in a frame: ${before.filter((count) => count > 1)}`);
    assert.ok(Math.max(...looks) <= 1, `layout reads in a frame: ${looks.filter((count) => count > 1)}`);
    assert.equal((await demo.letters()).length, words.join("").replace(/[\s*]/g, "").length);
    await demo.page.waitFor(() => document.documentElement.scrollHeight - scrollY - innerHeight < 5);
  });

  test("the page does not scroll after a reader has scrolled up, and scrolls to the end after a message is sent", async (t) => {
    const demo = await open(t, { tokens: words.slice(0, 8000) });
    await demo.press("Send");
    await demo.page.waitFor(() => scrollY > 500);
    await demo.page.evaluate(() => scrollTo({ top: 100, behavior: "instant" }));
    await demo.end();
    assert.equal(await demo.page.evaluate(() => scrollY), 100);
    await demo.page.locator(".json").fill('["x"]');
    await demo.press("Send");
    await demo.page.waitFor(() => document.documentElement.scrollHeight - scrollY - innerHeight < 5);
  });

  test("Stop ends a fast stream at once", async (t) => {
    const demo = await open(t, { stepMs: 1 });
    await demo.press("Send");
    await demo.answer.locator(".text p").first().waitFor();
    // The click stops the answer in its own task, so nothing is written after it.
    const after = await demo.page.evaluate(() => {
      document.getElementById("stop").click();
      return document.querySelector(".answer .state").textContent;
    });
    assert.equal(after, "Stopping");
    assert.match(await demo.end(), /^Stopped/);
    assert.ok((await demo.letters()).length < words.join("").length / 2, "most of the text was not read");
  });
});
