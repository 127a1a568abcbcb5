/** Each example of the README in its own runtime: a small project in a temporary folder, tested over HTTP. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { request } from "node:http";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createSandbox } from "../../src/sandbox/index.js";
import { toNodeHandler } from "../../src/relay/index.js";
import { startProgram } from "./program.mjs";
import { startRedis } from "./redis-server.mjs";
import { send } from "./send.mjs";
import { listen, token, until } from "./upstream.mjs";
import { startWorker } from "./workerd.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The folder of a package. Deno has its own, see tests/package/package.json. */
const modules = (name) => join(root, name === "deno" ? "tests/package/deno/node_modules" : "node_modules");
const installed = (name) => existsSync(join(modules(name), name));
const bin = (name) => join(modules(name), ".bin", name);
const missing = (...names) => {
  const absent = names.filter((name) => !installed(name));
  return absent.length > 0 && `not installed: ${absent.join(", ")}`;
};

const session = `export const userOf = (request) => request.headers.get("x-user");\n`;
// The examples use Replicate itself. In these tests its two hosts lead to the sandbox.
const redirect = `const { fetch } = globalThis;
globalThis.fetch = (url, init) => fetch(String(url).replace(/^https:\\/\\/(api|stream)\\.replicate\\.com/, process.env.UPSTREAM), init);\n`;

let project;
let upstream;

before(async () => {
  project = await mkdtemp(join(tmpdir(), "relay-examples-"));
  const relay = join(project, "node_modules/replicate-wasm");
  await cp(fileURLToPath(new URL("examples", import.meta.url)), project, { recursive: true });
  await mkdir(relay, { recursive: true });
  await cp(join(root, "src/relay"), join(relay, "relay"), { recursive: true });
  await writeFile(
    join(relay, "package.json"),
    JSON.stringify({ name: "replicate-wasm", version: "0.0.0", type: "module", exports: { "./relay": "./relay/index.js" } }),
  );
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module", dependencies: { "replicate-wasm": "*" } }));
  await writeFile(join(project, "session.js"), session);
  await writeFile(join(project, "redirect.js"), redirect);
  for (const name of ["express", "hono", "redis"])
    if (installed(name)) await symlink(join(root, "node_modules", name), join(project, "node_modules", name));

  // The sandbox builds its URLs from the request's, so requests must have Replicate's host.
  const sandbox = createSandbox({ token, stepMs: 0 });
  const streams = [];
  const server = await listen(
    toNodeHandler(async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = request.body && (await request.text());
      if (pathname.includes("/stream/")) streams.push(request.signal);
      return sandbox(
        new Request(`https://stream.replicate.com${pathname}${search}`, {
          method: request.method,
          headers: request.headers,
          body,
          signal: request.signal,
        }),
      );
    }),
  );
  upstream = { ...server, sandbox, streams };
});
after(async () => {
  await upstream.close();
  await rm(project, { recursive: true, force: true });
});

/** Runs a server of the project until the test ends. Resolves to its relay's URL when it answers. */
async function run(t, command, more = {}) {
  const env = {
    ...process.env,
    ...more,
    UPSTREAM: upstream.origin,
    REPLICATE_API_TOKEN: token,
    DENO_NO_UPDATE_CHECK: "1",
    DENO_DIR: join(project, "deno"),
    DO_NOT_TRACK: "1",
  };
  return `${await startProgram(t, command, { cwd: project, env })}/relay`;
}

/** Checks what a page does with a relay, and what is refused. */
async function converse(base, ask = fetch) {
  const body = JSON.stringify({ input: { prompt: "Write a short poem about spring." } });
  const create = (headers) => ask(`${base}/v1/models/meta/meta-llama-3-8b-instruct/predictions`, { method: "POST", headers, body });
  const headers = { "x-user": "alice", "content-type": "application/json" };
  assert.equal((await create({ "content-type": "application/json" })).status, 401);
  assert.equal((await create({ ...headers, origin: "https://evil.example" })).status, 403);

  const created = await create(headers);
  const prediction = await created.json();
  assert.equal(created.status, 201, JSON.stringify(prediction));
  assert.ok(prediction.urls.get.startsWith(`${base}/v1/predictions/`), prediction.urls.get);
  const stream = await ask(prediction.urls.stream, { headers });
  const events = await stream.text();
  assert.match(stream.headers.get("cache-control"), /no-store/);
  assert.match(events, /event: done\n(id: .*\n)?data: \{\}/);
  const { output } = await (await ask(prediction.urls.get, { headers })).json();
  const texts = [...events.matchAll(/event: output\nid: [^\n]*\n((?:data: ?[^\n]*\n)+)/g)].map(([, data]) =>
    data.replace(/^data: ?/gm, "").slice(0, -1),
  );
  assert.equal(texts.join(""), output.join(""));
  assert.equal((await ask(prediction.urls.get, { headers: { "x-user": "mallory" } })).status, 404);
  return prediction;
}

/** Checks that leaving a running stream ends it at Replicate too. */
async function leave(base) {
  const headers = { "x-user": "bob", "content-type": "application/json" };
  const body = JSON.stringify({ input: { prompt: "[hang]" } });
  const created = await fetch(`${base}/v1/models/meta/meta-llama-3-8b-instruct/predictions`, { method: "POST", headers, body });
  const { urls } = await created.json();
  const controller = new AbortController();
  const count = upstream.streams.length;
  const stream = await fetch(urls.stream, { headers, signal: controller.signal });
  await stream.body.getReader().read();
  controller.abort();
  await until(() => upstream.streams[count].aborted);
}

