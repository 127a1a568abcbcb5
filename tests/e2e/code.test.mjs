// The code that the demo shows for a request works: the page's part in a page, the server's part in Node.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { after, test } from "node:test";
import { createSandbox } from "replicate-wasm/sandbox";
import { createFiles } from "../../www/files.mjs";
import { inEachEngine } from "../engines/engines.mjs";
import { lettersOf, openDemo } from "./demo.mjs";

/** Inside the project, so that the package is found by its name. */
const target = join(import.meta.dirname, "../../target");
mkdirSync(target, { recursive: true });
const folder = mkdtempSync(join(target, "demo-code-"));
after(() => rmSync(folder, { recursive: true }));

/** Starts the server's part as a program, on a free port in place of the one in the code, and with a fast sandbox. */
async function startProgram(t, code, env = {}) {
  const file = join(folder, "server.mjs");
  assert.match(code, /\.listen\(8787\);\n$/);
  const listen = '.listen(0, "127.0.0.1", function () { console.log(this.address().port); })';
  writeFileSync(file, code.replace(".listen(8787)", listen).replace("createSandbox()", "createSandbox({ stepMs: 1 })"));
  const child = spawn(process.execPath, [file], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill());
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return `http://127.0.0.1:${line.trim()}`;
}

/** Serves the page's part as a page and the package's files, and passes all other requests on to the server's part. */
async function servePage(t, code, server) {
  const files = createFiles();
  const html = `<!doctype html><title>Code</title><script type="importmap">{"imports":{"replicate-wasm":"/pkg/index.js"}}</script><body><script type="module" src="/code-of-the-page.js"></script>`;
  const front = createServer((req, res) => {
    if (req.url === "/") return res.writeHead(200, { "Content-Type": "text/html" }).end(html);
    if (req.url === "/code-of-the-page.js") return res.writeHead(200, { "Content-Type": "text/javascript" }).end(code);
    if (req.url.startsWith("/pkg/")) return files(req, res);
    const passed = request(server + req.url, { method: req.method, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      pipeline(answer, res, () => {}); // a connection that breaks on one side breaks on the other too
    });
    passed.on("error", () => res.destroy());
    req.pipe(passed);
  }).listen(0, "127.0.0.1");
  await once(front, "listening");
  t.after(() => {
    front.closeAllConnections();
    front.close();
  });
  return `http://localhost:${front.address().port}`;
}

const shownCode = (demo) => demo.page.locator("#code pre").allTextContents();

inEachEngine((engine) => {
  for (const [what, order, expected] of [
    ["a streamed text", { text: 'A poem about "quotes" and\nlines' }, "text"],
    ["a conversation by ReplicateHome", { model: "google-deepmind/gemma-2b-it", protocol: "home", text: "Write a short poem about spring." }, "text"],
    ["two pictures", { model: "black-forest-labs/flux-schnell", inputs: { num_outputs: "2" }, text: "A lake" }, "pictures"],
    ["a picture by ReplicateHome", { model: "stability-ai/stable-diffusion-3", protocol: "home", text: "A lake" }, "pictures"],
    ["a model of JSON", { model: "sandbox/tokens", json: '["Hel", "lo"]' }, "Hello"],
    ["a connection that breaks", { fault: "drop", text: "Write a short poem about spring." }, "text"],
  ]) {
    test(`${what}: page and server`, async (t) => {
      const demo = await openDemo(t, engine, { server: { sandbox: createSandbox({ stepMs: 1 }) } });
      if (order.model) await demo.choose(order.model);
      if (order.protocol) await demo.use(order.protocol);
      for (const [name, value] of Object.entries(order.inputs ?? {})) await demo.page.locator(`[name="${name}"]`).fill(value);
      if (order.json) await demo.page.locator(".json").fill(order.json);
      if (order.fault) await demo.breakIt(order.fault);
      await demo.message.fill(order.text ?? "");
      await demo.page.locator("#tab-code").click();
      await demo.page.waitFor(() => document.querySelectorAll("#code pre").length === 2);
      const [pageCode, serverCode] = await shownCode(demo);
      await demo.press("Send");
      assert.equal(await demo.end(), "Done");

      const server = await startProgram(t, serverCode);
      const page = await engine.open(t, await servePage(t, pageCode, server));
      const pictures = await demo.page.locator(".picture").count();
      if (expected === "pictures") {
        assert.ok(pictures > 0);
        await page.waitFor((count) => document.images.length === count && [...document.images].every(({ naturalWidth }) => naturalWidth > 0), pictures);
      } else {
        const text = expected === "text" ? await demo.letters() : expected;
        await page.waitFor((text) => document.body.textContent.replace(/\s+/g, "").length >= text.length, text);
        assert.equal(lettersOf(await page.evaluate(() => document.body.textContent)), text);
      }
      assert.deepEqual(await page.complaints().then((all) => all.filter((text) => !/ERR_|network|Load failed|connection/i.test(text))), []);
    });
  }

  test("with a token the server's part is a relay that allows only this model", async (t) => {
    const demo = await openDemo(t, engine, { server: { env: { REPLICATE_API_TOKEN: "r8_not-a-real-one", REPLICATE_MODELS: "owner/name" }, relay: { fetch: async () => new Response(null, { status: 404 }) } } });
    await demo.page.locator("#tab-code").click();
    await demo.page.waitFor(() => document.querySelectorAll("#code pre").length === 2);
    const [pageCode, serverCode] = await shownCode(demo);
    assert.match(pageCode, /new Replicate\(\{ baseUrl: "\/relay\/v1" \}\)/);
    const server = await startProgram(t, serverCode, { REPLICATE_API_TOKEN: "r8_not-a-real-one" });
    const answer = await fetch(`${server}/relay/v1/models/another/model/predictions`, { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"input":{}}' });
    assert.equal(answer.status, 403);
  });

  test("with a Cog server the server's part passes the requests on", async (t) => {
    const cog = createServer((req, res) => {
      res.writeHead(req.url === "/health-check" ? 200 : 404, { "Content-Type": "application/json" }).end('{"status":"READY"}');
    }).listen(0, "127.0.0.1");
    await once(cog, "listening");
    t.after(() => {
      cog.closeAllConnections();
      cog.close();
    });
    const demo = await openDemo(t, engine, { server: { env: { COG_URL: `http://127.0.0.1:${cog.address().port}` } } });
    await demo.page.locator("#tab-code").click();
    await demo.page.waitFor(() => document.querySelectorAll("#code pre").length === 2);
    const [pageCode, serverCode] = await shownCode(demo);
    assert.match(pageCode, /new Cog\(\{ baseUrl: "\/cog" \}\)/);
    const server = await startProgram(t, serverCode);
    assert.deepEqual(await (await fetch(`${server}/cog/health-check`)).json(), { status: "READY" });
  });

  test("Copy writes the code to the clipboard, or says that it is not allowed", async (t) => {
    const demo = await openDemo(t, engine);
    await demo.page.locator("#tab-code").click();
    await demo.page.evaluate(() => {
      navigator.clipboard.writeText = async (text) => void (globalThis.copied = text);
    });
    await demo.press("Copy: In the page");
    const [pageCode] = await shownCode(demo);
    assert.equal(await demo.page.waitFor(() => globalThis.copied), pageCode);
  });
});
