// The README's four steps from an empty folder to text on a page, done literally outside of this repository.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { join } from "node:path";
import { example } from "./blocks.mjs";
import { install, node } from "./fresh.mjs";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

/** Does the first three steps, and returns the folder. */
async function takeSteps(t) {
  const folder = await install(t, example("install"));
  await mkdir(join(folder, "public"));
  // A browser requests it by itself, and writes an error to the console if it is missing.
  await writeFile(join(folder, "public/favicon.ico"), "");
  await writeFile(join(folder, "public/main.js"), example("stream"));
  await writeFile(join(folder, "public/index.html"), example("page"));
  await writeFile(join(folder, "server.mjs"), example("server"));
  return folder;
}

/** Does the fourth step until the test ends, and returns the URL that the server prints. */
async function serve(t, line, cwd, env) {
  const [command, ...args] = line.trim().split(" ");
  const server = spawn(command, args, { cwd, env: { ...process.env, PORT: await freePort(), ...env }, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => server.kill());
  server.stdout.setEncoding("utf8");
  const [printed] = await once(server.stdout, "data");
  const [, url] = printed.match(/^Open (http:\/\/localhost:\d+)\n$/) ?? assert.fail(printed);
  return url;
}

/** Checks that the page shows a poem, without warnings and errors. */
async function assertPoem(t, engine, url) {
  const page = await engine.open(t, url);
  await page.waitFor(() => document.body.textContent.trim().split(/\s+/).length > 10);
  assert.deepEqual(await page.complaints(), []);
}

/** The steps without a page. */
export const steps = {
  install: [
    "npm installs the package, and it is there by its name",
    async (t, line) => {
      const folder = await install(t, line);
      const models = await node('import { ReplicateHome } from "replicate-wasm"; console.log(ReplicateHome.models.length);', folder);
      assert.equal(models, "4\n");
    },
  ],
  server: [
    "with a token the server is the relay, which refuses a model that is not listed",
    async (t, code) => {
      assert.ok(code.includes("createRelay"));
      const url = await serve(t, example("serve"), await takeSteps(t), { REPLICATE_API_TOKEN: "r8_of-nobody" });
      const headers = { "content-type": "application/json" };
      const create = (model) => fetch(`${url}/relay/v1/models/${model}/predictions`, { method: "POST", headers, body: '{"input":{}}' });
      assert.equal((await create("somebody/else")).status, 403);
    },
  ],
};

export const stepsInPages = {
  page: "serve",
  serve: [
    "four steps lead from an empty folder to a poem on a page",
    async (t, line, engine) => assertPoem(t, engine, await serve(t, line, await takeSteps(t), { REPLICATE_API_TOKEN: "" })),
  ],
  vite: [
    "Vite passes the relay's requests on, and its page shows a poem",
    async (t, config, engine) => {
      const folder = await takeSteps(t);
      const { port } = new URL(await serve(t, example("serve"), folder, { REPLICATE_API_TOKEN: "" }));
      const site = join(folder, "site");
      await mkdir(site);
      await writeFile(join(site, "vite.config.mjs"), config.replace("8787", port));
      await writeFile(join(site, "main.js"), example("stream"));
      await writeFile(join(site, "index.html"), '<!doctype html><link rel="icon" href="data:,"><body><script type="module" src="/main.js"></script></body>');
      const { createServer } = await import(createRequire(new URL("../package/", import.meta.url)).resolve("vite"));
      const vite = await createServer({ root: site, logLevel: "warn", server: { port: 0, host: "127.0.0.1" } });
      try {
        await vite.listen();
        await assertPoem(t, engine, vite.resolvedUrls.local[0]);
      } finally {
        // Before the folder is removed, in which Vite has a cache.
        await vite.close();
      }
    },
  ],
};
