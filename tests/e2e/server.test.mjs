// The demo's server over HTTP.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { brotliDecompressSync } from "node:zlib";
import { once } from "node:events";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { describe, test } from "node:test";
import { serve } from "../../www/serve.mjs";
import { ask, bytesOf, open } from "./ask.mjs";

const program = fileURLToPath(new URL("../../www/serve.mjs", import.meta.url));

async function start(t, options) {
  const { url, close } = await serve({ port: 0, ...options });
  t.after(close);
  return url;
}

describe("hosts and origins", () => {
  for (const host of ["evil.example", "evil.example:PORT", "localhost", "localhost:1", "localhost.evil.example:PORT", "127.0.0.2:PORT", "user@localhost:PORT"]) {
    test(`a foreign Host is refused: "${host}"`, async (t) => {
      const url = await start(t);
      const headers = { host: host.replace("PORT", new URL(url).port) };
      for (const path of ["/", "/demo.json", "/sandbox/v1/models"]) assert.equal((await ask(url, path, { headers })).status, 403);
    });
  }

  for (const name of ["localhost", "127.0.0.1", "[::1]"]) {
    test(`${name} with the port is accepted`, async (t) => {
      const url = await start(t);
      const { port } = new URL(url);
      const own = `${name}:${port}`;
      assert.equal((await ask(url, "/", { headers: { host: own } })).status, 200);
      assert.equal((await ask(url, "/", { headers: { host: own, origin: `http://${own}` } })).status, 200);
    });
  }

  for (const origin of ["http://evil.example", "http://localhost:1", "https://localhost:PORT", "null"]) {
    test(`a page of another origin is refused: ${origin}`, async (t) => {
      const url = await start(t);
      const { host, port } = new URL(url);
      const headers = { host, origin: origin.replace("PORT", port) };
      const { status } = await ask(url, "/sandbox/api/prediction", { method: "POST", headers, body: "{}" });
      assert.equal(status, 403);
    });
  }
});

