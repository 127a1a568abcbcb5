// webpack and esbuild without a configuration.

import { execSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { before, describe, test } from "node:test";
import { promisify } from "node:util";
import webpack from "webpack";
import { inEachEngine } from "../engines/engines.mjs";
import { readAnswer } from "./browser.mjs";
import { createProject, folder } from "./project.mjs";
import { files, serveSandbox } from "./sandbox.mjs";

const root = join(import.meta.dirname, "../..");

/** The options that esbuild needs, as in the README. */
const ESBUILD = "esbuild main.js --bundle --format=esm --outdir=dist && cp node_modules/replicate-wasm/pkg/replicate_bg.wasm dist";

/** Builds the page with webpack. Returns its folder. */
async function bundleByWebpack() {
  const context = createProject("page", "webpack");
  const compiler = webpack({ mode: "production", context, entry: "./main.js", output: { path: join(context, "dist") } });
  const stats = await promisify(compiler.run.bind(compiler))();
  await promisify(compiler.close.bind(compiler))();
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
  if (errors.length + warnings.length) throw new Error([...errors, ...warnings].map(({ message }) => message).join("\n"));
  return join(context, "dist");
}

/** Builds the page with esbuild, with the line of the README. Returns its folder. */
function bundleByEsbuild() {
  const project = createProject("page", "esbuild");
  symlinkSync(join(folder, "node_modules"), join(project, "node_modules"));
  execSync(ESBUILD, { cwd: project, stdio: "pipe", env: { ...process.env, PATH: join(root, "node_modules/.bin") + delimiter + process.env.PATH } });
  return join(project, "dist");
}

const bundlers = {
  webpack: [bundleByWebpack, '<script src="main.js"></script>'],
  "esbuild, by the line in the README,": [bundleByEsbuild, '<script type="module" src="main.js"></script>'],
};

for (const [bundler, [bundle, script]] of Object.entries(bundlers)) {
  describe(`a page built for production by ${bundler}`, () => {
    let dist;
    before(async () => {
      dist = await bundle();
      writeFileSync(join(dist, "index.html"), `<!doctype html><html lang="en"><title>replicate-wasm</title><body>${script}</body></html>`);
    });

    inEachEngine((engine) => {
      test("reads a text and an image", async (t) => {
        const { url, assertAnswer } = await serveSandbox(t, files(dist));
        const { answer } = await readAnswer(t, engine, url);
        await assertAnswer(answer);
      });
    });
  });
}
