// A page that can import the package by its name, and its server.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { extname } from "node:path";
import { toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";

const names = { "replicate-wasm": "/pkg/index.js", "replicate-wasm/auto": "/pkg/auto.js", "replicate-wasm/sandbox": "/pkg/sandbox/index.js" };
const head = '<!doctype html><link rel="icon" href="data:,">';
export const importMap = `<script type="importmap">${JSON.stringify({ imports: names })}</script>`;
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

const respond = (body, extension) => new Response(body, { headers: { "content-type": types[extension] } });

/** Serves a page, `pkg/`, and a sandbox below `/relay`. Answers the next `failures` requests for the module with 503. */
async function serve(t, html, sandboxOptions) {
  const server = { requests: [], failures: 0, sandbox: createSandbox({ stepMs: 0, ...sandboxOptions }) };
  const handler = toNodeHandler(async (request) => {
    const { pathname: path, search } = new URL(request.url);
    const pathname = path.replace(/^\/node_modules\/replicate-wasm(?=\/)/, "");
    server.requests.push(`${request.method} ${pathname}${search}`);
    if (pathname.startsWith("/relay/")) return server.sandbox(request);
    if (!pathname.startsWith("/pkg/")) return respond(head + html, ".html");
    const extension = extname(pathname);
    if (extension === ".wasm" && server.failures-- > 0) return new Response("Not now", { status: 503 });
    return respond(await readFile(new URL(`../..${pathname}`, import.meta.url)), extension);
  });
  const http = createServer(handler).listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return Object.assign(server, { url: `http://127.0.0.1:${http.address().port}/` });
}

/**
 * Opens a page.
 *
 * @param {import("node:test").TestContext} t
 * @param {Parameters<Parameters<typeof import("../engines/engines.mjs").inEachEngine>[0]>[0]} engine
 * @param {{ html?: string, sandbox?: import("replicate-wasm/sandbox").SandboxOptions }} [options] `html` in place of the import map
 * @returns {Promise<{ page: import("../engines/page.mjs").Page, server: object }>}
 */
export async function openPage(t, engine, { html = importMap, sandbox } = {}) {
  const server = await serve(t, html, sandbox);
  return { page: await engine.open(t, server.url), server };
}
