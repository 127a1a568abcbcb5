// Vite with TypeScript without a configuration: the dev server and the build.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, describe, test } from "node:test";
import { build, createServer } from "vite";
import { inEachEngine } from "../engines/engines.mjs";
import { readAnswer } from "./browser.mjs";
import { createProject } from "./project.mjs";
import { files, serveSandbox } from "./sandbox.mjs";

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const root = createProject("vite");
const options = { root, configFile: false, logLevel: "warn" };

describe("Vite with TypeScript", () => {
  before(() => build(options));

  inEachEngine((engine) => {
    /** Checks the page, then its worker. */
    async function assertPage(t, { url, assertAnswer }) {
      const { page, answer } = await readAnswer(t, engine, url);
      await assertAnswer(answer);
      await assertAnswer(await page.evaluate(() => globalThis.askWorker()));
    }

    test("a page of the dev server reads a text and an image, and so does its worker", async (t) => {
      const sandbox = await serveSandbox(t, (request, response) => vite.middlewares(request, response));
      const vite = await createServer({ ...options, server: { middlewareMode: true, hmr: { server: sandbox.server } } });
      t.after(() => vite.close());
      await assertPage(t, sandbox);
    });

    test("a built page reads a text and an image, and so does its worker", async (t) => {
      await assertPage(t, await serveSandbox(t, files(join(root, "dist"))));
    });
  });

  test("its sources compile under --strict", async () => {
    const complaints = await new Promise((resolve) => execFile(process.execPath, [tsc, "-p", root], (_, stdout, stderr) => resolve(stdout + stderr)));
    assert.equal(complaints, "");
  });
});