describe("files", () => {
  for (const path of [
    "/../package.json",
    "/%2e%2e/package.json",
    "/..%2fpackage.json",
    "/..\\package.json",
    "/pkg/../../package.json",
    "/pkg/%2e%2e/%2e%2e/Cargo.toml",
    "/pkg//etc/passwd",
    "//etc/passwd",
    "//",
    "/%",
    "/package.json",
    "/serve.mjs",
    "/backend.mjs",
    "/pkg/.inputs",
    "/pkg",
    "http://evil.example/",
    "*",
  ]) {
    test(`there is no file at ${path}`, async (t) => {
      assert.equal((await ask(await start(t), path)).status, 404);
    });
  }

  for (const [path, type] of [
    ["/", "text/html; charset=utf-8"],
    ["/index.html?x=1", "text/html; charset=utf-8"],
    ["/app.js", "text/javascript; charset=utf-8"],
    ["/style.css", "text/css; charset=utf-8"],
    ["/icon.svg", "image/svg+xml"],
    ["/pkg/index.js", "text/javascript; charset=utf-8"],
    ["/pkg/replicate_bg.wasm", "application/wasm"],
    ["/demo.json", "application/json; charset=utf-8"],
  ]) {
    test(`${path} is ${type}`, async (t) => {
      const url = await start(t);
      const { status, headers, body } = await ask(url, path);
      assert.deepEqual([status, headers["content-type"]], [200, type]);
      assert.ok(body.length > 0);
      const head = await ask(url, path, { method: "HEAD" });
      assert.deepEqual([head.status, head.headers["content-type"], head.body], [200, type, ""]);
    });
  }

  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    test(`a file refuses ${method}`, async (t) => {
      const { status, headers } = await ask(await start(t), "/", { method });
      assert.deepEqual([status, headers.allow], [405, "GET, HEAD"]);
    });
  }

  for (const path of ["/", "/app.js", "/style.css", "/pkg/replicate_bg.wasm"]) {
    test(`${path} is compressed if the request accepts it, with the same content`, async (t) => {
      const url = await start(t);
      const plain = await bytesOf(url, path);
      const compressed = await bytesOf(url, path, { "accept-encoding": "gzip, br" });
      assert.equal(compressed.headers["content-encoding"], "br");
      assert.equal(compressed.headers.vary, "Accept-Encoding");
      assert.ok(compressed.bytes.length < 0.6 * plain.bytes.length);
      assert.deepEqual(brotliDecompressSync(compressed.bytes), plain.bytes);
    });
  }

  test("the page preloads every module; those that it starts with come first", async (t) => {
    const { body } = await ask(await start(t), "/");
    const links = [...body.matchAll(/<link rel="modulepreload" href="([^"]+)"( fetchpriority="low")?>/g)];
    const pathsOf = (isLater) => links.filter(([, , later]) => Boolean(later) === isLater).map(([, path]) => path);
    for (const path of ["/app.js", "/composer.js", "/pkg/index.js"]) assert.ok(pathsOf(false).includes(path), path);
    for (const path of ["/card.js", "/markdown-inline.js", "/lightbox.js", "/code.js"]) assert.ok(pathsOf(true).includes(path), path);
    assert.deepEqual(links.map(([, path]) => path), [...pathsOf(false), ...pathsOf(true)]);
  });

  test("the page names what it fetches, but for WebKit, which would fetch it twice", async (t) => {
    const url = await start(t);
    const { host } = new URL(url);
    const fetched = async (agent) => {
      const { body } = await ask(url, "/", { headers: { host, "user-agent": agent } });
      return [...body.matchAll(/<link rel="preload" href="([^"]+)" as="fetch" crossorigin>/g)].map(([, path]) => path);
    };
    assert.deepEqual(await fetched("Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0 Safari/537.36"), ["/pkg/replicate_bg.wasm", "/demo.json", "/sandbox/v1/models"]);
    assert.deepEqual(await fetched("Mozilla/5.0 AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15"), []);
  });

  test("the policy allows pictures only from the hosts of the backend's files", async (t) => {
    const hosts = "https://replicate.delivery https://*.replicate.delivery";
    for (const [env, shown, read] of [
      [{}, "", ""],
      [{ REPLICATE_API_TOKEN: "r8_not-a-real-one" }, ` ${hosts}`, ` ${hosts}`],
      [{ COG_URL: "http://127.0.0.1:5000" }, " https:", ""],
    ]) {
      const policy = (await ask(await start(t, { env }), "/")).headers["content-security-policy"];
      assert.ok(policy.includes(`; img-src 'self' data: blob:${shown}; media-src 'self' data: blob:${shown}; connect-src 'self'${read};`), policy);
    }
  });

  test("every document has a policy without inline scripts, other servers and frames", async (t) => {
    const url = await start(t);
    for (const path of ["/", "/index.html", "/icon.svg", "/nothing", "/demo.json", "/sandbox/v1/models", "/sandbox/v1/nothing.js"]) {
      const { headers } = await ask(url, path);
      const policy = headers["content-security-policy"];
      assert.match(policy, /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
      assert.match(policy, /connect-src 'self';.*frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:/);
      assert.equal(headers["x-content-type-options"], "nosniff");
    }
  });

  test("a module, a style sheet and the wasm have the headers of a part, without the policy of a document", async (t) => {
    const url = await start(t);
    for (const path of ["/app.js", "/style.css", "/pkg/replicate_bg.wasm"]) {
      const { headers } = await ask(url, path);
      assert.equal(headers["content-security-policy"], undefined);
      assert.equal(headers["cross-origin-resource-policy"], "same-origin");
      assert.equal(headers["x-content-type-options"], "nosniff");
    }
  });
});

