// The functions of a page work in each engine.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { inEachEngine } from "./engines.mjs";

const HTML = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A page</title>
<form onsubmit="event.preventDefault(); said.textContent = message.value; done.hidden = false">
  <label>Message <textarea id="message" onkeydown="if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); form.requestSubmit() }"></textarea></label>
  <label>Model <select><option value="a">Ant</option><option value="b">Bee</option></select></label>
  <label><input type="radio" name="way" value="one">One way</label>
  <button>Send</button> <button type="button" disabled>Stop</button>
</form>
<output id="said"></output><p id="done" hidden>All is <b>said</b> and done.</p>`;

let url;
let server;
before(async () => {
  server = createServer((request, response) => {
    if (request.url === "/data") return response.end("data");
    response.writeHead(200, { "content-type": "text/html" }).end(HTML);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}/`;
});
after(() => (server.closeAllConnections(), server.close()));

inEachEngine((engine) => {
  test("evaluate() copies the argument and the result, with undefined, and throws the page's error", async (t) => {
    const page = await engine.open(t, url);
    assert.deepEqual(await page.evaluate(async (arg) => [arg, document.title, undefined], { text: "ü\n", none: undefined }), [{ text: "ü\n", none: undefined }, "A page", undefined]);
    assert.equal(await page.evaluate(() => {}), undefined);
    await assert.rejects(page.evaluate(() => Promise.reject(new TypeError("No such thing"))), { name: "TypeError", message: "No such thing" });
    assert.equal(await page.waitFor((least) => ((globalThis.count = (globalThis.count ?? 0) + 1) >= least ? globalThis.count : 0), 3), 3);
  });

  test("a call that never settles is an error that names it", async (t) => {
    const page = await engine.open(t, url, { limitMs: 5000 });
    await assert.rejects(page.evaluate(() => new Promise(() => {})), /^Error: No answer within 5000 ms: evaluate\(.*new Promise/s);
  });

  test("typing, pressing keys, choosing and clicking work", async (t) => {
    const page = await engine.open(t, url);
    const message = page.getByRole("textbox", { name: "Message" });
    await message.type("One");
    await page.press("Shift+Enter");
    await page.type("two");
    await page.press("Enter");
    await page.locator("#done").waitFor();
    assert.equal(await page.getByRole("status").textContent(), "One\ntwo");
    await message.fill("Three");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("status").getByText(/^Three$/).waitFor();
    await page.getByRole("combobox").select("Bee");
    assert.equal(await page.getByRole("combobox", { name: /^model/i }).inputValue(), "b");
    await page.getByRole("radio", { name: "One" }).click();
    assert.equal(await page.locator("input").evaluate(({ checked }) => checked), true);
    assert.equal(await page.getByRole("button", { name: "Stop" }).isDisabled(), true);
  });

  test("elements are found by visibility, as the innermost or the last, and several are an error", async (t) => {
    const page = await engine.open(t, url);
    assert.equal(await page.getByRole("button").count(), 2);
    assert.equal(await page.getByRole("button").last().textContent(), "Stop");
    await assert.rejects(page.getByRole("button").click(), /^Error: 2 elements fit/);
    assert.equal(await page.locator("#done").isVisible(), false);
    assert.deepEqual(await page.getByText("and done").allTextContents(), ["All is said and done."]);
    assert.deepEqual(await page.getByText(/^said$/).allTextContents(), ["said"]);
    await page.getByText("and done").waitFor({ hidden: true });
  });

  test("messages() has the messages of this page and of the page before", async (t) => {
    const page = await engine.open(t, url);
    await page.evaluate(() => {
      console.log("a", 1);
      console.warn("careful");
      setTimeout(() => {
        throw new Error("nobody caught it");
      });
      Promise.reject(new Error("nor that"));
      return new Promise((resolve) => setTimeout(resolve, 10));
    });
    await page.reload();
    await page.evaluate(() => console.error("wrong"));
    const messages = await page.messages();
    assert.deepEqual(messages[0], { type: "log", text: "a 1" });
    assert.deepEqual(messages.map(({ type }) => type).sort(), ["error", "log", "uncaught", "uncaught", "warning"]);
    assert.ok((await page.complaints()).some((text) => text.includes("nobody caught it")));
    assert.ok((await page.complaints()).some((text) => text.includes("nor that")));
    assert.equal((await page.complaints()).at(-1), "wrong");
  });

  test("an offline page has navigator.onLine false, and its requests fail", async (t) => {
    const page = await engine.open(t, url);
    const seen = () => page.evaluate(async () => [navigator.onLine, await fetch("/data").then((response) => response.text(), ({ name }) => name)]);
    assert.deepEqual(await seen(), [true, "data"]);
    await page.evaluate(() => {
      globalThis.events = [];
      for (const type of ["offline", "online"]) addEventListener(type, () => events.push(type));
    });
    await page.setOffline(true);
    await page.waitFor(() => events.includes("offline"));
    assert.deepEqual(await seen(), [false, "TypeError"]);
    await page.setOffline(false);
    await page.waitFor(() => events.includes("online"));
    assert.deepEqual(await seen(), [true, "data"]);
  });

  test("a page is restored when the browser goes back", async (t) => {
    const page = await engine.open(t, url);
    await page.evaluate(() => {
      globalThis.mark = 7;
    });
    await page.goAway();
    assert.equal(await page.evaluate(() => globalThis.mark), undefined);
    assert.equal(await page.goBack(), true);
    assert.equal(await page.url(), url);
    assert.equal(await page.evaluate(() => globalThis.mark), 7);
    await page.reload();
    assert.equal(await page.evaluate(() => globalThis.mark), undefined);
  });

  test("collectGarbage() collects garbage", async (t) => {
    const page = await engine.open(t, url);
    await page.evaluate(() => {
      globalThis.weak = new WeakRef({});
    });
    await page.collectGarbage();
    assert.equal(await page.evaluate(() => weak.deref()), undefined);
  });

  test("a screenshot has the size of the viewport, which can be small except in WebKit", async (t) => {
    const page = await engine.open(t, url, { width: 800, height: 600 });
    const png = await page.screenshot();
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [800, 600]);
    await page.setSize(360, 640);
    const width = await page.evaluate(() => innerWidth);
    assert.ok(width === 360 || engine.name === "WebKit", `${width}`);
  });
});
