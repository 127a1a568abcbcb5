// The server of the consumers, and the check of their answers.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { toNodeHandler } from "../../src/relay/index.js";
import { createSandbox } from "../../src/sandbox/index.js";

/**
 * Serves a sandbox below `/relay`, and all other paths with `answer`.
 *
 * @param {import("node:test").TestContext} t its end closes the server
 * @param {import("node:http").RequestListener} [answer] for all other paths
 * @param {number} [stepMs] milliseconds for each token
 */
export async function serveSandbox(t, answer = (_, response) => response.writeHead(404).end(), stepMs = 0) {
  const sandbox = createSandbox({ stepMs });
  const relay = toNodeHandler(sandbox);
  const server = createServer((request, response) => {
    if (request.url.startsWith("/relay/")) return relay(request, response);
    // Chromium requests it by itself.
    if (request.url === "/favicon.ico") return response.writeHead(204).end();
    return answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** Checks that this is the text and the image of the last two predictions. */
  async function assertAnswer({ text, bytes } = {}) {
    const [written, drawn] = [...sandbox.predictions.values()].slice(-2);
    assert.ok(text?.length > 20, `a text of ${text?.length} characters`);
    assert.equal(text, written.output.join(""));
    const image = new Uint8Array(await (await sandbox(drawn.output[0])).arrayBuffer());
    assert.deepEqual(bytes?.slice(0, 4), [0x89, 0x50, 0x4e, 0x47], "a PNG");
    assert.ok(Buffer.from(bytes).equals(image), "the image's bytes");
  }
  const url = `http://127.0.0.1:${server.address().port}`;
  return { server, url, relay: `${url}/relay`, assertAnswer };
}

const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/**
 * A strict Content-Security-Policy for all pages that are served from files.
 *
 * @param {string} [scripts] allowed scripts other than the page's own files
 */
export const policy = (scripts = "'wasm-unsafe-eval'") =>
  `default-src 'none'; script-src 'self' ${scripts}; connect-src 'self'; img-src 'self' blob:`;

/** Serves the files of a folder. */
export const files = (folder, contentPolicy = policy()) => async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const file = join(folder, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
  const body = await readFile(file).catch(() => undefined);
  const headers = { "Content-Type": types[extname(file)] ?? "text/plain", "Content-Security-Policy": contentPolicy };
  response.writeHead(body ? 200 : 404, headers).end(body);
};
