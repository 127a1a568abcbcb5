// Older tools and other environments: TypeScript since 4.9, Jest, and Vitest with jsdom and happy-dom.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createProject } from "./project.mjs";
import { serveSandbox } from "./sandbox.mjs";

const packages = join(import.meta.dirname, "tools/node_modules");

/** A project with the tools installed beside the package. */
function createProjectWithTools(app) {
  const project = createProject(app);
  symlinkSync(packages, join(project, "node_modules"));
  return project;
}

/** The output of a tool if it fails, else empty. */
const complaints = (project, file, args, env = {}) =>
  new Promise((resolve) => {
    const options = { cwd: project, env: { ...process.env, NO_COLOR: "1", ...env }, timeout: 120_000 };
    execFile(process.execPath, [join(packages, file), ...args], options, (error, stdout, stderr) => resolve(error ? stdout + stderr : ""));
  });

describe("every entry and its types are found, without skipLibCheck,", () => {
  const project = createProject("typescript");
  const strict = ["main.ts", "--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2018", "--lib", "es2018,dom"];
  const ways = {
    "by moduleResolution node": ["--module", "esnext", "--moduleResolution", "node"],
    "by moduleResolution node, without esModuleInterop": ["--module", "esnext", "--moduleResolution", "node", "--esModuleInterop", "false"],
    "by moduleResolution nodenext": ["--module", "nodenext", "--moduleResolution", "nodenext"],
  };
  for (const [way, options] of Object.entries(ways)) {
    for (const version of ["4.9", "5"]) {
      test(`${way}, by TypeScript ${version}`, async () => {
        assert.equal(await complaints(project, `typescript-${version}/bin/tsc`, [...strict, ...options]), "");
      });
    }
  }
});

test("Jest's node environment with Babel needs one line of configuration, transformIgnorePatterns", async (t) => {
  const { relay } = await serveSandbox(t);
  const args = ["--ci", "--no-cache"];
  assert.equal(await complaints(createProjectWithTools("jest"), "jest/bin/jest.js", args, { RELAY: relay }), "");
});

describe("Vitest reads, uploads and stops like a page in", () => {
  const project = createProjectWithTools("vitest");
  for (const environment of ["jsdom", "happy-dom"]) {
    test(environment, async (t) => {
      const { relay } = await serveSandbox(t);
      assert.equal(await complaints(project, "vitest/vitest.mjs", ["run", "--environment", environment], { RELAY: relay }), "");
    });
  }
});
