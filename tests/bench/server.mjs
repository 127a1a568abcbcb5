/**
 * The server of the page benchmark: pages, bundles, and as much of Replicate's API as the figures need. What a
 * prediction does its input says: `{events}` streams so many, `{seconds}` takes so long, anything else is over
 * at once.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { events } from "./payload.js";

const root = join(import.meta.dirname, "../..");
const html = '<!doctype html><link rel="icon" href="data:,"><title>bench</title>';

export async function startServer() {
  const files = await bundles();
  const api = createApi();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, `http://${request.headers.host}`);
    const file = files.get(url.pathname);
    if (file) return send(response, 200, file.type, file.body, { "cache-control": "max-age=31536000, immutable", "content-encoding": "br" });
    const body = await read(request);
    if (!(await api(request, url, body, response))) send(response, 200, "text/html", html);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  return {
    /** The same server under another name has connections of its own: a browser opens six for each. */
    url: (name = "bench") => `http://${name}.localhost:${port}/`,
    close: () => (server.closeAllConnections(), server.close()),
  };
}

/** What a page loads, by its path: bundled, minified and compressed as it would be for users. */
async function bundles() {
  const { outputFiles } = await build({
    entryPoints: ["bench", "load-replicate-wasm", "load-replicate"].map((name) => join(import.meta.dirname, `page/${name}.js`)),
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    outdir: "/page",
    // A global of Node's that `replicate` asks every input for, unless that is a Blob.
    define: { Buffer: "Uint8Array" },
    logLevel: "error",
  });
  const files = new Map(outputFiles.map(({ path, contents }) => [path, { type: "text/javascript", body: brotliCompressSync(contents) }]));
  const wasm = await readFile(join(root, "pkg/replicate_bg.wasm"));
  return files.set("/page/replicate_bg.wasm", { type: "application/wasm", body: brotliCompressSync(wasm) });
}

/** Answers what it knows and says whether it did. */
function createApi() {
  const predictions = new Map();
  const streams = new Map();
  /** The newest body that may have a file in it, to be looked at when no clock runs. */
  let newest;

  return async ({ method, headers }, { pathname, origin }, body, response) => {
    const [, area, , id] = pathname.match(/^\/(stream|v1\/predictions|v1\/files|requests|received)(\/([^/]+))?$/) ?? [];
    const json = (status, value) => (send(response, status, "application/json", JSON.stringify(value)), true);

    if (method === "POST" && pathname.endsWith("/predictions")) {
      const { input } = JSON.parse(body);
      if (!/^http/.test(input.image)) newest = body; // The address of a file that came before it.
      const prediction = create(origin, input);
      predictions.set(prediction.id, prediction);
      if (/^wait/.test(headers.prefer)) await prediction.over;
      return json(201, prediction.answer());
    }
    switch (area) {
      case "stream":
        if (!streams.has(id)) streams.set(id, Buffer.from(events(Number(id)).join("")));
        return send(response, 200, "text/event-stream", streams.get(id)), true;
      case "v1/predictions":
        return json(200, predictions.get(id).answer());
      case "v1/files":
        newest = body;
        return json(201, { id: "file", urls: { get: `${origin}/v1/files/file` } });
      case "requests":
        return json(200, predictions.get(id).requests);
      case "received":
        return json(200, fileIn(newest));
      default:
        return false;
    }
  };
}

function create(origin, { events, seconds }) {
  const id = crypto.randomUUID();
  // Of a prediction that streams nobody asks the end.
  let ended = seconds || events ? undefined : Date.now();
  const over = seconds && new Promise((resolve) => setTimeout(() => resolve((ended = Date.now())), seconds * 1000));
  const url = `${origin}/v1/predictions/${id}`;
  const urls = { get: url, cancel: `${url}/cancel`, ...(events && { stream: `${origin}/stream/${events}` }) };
  return {
    id,
    over,
    /** How often the client asked for it, the create included. */
    requests: 0,
    answer() {
      this.requests++;
      return { id, status: ended ? "succeeded" : "starting", urls, input: {}, error: null, output: ended ? { id, ended } : null };
    },
  };
}

/** The bytes and the sum of the file in a body, which is a form or JSON with a data URI; null where there is none. */
function fileIn(body) {
  const isJson = body[0] === 0x7b;
  const uri = isJson ? JSON.parse(body).input.image : undefined;
  if (isJson && typeof uri !== "string") return null;
  const start = body.indexOf("\r\n\r\n") + 4;
  const file = isJson ? Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64") : body.subarray(start, body.indexOf("\r\n--", start));
  return { bytes: file.length, sum: file.reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 0) };
}

async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(response, status, type, body, headers) {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), ...headers }).end(body);
}
