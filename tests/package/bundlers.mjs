// webpack and esbuild, as they are without a configuration.

import { execFileSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import webpack from "webpack";
import { readAnswer } from "./browser.mjs";
import { createProject, folder } from "./project.mjs";
import { files, serveSandbox } from "./sandbox.mjs";

const esbuild = join(dirname(createRequire(import.meta.url).resolve("esbuild/package.json")), "bin/esbuild");

/** A page with this script reads a text and an image. */
async function assertPage(t, dist, script) {
  writeFileSync(join(dist, "index.html"), `<!doctype html><html lang="en"><title>replicate-wasm</title><body>${script}</body></html>`);
  const { url, assertAnswer } = await serveSandbox(t, files(dist));
  const { answer } = await readAnswer(t, url);
  await assertAnswer(answer);
}

describe("a page built for production by", () => {
  test("webpack reads a text and an image", async (t) => {
    const context = createProject("page", "webpack");
    const compiler = webpack({ mode: "production", context, entry: "./main.js", output: { path: join(context, "dist") } });
    const stats = await promisify(compiler.run.bind(compiler))();
    t.after(() => promisify(compiler.close.bind(compiler))());
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    if (errors.length + warnings.length) throw new Error([...errors, ...warnings].map(({ message }) => message).join("\n"));
    await assertPage(t, join(context, "dist"), '<script src="main.js"></script>');
  });

  test("esbuild does, with the module copied beside it", async (t) => {
    const project = createProject("page", "esbuild");
    execFileSync(esbuild, ["main.js", "--bundle", "--minify", "--format=esm", "--outdir=dist", "--log-level=warning"], { cwd: project });
    cpSync(join(folder, "node_modules/replicate-wasm/pkg/replicate_bg.wasm"), join(project, "dist/replicate_bg.wasm"));
    await assertPage(t, join(project, "dist"), '<script type="module" src="main.js"></script>');
  });
});
