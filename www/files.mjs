/**
 * The files of the page and of the package. They are listed once, at the start: a path is looked up, never
 * put together, so no path leads anywhere else.
 */
import { readdirSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress } from "node:zlib";

/** Only files of these types are served. */
const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const www = import.meta.dirname;
const compress = promisify(brotliCompress);

/**
 * @param {string[]} data paths that boot.js fetches
 * @returns {(req: import("node:http").IncomingMessage, res: import("node:http").ServerResponse) => void} answers with the file of
 *   the request's path, compressed where the browser takes that
 */
export function createFiles(data) {
  const files = new Map([...list(www, "/"), ...list(join(www, "../pkg"), "/pkg/")]);
  const page = files.get("/index.html");
  files.set("/", page);
  // It takes half a second to compress, for which the first visitor would wait. A failure is answered when it is requested.
  read(files.get("/pkg/replicate_bg.wasm")).catch(() => {});
  return async (req, res) => {
    const file = files.get(req.url.split("?")[0]);
    if (!file) return void res.writeHead(404, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" }).end("There is no such file.");
    try {
      const early = fetchesTwice(req.headers["user-agent"]) ? [] : data;
      const takesBrotli = /\bbr\b/.test(req.headers["accept-encoding"]);
      const { plain, brotli } = await read(file, file === page ? (html) => withPreloads(html, files, early) : undefined);
      res.writeHead(200, {
        "Content-Type": types[extname(file)],
        "Content-Length": (takesBrotli ? brotli : plain).length,
        "Cache-Control": "no-cache",
        Vary: "Accept-Encoding",
        ...(takesBrotli && { "Content-Encoding": "br" }),
      });
      res.end(takesBrotli ? brotli : plain); // Node leaves the body out of an answer to HEAD
    } catch {
      res.destroy(); // the file is gone
    }
  };
}

/** WebKit (2.50) does not give a preloaded answer to `fetch`, and asks for it again. */
const fetchesTwice = (userAgent) => /AppleWebKit/.test(userAgent) && !/Chrom/.test(userAgent);

/** The time of change and the served bytes of each file. */
const cache = new Map();

/** @param {string} file @param {(text: string) => Promise<string>} [change] */
async function read(file, change) {
  const { mtimeMs } = await stat(file);
  const known = cache.get(file);
  if (known?.mtimeMs === mtimeMs && !change) return known.content;
  const bytes = await readFile(file);
  const plain = change ? Buffer.from(await change(bytes.toString())) : bytes;
  if (known?.content.plain.equals(plain)) return known.content;
  const content = { plain, brotli: await compress(plain) };
  cache.set(file, { mtimeMs, content });
  return content;
}

/**
 * Lists in the page all that it loads, so that the browser requests everything at once: first data, then the modules that the page
 * starts with, then those that it imports later.
 */
async function withPreloads(html, files, data) {
  const found = new Set();
  const later = new Set();
  async function follow(path) {
    if (found.has(path) || !files.has(path)) return;
    found.add(path);
    const text = await readFile(files.get(path), "utf8");
    const paths = (pattern) => [...text.matchAll(pattern)].map(([, name]) => new URL(name, `file://${path}`).pathname);
    for (const imported of paths(/\bimport\("(\.{0,2}\/[^"]+)"\)/g)) later.add(imported);
    for (const imported of paths(/^(?:import|export)\b[^"'()]*?["'](\.{0,2}\/[^"']+)["']/gm)) await follow(imported);
  }
  await follow("/app.js");
  const first = found.size;
  for (const path of later) await follow(path);
  const fetches = data.map((path) => `<link rel="preload" href="${path}" as="fetch" crossorigin>`);
  const modules = [...found].map((path, i) => `<link rel="modulepreload" href="${path}"${i < first ? "" : ' fetchpriority="low"'}>`);
  return html.replace(/<!-- data:.*?-->/, fetches.join("\n    ")).replace(/<!-- modules:.*?-->/, modules.join("\n    "));
}

function list(folder, prefix) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [prefix + relative(folder, file).replaceAll(sep, "/"), file]);
}
