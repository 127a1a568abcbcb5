// A page in Chromium that may import the package by its name, and the server it came from.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { extname } from "node:path";
import { chromium } from "playwright-core";
import { toNodeHandler } from "replicate-wasm/relay";
import { createSandbox } from "replicate-wasm/sandbox";
import { findChromium, flags } from "../../src/build/browsers.mjs";

const names = { "replicate-wasm": "/pkg/index.js", "replicate-wasm/auto": "/pkg/auto.js", "replicate-wasm/sandbox": "/pkg/sandbox/index.js" };
const head = '<!doctype html><link rel="icon" href="data:,">';
export const importMap = `<script type="importmap">${JSON.stringify({ imports: names })}</script>`;
const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

const respond = (body, extension) => new Response(body, { headers: { "content-type": types[extension] } });

/** Serves a page, `pkg/`, and a sandbox below `/relay`. `failures` answers so many requests for the module with 503. */
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

let browser;

/** Starts the browser once for all tests of a file. */
export async function startBrowser() {
  const executablePath = findChromium();
  if (!executablePath) throw new Error("No Chrome or Chromium here: run `npm run setup`, or name one in CHROME");
  browser = await chromium.launch({ executablePath, args: flags });
}

export const stopBrowser = () => browser?.close();

/**
 * Opens a page.
 *
 * @param {{ html?: string, sandbox?: import("replicate-wasm/sandbox").SandboxOptions }} [options] `html` in place of the import map
 * @returns {Promise<{ page: import("playwright-core").Page, server: object, complaints: string[] }>} `complaints` are what
 *   the page wrote to its console, and errors that nobody caught
 */
export async function openPage(t, { html = importMap, sandbox } = {}) {
  const server = await serve(t, html, sandbox);
  const page = await browser.newPage();
  t.after(() => page.close());
  const complaints = [];
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(server.url);
  return { page, server, complaints };
}