describe("the example for", { timeout: 120_000 }, () => {
  for (const [name, command, args, skip] of [
    ["Node", process.execPath, ["--import", "./redirect.js", "node.mjs"], false],
    ["Express", process.execPath, ["--import", "./redirect.js", "express.mjs"], missing("express")],
    [
      "Deno",
      bin("deno"),
      ["run", "--allow-net", "--allow-env", "--allow-read", "--node-modules-dir=manual", "--preload", "./redirect.js", "deno.mjs"],
      missing("deno"),
    ],
    ["Bun", bin("bun"), ["run", "--preload", "./redirect.js", "bun.mjs"], missing("bun")],
    ["Hono", bin("bun"), ["run", "--preload", "./redirect.js", "hono.mjs"], missing("bun", "hono")],
  ]) {
    test(`${name} serves its own page only`, { skip }, async (t) => {
      const base = await run(t, [command, ...args]);
      await converse(base);
      await leave(base);
      // A page whose host resolves to this machine (DNS rebinding) is refused.
      const rebound = await send(base, { path: "/relay/v1/predictions/x", headers: { host: "evil.example", "x-user": "alice" } });
      assert.equal(rebound.status, 403, rebound.text);
      assert.match(rebound.text, /publicUrl/);
    });
  }

  test("several processes with Redis share their limits", async (t) => {
    const { port } = await startRedis(t);
    const command = [process.execPath, "--import", "./redirect.js", "redis.mjs"];
    const env = { REDIS_URL: `redis://127.0.0.1:${port}` };
    const bases = await Promise.all([run(t, command, env), run(t, command, env)]);
    for (const base of bases) await converse(base);
    const statuses = [];
    for (let i = 0; i < 6; i++) {
      const headers = { "x-user": "dave", "content-type": "application/json" };
      const url = `${bases[i % 2]}/v1/models/meta/meta-llama-3-8b-instruct/predictions`;
      statuses.push((await fetch(url, { method: "POST", headers, body: '{"input":{"prompt":"[hang]"}}' })).status);
    }
    assert.deepEqual(statuses, [201, 201, 429, 429, 429, 429]);
  });

  test("a proxy on the same machine that strips a prefix works, and answers have URLs that pages can use", async (t) => {
    const proxied = {};
    const proxy = await listen((req, res) => {
      // As in nginx.conf: /relay/ is stripped, and Host is the relay's own host.
      const headers = { ...req.headers, host: new URL(proxied.origin).host };
      const outgoing = request(`${proxied.origin}${req.url.replace(/^\/relay/, "")}`, { method: req.method, headers }, (answer) => {
        res.writeHead(answer.statusCode, answer.headers);
        answer.pipe(res);
      });
      outgoing.on("error", () => res.destroy());
      res.on("close", () => outgoing.destroy());
      req.pipe(outgoing);
    });
    t.after(proxy.close);
    const PUBLIC_URL = `${proxy.origin}/relay`;
    const base = await run(t, [process.execPath, "--import", "./redirect.js", "proxied.mjs"], { PUBLIC_URL });
    proxied.origin = new URL(base).origin;
    await converse(PUBLIC_URL);
    await leave(PUBLIC_URL);
  });

  test("Next.js serves its own page only", async (t) => {
    const before = { fetch: globalThis.fetch, env: process.env.REPLICATE_API_TOKEN };
    const routes = await import(pathToFileURL(join(project, "next-route.mjs")));
    t.after(() => {
      globalThis.fetch = before.fetch;
      process.env.REPLICATE_API_TOKEN = before.env;
      if (before.env === undefined) delete process.env.REPLICATE_API_TOKEN;
    });
    process.env.REPLICATE_API_TOKEN = token;
    globalThis.fetch = (url, init) => before.fetch(String(url).replace(/^https:\/\/(api|stream)\.replicate\.com/, upstream.origin), init);
    await converse("https://example.com/relay", (url, init) => {
      const request = new Request(url, init);
      return routes[request.method](request, { params: Promise.resolve({ path: [] }) });
    });
  });

  test("Cloudflare Workers serves its own page only, and counts in a Durable Object", async (t) => {
    const jsonc = await readFile(join(project, "wrangler.jsonc"), "utf8");
    const config = JSON.parse(jsonc.replace(/\/\/.*$/gm, ""));
    const durable = config.durable_objects.bindings.map(({ name, class_name: className }) => {
      const useSQLite = config.migrations.some(({ new_sqlite_classes }) => new_sqlite_classes.includes(className));
      return [name, { className, useSQLite }];
    });
    const worker = await startWorker(
      { entry: join(project, config.main) },
      {
        compatibilityDate: config.compatibility_date,
        compatibilityFlags: config.compatibility_flags,
        bindings: { REPLICATE_API_TOKEN: token },
        durableObjects: Object.fromEntries(durable),
        outboundService: (request) => {
          const { pathname, search } = new URL(request.url);
          return fetch(upstream.origin + pathname + search, {
            method: request.method,
            headers: request.headers,
            body: request.body,
            duplex: "half",
          });
        },
      },
    );
    t.after(worker.close);
    await converse(`${worker.origin}/relay`);

    const create = (user) =>
      fetch(`${worker.origin}/v1/models/meta/meta-llama-3-8b-instruct/predictions`, {
        method: "POST",
        headers: { "x-user": user, "content-type": "application/json" },
        body: '{"input":{"prompt":"[hang]"}}',
      });
    const answers = await Promise.all(Array.from({ length: 30 }, () => create("carol")));
    assert.deepEqual(
      answers
        .map(({ status }) => status)
        .sort()
        .slice(0, 3),
      [201, 201, 429],
    );
    const { urls } = await answers.find(({ status }) => status === 201).json();
    await fetch(urls.cancel, { method: "POST", headers: { "x-user": "carol" } });
    assert.equal((await create("carol")).status, 201);
    assert.equal((await create("carol")).status, 429);
  });
});
