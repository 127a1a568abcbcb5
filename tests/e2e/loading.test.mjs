// When a part of the page cannot be loaded, the page shows a reason and a button, and does not stay at "Loading …".

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { test } from "node:test";
import { createSandbox } from "replicate-wasm/sandbox";
import { serve } from "../../www/serve.mjs";
import { inEachEngine } from "../engines/engines.mjs";
import { until } from "../relay/upstream.mjs";

/** A server in front of the demo's, which answers some paths itself. */
async function startBefore(t, broken) {
  const demo = await serve({ port: 0, sandbox: createSandbox({ stepMs: 2 }) });
  const { port } = new URL(demo.url);
  const answers = { ...broken };
  const asked = [];
  const server = createServer((req, res) => {
    asked.push(req.url);
    const answer = answers[req.url];
    if (answer) return answer(res);
    // The demo answers only to its own host and origin.
    const { origin, ...headers } = req.headers;
    const options = { host: "127.0.0.1", port, path: req.url, method: req.method, headers: { ...headers, host: `localhost:${port}` } };
    const passed = request(options, (from) => {
      res.writeHead(from.statusCode, from.headers);
      from.pipe(res);
    });
    passed.on("error", () => res.destroy());
    req.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
    return demo.close();
  });
  return { url: `http://localhost:${server.address().port}`, asked, mend: () => Object.keys(answers).forEach((path) => delete answers[path]) };
}

/** Opens the page without waiting for its load, which in Firefox comes after all preloaded modules. */
async function openEarly(t, engine, url) {
  const page = await engine.open(t, `${url}/icon.svg`);
  await page.evaluate(() => void setTimeout(() => (location.href = "/")));
  await page.waitFor(() => document.getElementById("code") !== null);
  return page;
}

const fresh = { "Cache-Control": "no-store" };
const status = (code) => (res) => res.writeHead(code, fresh).end();
const content = (type, body) => (res) => res.writeHead(200, { "Content-Type": type, ...fresh }).end(body);
const drop = (res) => res.destroy();

