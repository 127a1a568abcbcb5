// Examples of a project's set-up: each in a fresh project with the real tool.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { files, serveSandbox } from "../package/sandbox.mjs";
import { example, root } from "./blocks.mjs";
import { execute, freshProject } from "./fresh.mjs";

const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

/** TypeScript's errors in a module of a page. */
async function complaints(folder, code) {
  await writeFile(join(folder, "main.ts"), code);
  const options = ["--noEmit", "--strict", "--skipLibCheck", "false", "--module", "esnext", "--moduleResolution", "bundler"];
  const { stdout } = await execute(process.execPath, [tsc, ...options, "--target", "es2022", "--lib", "es2022,dom", "main.ts"], { cwd: folder }).catch((error) => error);
  return stdout;
}

/** Bundles a module of a project like Angular: with esbuild, without the WebAssembly file. */
const bundle = (folder, contents, options) =>
  build({ stdin: { contents, resolveDir: folder }, bundle: true, format: "esm", outfile: join(folder, "dist/main.js"), logLevel: "error", ...options });

/** The examples without a page. */
export const projects = {
  typescript: [
    "TypeScript knows the output's type, and refuses a wrong input",
    async (t, code) => {
      const folder = await freshProject(t);
      assert.equal(await complaints(folder, code), "");
      assert.match(await complaints(folder, code.replace("num_outputs: 2", "num_outputs: 5")), /TS2322.*'5'/);
      assert.match(await complaints(folder, code.replace(": string[]", ": number[]")), /TS2322/);
    },
  ],
  edge: [
    "init() takes a module that was compiled before, where nothing may be compiled",
    async (t, code) => {
      const folder = await freshProject(t);
      const wasm = "module.wasm";
      const handler = "export default { fetch: async () => new Response(await new Replicate({ baseUrl: 'http://localhost/v1', fetch: createSandbox() }).run('replicate/hello-world', { input: { text: 'Alice' } })) };";
      const sandbox = 'import { createSandbox } from "replicate-wasm/sandbox";';
      const { metafile } = await bundle(folder, `${sandbox}\n${code}\n${handler}`, {
        metafile: true,
        conditions: ["edge-light"],
        plugins: [{ name: "module", setup: ({ onResolve }) => onResolve({ filter: /\.wasm\?module$/ }, () => ({ path: `./${wasm}`, external: true })) }],
      });
      assert.ok(Object.keys(metafile.inputs).some((path) => path.endsWith("pkg/index.js")), "the entry is the one that needs init()");
      const worker = new Miniflare({
        modulesRoot: folder,
        modules: [
          { type: "ESModule", path: join(folder, "main.js"), contents: await readFile(join(folder, "dist/main.js")) },
          { type: "CompiledWasm", path: join(folder, wasm), contents: await readFile(join(folder, "node_modules/replicate-wasm/pkg/replicate_bg.wasm")) },
        ],
        compatibilityDate: "2026-04-01",
        host: "127.0.0.1",
        port: 0,
      });
      t.after(() => worker.dispose());
      const answer = await fetch(await worker.ready);
      assert.equal(await answer.text(), "hello Alice");
    },
  ],
};

export const projectsInPages = {
  "angular-assets": "angular",
  angular: [
    "init() finds the module at an address of one's own, where the asset was copied",
    async (t, code, engine) => {
      const folder = await freshProject(t);
      const { glob, input, output } = JSON.parse(example("angular-assets"));
      const dist = join(folder, "dist");
      await bundle(folder, `${code}\nimport { ReplicateHome } from "replicate-wasm";\nglobalThis.answer = ReplicateHome.models.length;`);
      await mkdir(join(dist, output), { recursive: true });
      await cp(join(folder, input, glob), join(dist, output, basename(glob)));
      await writeFile(join(dist, "index.html"), '<!doctype html><script type="module" src="main.js"></script>');
      const { url } = await serveSandbox(t, files(dist));
      const page = await engine.open(t, url);
      assert.equal(await page.waitFor(() => globalThis.answer), 4);
      assert.deepEqual(await page.complaints(), []);
    },
  ],
};