describe("the backend", () => {
  test("a stream is passed on at once, and a reader who leaves aborts its request", { timeout: 15_000 }, async (t) => {
    let stream, request;
    const sandbox = async (asked) => {
      request = asked; // keeps the request: the signal of a collected request never aborts (undici 6.24)
      return new Response(new ReadableStream({ start: (controller) => void (stream = controller) }));
    };
    const url = await start(t, { sandbox });
    const answer = await open(url, "/sandbox/anything");
    for (const text of ["first", "second"]) {
      stream.enqueue(new TextEncoder().encode(text));
      const [chunk] = await once(answer, "data");
      assert.equal(String(chunk), text);
    }
    const aborted = once(request.signal, "abort");
    answer.destroy();
    await aborted;
    assert.ok(request.signal.aborted);
  });

  test("a connection that the sandbox drops is closed", async (t) => {
    const url = await start(t);
    const version = "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626";
    const body = JSON.stringify({ model: "google-deepmind/gemma-2b-it", version, input: { prompt: "[drop]" } });
    await assert.rejects(ask(url, "/sandbox/api/prediction", { method: "POST", body }), { code: "ECONNRESET" });
  });

  test("with a token the backend is Replicate through the relay, which allows only the demo's models and keeps the token", async (t) => {
    const token = "r8_not-a-real-one";
    const url = await start(t, { env: { REPLICATE_API_TOKEN: token } });
    const told = await ask(url, "/demo.json");
    const { models, ...about } = JSON.parse(told.body);
    assert.deepEqual(about, { kind: "relay", base: "/relay" });
    assert.ok(models.includes("meta/meta-llama-3-8b-instruct") && models.includes("google-deepmind/gemma-2b-it"));
    const create = await ask(url, "/relay/v1/models/another/model/predictions", { method: "POST", headers: { host: new URL(url).host, "content-type": "application/json" }, body: '{"input":{}}' });
    assert.equal(create.status, 403);
    assert.equal((await ask(url, "/relay/v1/account")).status, 403);
    assert.equal((await ask(url, "/sandbox/v1/models")).status, 404);
    for (const { body, headers } of [told, create]) assert.ok(!JSON.stringify({ body, headers }).includes(token));
  });

  test("REPLICATE_MODELS sets the allowed models", async (t) => {
    const env = { REPLICATE_API_TOKEN: "r8_not-a-real-one", REPLICATE_MODELS: "owner/name, another/model:5c7d5dc6" };
    const { models } = JSON.parse((await ask(await start(t, { env }), "/demo.json")).body);
    assert.deepEqual(models, ["owner/name", "another/model:5c7d5dc6"]);
  });

  test("with a Cog server and a token the backend is the Cog server", async (t) => {
    const url = await start(t, { env: { REPLICATE_API_TOKEN: "r8_not-a-real-one", COG_URL: "http://127.0.0.1:5000/" } });
    assert.deepEqual(JSON.parse((await ask(url, "/demo.json")).body), { kind: "cog", base: "/cog", server: "http://127.0.0.1:5000" });
  });
});

describe("the program", () => {
  /** Runs the program until it ends. */
  async function run(env) {
    const child = spawn(process.execPath, [program], { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
    const [code] = await once(child, "close");
    return { code, output };
  }

  test("prints its URL in one line when it is ready", async (t) => {
    const child = spawn(process.execPath, [program], { env: { PORT: "0" }, stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill());
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    const [, url] = line.match(/^Demo: (http:\/\/localhost:\d+) \(sandbox\)\n$/) ?? assert.fail(line);
    assert.equal((await ask(url, "/")).status, 200);
  });

  test("ends with a message when the port is taken", async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    t.after(() => other.close());
    const { port } = other.address();
    assert.deepEqual(await run({ PORT: String(port) }), {
      code: 1,
      output: `Port ${port} is taken. Choose another one: PORT=${port + 1} npm start\n`,
    });
  });

  for (const [what, env, sentence] of [
    ["a port", { PORT: "demo" }, 'PORT must be a number from 0 to 65535, not "demo".\n'],
    ["a list of models", { PORT: "0", REPLICATE_API_TOKEN: "r8_x", REPLICATE_MODELS: "owner/*" }, 'REPLICATE_MODELS must name models, such as "owner/name, owner/name:version".\n'],
    ["a Cog server", { PORT: "0", COG_URL: "http://me:secret@cog" }, "COG_URL must be the address of a Cog server, such as http://127.0.0.1:5000.\n"],
  ]) {
    test(`ends with a message for an invalid ${what}`, async () => {
      assert.deepEqual(await run(env), { code: 1, output: sentence });
    });
  }

  test("ends with a message without the token for an invalid token", async () => {
    const { code, output } = await run({ PORT: "0", REPLICATE_API_TOKEN: "r8_secret r8_secret" });
    assert.equal(code, 1);
    assert.match(output, /^createRelay: token must be [^\n]+\n$/);
    assert.doesNotMatch(output, /secret/);
  });
});
