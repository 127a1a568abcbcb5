/**
 * The demo's server, for one's own machine: the page, the package that it imports, and one backend.
 *
 * `node www/serve.mjs` reads PORT, and what backend.mjs reads. Files that end in .mjs are the server's, the
 * others are the page's.
 */
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";
import { createFiles } from "./files.mjs";

const loopback = "127.0.0.1";

/**
 * The hosts of an answer's files, by backend. The sandbox's files are on this server. Replicate's are on its file hosts, from which
 * the page may also read them, to save them. A Cog server sends data URIs, or links to any host: the page shows those, and never reads them.
 */
const fileHosts = {
  sandbox: { shown: "", read: "" },
  relay: { shown: " https://replicate.delivery https://*.replicate.delivery", read: " https://replicate.delivery https://*.replicate.delivery" },
  cog: { shown: " https:", read: "" },
};

const policy = ({ shown, read }) =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    `img-src 'self' data: blob:${shown}`,
    `media-src 'self' data: blob:${shown}`,
    `connect-src 'self'${read}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

/** Files of the page that are never documents. The policy has no effect on them, and would add 11 kB to 40 modules. */
const isPart = /\.(?:css|js|wasm)$/;

/**
 * Starts the server on 127.0.0.1.
 *
 * @param {object} [options]
 * @param {number} [options.port] 8787; 0 takes a free one
 * @param {Record<string, string | undefined>} [options.env] what chooses the backend; empty, which is the sandbox
 * @param {(request: Request) => Promise<Response>} [options.sandbox] in place of a new one
 * @param {Partial<import("replicate-wasm/relay").RelayOptions>} [options.relay] further options, for another upstream
 * @param {number} [options.pollIntervalMs] how often the page asks the provider's protocol for news
 * @returns {Promise<{ url: string, title: string, close(): Promise<void> }>} `title` names the backend
 * @throws {Error} EADDRINUSE where the port is taken; a TypeError for an environment without sense
 */
export async function serve({ port = 8787, env = {}, ...options } = {}) {
  // Imported here, so that a start without pkg/ ends with a message.
  const { createBackend } = await import("./backend.mjs");
  const backend = createBackend(env, options);
  const { kind, base } = backend.about;
  const answerFile = createFiles(["/pkg/replicate_bg.wasm", "/demo.json", ...(kind === "sandbox" ? [`${base}/v1/models`] : [])]);
  const headers = { "Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff" };
  const documentHeaders = { "Content-Security-Policy": policy(fileHosts[kind]), "Referrer-Policy": "no-referrer" };

  const server = createServer((req, res) => {
    const path = req.url.split("?")[0];
    const isAnswer = path.startsWith(`${base}/`);
    const sent = isPart.test(path) && !isAnswer ? headers : { ...headers, ...documentHeaders };
    for (const [name, value] of Object.entries(sent)) res.setHeader(name, value);
    if (!isOwn(req, server.address().port)) return end(res, 403, "This server answers its own page alone.");
    if (isAnswer) return backend.handle(req, res);
    if (!["GET", "HEAD"].includes(req.method)) return end(res.setHeader("Allow", "GET, HEAD"), 405, "Files are only read.");
    if (path === "/demo.json") return end(res, 200, JSON.stringify(backend.about), "application/json");
    return answerFile(req, res);
  });
  server.listen(port, loopback);
  await once(server, "listening");
  return {
    url: `http://localhost:${server.address().port}`,
    title: backend.title,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/**
 * A name that a stranger made to resolve to this machine (DNS rebinding) stands in `Host`, a stranger's page
 * that asks from outside in `Origin`. A program that is no page sends no `Origin`.
 */
function isOwn({ headers }, port) {
  const hosts = ["localhost", loopback, "[::1]"].map((name) => (port === 80 ? name : `${name}:${port}`));
  const { host, origin = `http://${host}` } = headers;
  return hosts.includes(host) && origin === `http://${host}`;
}

function end(res, status, body, type = "text/plain") {
  res.writeHead(status, { "Content-Type": `${type}; charset=utf-8`, "Cache-Control": "no-store" }).end(body);
}

/** The message when the server cannot start. */
function sentence(error, port) {
  if (error.code === "EADDRINUSE") return `Port ${port} is taken. Choose another one: PORT=${port + 1} npm start`;
  if (error.code === "ERR_MODULE_NOT_FOUND") return "The package is not built yet: npm start does that first.";
  return error.message;
}

async function main() {
  const { PORT = "8787" } = process.env;
  const port = Number(PORT);
  try {
    if (!/^\d+$/.test(PORT) || port > 65535) throw new TypeError(`PORT must be a number from 0 to 65535, not "${PORT}".`);
    const { url, title } = await serve({ port, env: process.env });
    console.log(`Demo: ${url} (${title})`);
  } catch (error) {
    console.error(sentence(error, port));
    process.exitCode = 1;
  }
}

const program = process.argv[1];
if (program && import.meta.url === pathToFileURL(realpathSync(program)).href) await main();
