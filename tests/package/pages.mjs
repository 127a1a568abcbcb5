// Pages without a bundler: plain modules with an import map.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { inEachEngine } from "../engines/engines.mjs";
import { readAnswer } from "./browser.mjs";
import { createProject, folder } from "./project.mjs";
import { files, policy, serveSandbox } from "./sandbox.mjs";

const project = createProject("page");
const [, importMap] = readFileSync(join(project, "index.html"), "utf8").match(/<script type="importmap">([^]*?)<\/script>/);
/** An import map is inline, so the policy must allow it by its hash. */
const allowed = `'sha256-${createHash("sha256").update(importMap).digest("base64")}'`;

/** Serves the sandbox and the page. */
async function serve(t, scripts = `'wasm-unsafe-eval' ${allowed}`) {
  const sandbox = await serveSandbox(t, files(folder, policy(scripts)));
  return { ...sandbox, url: `${sandbox.url}/page/` };
}

describe("plain modules", () => {
  inEachEngine((engine) => {
    test("a page reads a text and an image under a strict Content-Security-Policy", async (t) => {
      const { url, assertAnswer } = await serve(t);
      const { answer } = await readAnswer(t, engine, url);
      await assertAnswer(answer);
    });

    test("under a policy without 'wasm-unsafe-eval' init() rejects", async (t) => {
      const { url } = await serve(t, allowed);
      const page = await engine.open(t, url);
      await page.waitFor(() => "answer" in globalThis);
      await assert.rejects(page.evaluate(() => globalThis.answer), /WebAssembly.*(CSP|Content Security Policy)/i);
    });

    test("the auto entry is initialised when its import resolves, and has the same classes as the main entry", async (t) => {
      const page = await engine.open(t, (await serve(t)).url);
      const seen = await page.evaluate(async () => {
        const auto = await import("replicate-wasm/auto");
        const { ReplicateHome } = auto;
        const named = await import("replicate-wasm");
        return { models: ReplicateHome.models.length, same: Object.keys(named).every((name) => named[name] === auto[name]), names: Object.keys(auto).length };
      });
      assert.equal(seen.models, 4);
      assert.ok(seen.same && seen.names > 5);
      assert.deepEqual(await page.complaints(), []);
    });

    test("a module worker streams like a page", async (t) => {
      const { url } = await serve(t);
      const page = await engine.open(t, url);
      const { text } = await page.waitFor(() => globalThis.answer);
      const streamed = await page.evaluate(
        () =>
          new Promise((resolve, reject) => {
            const pieces = [];
            const worker = new Worker("worker.js", { type: "module" });
            worker.onmessage = ({ data }) => (data === null ? resolve(pieces) : pieces.push(data));
            worker.onerror = ({ message }) => reject(new Error(message));
            worker.postMessage("Write a short poem about spring.");
          }),
      );
      assert.ok(streamed.length > 10);
      assert.equal(streamed.join(""), text);
      assert.deepEqual(await page.complaints(), []);
    });

    test("two copies in a page stream at the same time, each with its own errors", async (t) => {
      cpSync(join(folder, "node_modules/replicate-wasm"), join(folder, "copy"), { recursive: true });
      const page = await engine.open(t, (await serve(t)).url);
      const seen = await page.evaluate(async () => {
        const model = "sandbox/tokens";
        const copies = await Promise.all(["/node_modules/replicate-wasm/pkg/index.js", "/copy/pkg/index.js"].map((file) => import(file)));
        await Promise.all(copies.map(({ default: init }) => init()));
        const clients = copies.map(({ Replicate }) => new Replicate({ baseUrl: "/relay/v1" }));
        const streams = clients.map((client, copy) => client.streamText(model, { input: { tokens: ["a", "b", "c", "d"].map((letter) => letter + copy) } }));
        const texts = ["", ""];
        // In turns, so that both are open at the same time.
        for (let ended = 0; ended < 2; ) {
          ended = 0;
          for (const [copy, stream] of streams.entries()) {
            const { done, value } = await stream.next();
            if (done) ended++;
            else texts[copy] += value;
          }
        }
        const errors = await Promise.all(clients.map((client) => client.run(model, { input: {} }).catch((error) => error)));
        const belongs = copies.map(({ ReplicateError }) => errors.map((error) => error instanceof ReplicateError));
        return { texts, codes: errors.map(({ code }) => code), belongs };
      });
      assert.deepEqual(seen.texts, ["a0b0c0d0", "a1b1c1d1"]);
      assert.deepEqual(seen.codes, ["http", "http"]);
      assert.deepEqual(seen.belongs, [[true, false], [false, true]]);
      assert.deepEqual(await page.complaints(), []);
    });
  });
});
