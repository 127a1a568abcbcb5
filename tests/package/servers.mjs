// Programs on servers: each finds the package by its name and needs no init().

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { startWorker } from "../relay/workerd.mjs";
import { createProject, folder } from "./project.mjs";
import { serveSandbox } from "./sandbox.mjs";

const root = join(import.meta.dirname, "../..");
const bun = join(root, "node_modules/.bin/bun");
const deno = join(import.meta.dirname, "deno/node_modules/.bin/deno");
const cwd = createProject("server");
const env = { ...process.env, DENO_DIR: join(folder, "deno"), DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1" };
// A token of the environment would be sent to the sandbox.
delete env.REPLICATE_API_TOKEN;

const programs = {
  "Node, by import": [process.execPath, "import.mjs"],
  "Node, by require": [process.execPath, "require.cjs"],
  "Node, by import of the auto entry": [process.execPath, "auto.mjs"],
  Deno: [deno, "run", "--allow-net", "import.mjs"],
  Bun: [bun, "import.mjs"],
};

describe("a text and an image in", () => {
  for (const [name, [program, ...args]] of Object.entries(programs)) {
    const skip = args[0] === "require.cjs" && !process.features.require_module && "require() of ES modules needs Node 20.19";
    test(name, { skip }, async (t) => {
      const { relay, assertAnswer } = await serveSandbox(t);
      const { stdout } = await promisify(execFile)(program, [...args, relay], { cwd, env, timeout: 60_000, maxBuffer: 1 << 24 });
      await assertAnswer(JSON.parse(stdout));
    });
  }

  test("Cloudflare Workers", async (t) => {
    const { relay, assertAnswer } = await serveSandbox(t);
    const worker = await startWorker({ entry: join(createProject("worker"), "worker.js") }, { bindings: { SANDBOX: relay } });
    t.after(worker.close);
    const response = await fetch(worker.origin);
    assert.equal(response.status, 200, await response.clone().text());
    await assertAnswer(await response.json());
  });
});
