// webpack and esbuild, as they are without a configuration.

import { execSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import webpack from "webpack";
import { readAnswer } from "./browser.mjs";
import { createProject, folder } from "./project.mjs";
import { files, serveSandbox } from "./sandbox.mjs";

const root = join(import.meta.dirname, "../..");

/** What esbuild needs, as the README says it. */
const ESBUILD = "esbuild main.js --bundle --format=esm --outdir=dist && cp node_modules/replicate-wasm/pkg/replicate_bg.wasm dist";

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

  test("esbuild does, by the line in the README", async (t) => {
    const project = createProject("page", "esbuild");
    symlinkSync(join(folder, "node_modules"), join(project, "node_modules"));
    execSync(ESBUILD, { cwd: project, stdio: "pipe", env: { ...process.env, PATH: join(root, "node_modules/.bin") + delimiter + process.env.PATH } });
    await assertPage(t, join(project, "dist"), '<script type="module" src="main.js"></script>');
  });
});
