/**
 * The files of the page and of the package. They are listed once, at the start: a path is looked up, never
 * put together, so no path leads anywhere else.
 */
import { createReadStream, readdirSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { pipeline } from "node:stream";

/** Files of other types are not the page's. */
const types = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

const www = import.meta.dirname;

/**
 * @returns {(path: string, res: import("node:http").ServerResponse) => void} answers with the file of a URL's path
 */
export function createFiles() {
  const files = new Map([...list(www, "/"), ...list(join(www, "../pkg"), "/pkg/")]);
  files.set("/", files.get("/index.html"));
  return (path, res) => {
    const file = files.get(path);
    if (!file) return void res.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" }).end("There is no such file.");
    res.writeHead(200, { "Content-Type": types[extname(file)], "Cache-Control": "no-cache" });
    // Node leaves the body out of an answer to HEAD. A file that is gone, or a reader who is, ends the connection.
    pipeline(createReadStream(file), res, () => {});
  };
}

function list(folder, prefix) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [prefix + relative(folder, file).replaceAll(sep, "/"), file]);
}
