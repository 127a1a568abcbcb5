// Next.js with its app router, built as a standalone server that runs in another folder.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { startProgram } from "../relay/program.mjs";
import { inEachEngine } from "../engines/engines.mjs";
import { readAnswer } from "./browser.mjs";
import { createProject } from "./project.mjs";
import { serveSandbox } from "./sandbox.mjs";

const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", HOSTNAME: "127.0.0.1" };

describe("a standalone server of Next.js, copied elsewhere,", () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "replicate-wasm-standalone-"));
  after(() => rmSync(elsewhere, { recursive: true }));

  before(async () => {
    const project = createProject("next");
    const next = join(project, "node_modules/next/dist/bin/next");
    await promisify(execFile)(process.execPath, [next, "build"], { cwd: project, env, timeout: 300_000 });
    cpSync(join(project, ".next/standalone/next"), elsewhere, { recursive: true, verbatimSymlinks: true });
    // Next.js does not copy the static files of pages, which may be served from elsewhere.
    cpSync(join(project, ".next/static"), join(elsewhere, ".next/static"), { recursive: true });
    rmSync(project, { recursive: true });
  });

  async function start(t) {
    const sandbox = await serveSandbox(t);
    const origin = await startProgram(t, [process.execPath, "server.js"], { cwd: elsewhere, env: { ...env, UPSTREAM: sandbox.relay } });
    return { ...sandbox, origin };
  }

  inEachEngine((engine) => {
    test("has a client component that reads a text and an image through the relay in a route", async (t) => {
      const { origin, assertAnswer } = await start(t);
      const { answer } = await readAnswer(t, engine, origin);
      await assertAnswer(answer);
    });

    test("has the README's page, app/ask/page.js, which shows an answer as it is written", async (t) => {
      const { origin } = await start(t);
      const page = await engine.open(t, `${origin}/ask`);
      await page.locator("input").fill("Spring");
      await page.getByRole("button", { name: "Ask" }).click();
      await page.waitFor(() => document.querySelector("output").textContent.split(" ").length > 10);
      assert.deepEqual(await page.complaints(), []);
    });
  });

  test("has a route that reads a text and an image on the server", async (t) => {
    const { origin, assertAnswer } = await start(t);
    const response = await fetch(`${origin}/predict`, { method: "POST" });
    assert.equal(response.status, 200, await response.clone().text());
    await assertAnswer(await response.json());
  });
});