inEachEngine((engine) => {
  for (const [what, path, answer, words] of [
    ["demo.json is refused", "/demo.json", status(500), /demo\.json was answered with status 500/],
    ["demo.json is a page", "/demo.json", content("text/html", "<!doctype html><p>Sign in"), /demo\.json is not JSON/],
    ["demo.json does not come", "/demo.json", drop, /could not start: ./],
    ["the wasm is missing", "/pkg/replicate_bg.wasm", status(404), /replicate_bg\.wasm was answered with status 404/],
    ["the wasm is a page", "/pkg/replicate_bg.wasm", content("text/html", "<!doctype html><p>Sign in"), /could not start: ./],
    ["a module of the page is missing", "/card.js", status(404), /could not start: a part of it could not be loaded/],
    ["a module of the package is missing", "/pkg/index.js", status(404), /could not start: a part of it could not be loaded/],
    ["a module has a wrong type", "/markdown.js", content("text/html", "<p>"), /could not start: a part of it could not be loaded/],
    ["a module is no JavaScript", "/code.js", content("text/javascript", "export const ="), /could not start: ./],
    ["the models are refused", "/sandbox/v1/models", status(403), /could not start: .*403/],
  ]) {
    test(`${what}: the page shows a reason and a button that reloads it`, async (t) => {
      const { url, mend } = await startBefore(t, { [path]: answer });
      const page = await engine.open(t, url);
      const failure = page.locator("#failure");
      await page.waitFor(() => document.querySelector("#failure p").textContent.includes("could not start"));
      assert.match(await failure.locator("p").textContent(), words);
      assert.doesNotMatch(await page.locator("#backend").textContent(), /Loading/);
      assert.ok(await page.locator("#send").isDisabled());
      mend();
      await page.getByRole("button", { name: "Reload" }).evaluate((button) => void button.click());
      await page.waitFor(() => !document.getElementById("model").disabled && document.getElementById("failure").hidden);
    });
  }

  test("a message that is typed before the page has loaded is kept", async (t) => {
    const waiting = [];
    const { url, mend } = await startBefore(t, { "/demo.json": (res) => void waiting.push(res) });
    const page = await engine.open(t, url);
    await page.locator("#message").fill("An early thought");
    mend();
    for (const res of waiting) res.writeHead(200, { "Content-Type": "application/json" }).end('{"kind":"sandbox","base":"/sandbox"}');
    await page.waitFor(() => !document.getElementById("send").disabled);
    assert.equal(await page.locator("#message").inputValue(), "An early thought");
  });

  test("a message is sent and answered before the code, the lightbox and the examples are loaded", async (t) => {
    const late = ["/code.js", "/lightbox.js", "/examples.js"];
    const waiting = Object.fromEntries(["/demo.json", ...late].map((path) => [path, []]));
    const { url } = await startBefore(t, Object.fromEntries(Object.entries(waiting).map(([path, held]) => [path, (res) => void held.push(res)])));
    const page = await openEarly(t, engine, url);
    await page.evaluate(() => void (document.getElementById("code").hidden = false));
    for (const res of waiting["/demo.json"]) content("application/json", '{"kind":"sandbox","base":"/sandbox"}')(res);
    await page.locator("#message").fill("An early thought");
    await page.waitFor(() => !document.getElementById("send").disabled);
    await page.getByRole("button", { name: "Send" }).evaluate((button) => void button.click());
    await page.waitFor(() => document.querySelector(".answer .state")?.textContent === "Done");
    for (const path of late) {
      await until(() => waiting[path].length > 0);
      for (const res of waiting[path]) content("text/javascript", readFileSync(new URL(`../../www${path}`, import.meta.url)))(res);
    }
    await page.waitFor(() => document.getElementById("code").textContent.includes("replicate"));
  });

  test("Send can be pressed before the conversation is loaded: what was written then is sent, once", async (t) => {
    const waiting = { "/demo.json": [], "/conversation.js": [] };
    const hold = (path) => (res) => void waiting[path].push(res);
    const { url } = await startBefore(t, { "/demo.json": hold("/demo.json"), "/conversation.js": hold("/conversation.js") });
    const page = await openEarly(t, engine, url);
    for (const res of waiting["/demo.json"]) content("application/json", '{"kind":"sandbox","base":"/sandbox"}')(res);
    await page.locator("#message").fill("An early thought");
    await page.waitFor(() => !document.getElementById("send").disabled);
    await page.evaluate(() => {
      document.getElementById("send").click();
      document.getElementById("composer").requestSubmit();
    });
    assert.ok(await page.locator("#send").isDisabled());
    await page.locator("#message").fill("A second thought");
    await until(() => waiting["/conversation.js"].length > 0);
    for (const res of waiting["/conversation.js"]) content("text/javascript", readFileSync(new URL("../../www/conversation.js", import.meta.url)))(res);
    await page.waitFor(() => document.querySelector(".answer .state")?.textContent === "Done");
    assert.deepEqual(await page.locator(".question p").allTextContents(), ["An early thought"]);
    assert.equal(await page.locator("#message").inputValue(), "A second thought");
  });

  test("the welcome stays when nothing could be restored, however late its examples load", async (t) => {
    const waiting = { "/demo.json": [], "/examples.js": [] };
    const hold = (path) => (res) => void waiting[path].push(res);
    const { url } = await startBefore(t, { "/demo.json": hold("/demo.json"), "/examples.js": hold("/examples.js") });
    const page = await openEarly(t, engine, url);
    await page.evaluate(() => sessionStorage.setItem("turns", JSON.stringify([{ modelName: "a-model/of-before", files: [] }])));
    for (const res of waiting["/demo.json"]) content("application/json", '{"kind":"sandbox","base":"/sandbox"}')(res);
    // The conversation has been restored, and is empty.
    await page.waitFor(() => !document.getElementById("welcome").hidden);
    await until(() => waiting["/examples.js"].length > 0);
    for (const res of waiting["/examples.js"]) content("text/javascript", readFileSync(new URL("../../www/examples.js", import.meta.url)))(res);
    await page.waitFor(() => document.querySelector("#welcome button"));
    assert.equal(await page.evaluate(() => document.getElementById("welcome").hidden), false);
  });

  test("the page preloads all modules, and fetches demo.json and the wasm once", async (t) => {
    const { url, asked } = await startBefore(t, {});
    const page = await engine.open(t, url);
    await page.waitFor(() => !document.getElementById("model").disabled);
    const modules = await page.evaluate(() => {
      const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
      const preloaded = [...document.querySelectorAll("link[rel=modulepreload]")].map(({ href }) => new URL(href).pathname);
      const isModule = (path) => path.endsWith(".js") && path !== "/boot.js";
      return [...new Set(loaded.filter(isModule))].filter((path) => !preloaded.includes(path));
    });
    assert.deepEqual(modules, [], "modules that are not preloaded");
    const times = ["/demo.json", "/pkg/replicate_bg.wasm", "/sandbox/v1/models"].map((path) => asked.filter((one) => one === path).length);
    assert.deepEqual(times, [1, 1, 1]);
  });
});
