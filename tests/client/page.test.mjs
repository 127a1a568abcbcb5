// Files in a page, in each engine: cut bodies, encoded bodies, Blobs and signals of a frame.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { inEachEngine } from "../engines/engines.mjs";

const sources = join(import.meta.dirname, "../../src/npm");
const HTML = `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Files</title><iframe srcdoc="<p>A frame"></iframe>
<script type="module">
  import * as files from "/npm/files.js";
  import * as inputs from "/npm/inputs.js";
  import * as resources from "/npm/resources.js";
  globalThis.npm = { ...files, ...inputs, ...resources };
</script>`;

/** Bytes that no encoding makes shorter, and a text that every encoding makes much shorter. */
const noise = randomBytes(300_000);
const text = Buffer.from("spring ".repeat(50_000));
/** The noise is like a PNG that a server compresses: the encoded body is longer than the file. */
const encoded = { noise: gzipSync(noise), text: gzipSync(text) };
const uploads = [];

async function answer(request, response) {
  const { pathname } = new URL(request.url, "http://localhost");
  const headers = { "access-control-allow-origin": "*", "cache-control": "no-store" };
  const [, kind, name] = pathname.split("/");
  if (pathname === "/") return response.writeHead(200, { "content-type": "text/html" }).end(HTML);
  if (kind === "npm") return createReadStream(join(sources, name)).pipe(response.writeHead(200, { "content-type": "text/javascript" }));
  if (kind === "whole") return response.writeHead(200, { ...headers, "content-length": noise.length }).end(noise);
  if (kind === "gzip") {
    return response.writeHead(200, { ...headers, "content-encoding": "gzip", "content-length": encoded[name].length }).end(encoded[name]);
  }
  if (kind === "cut") {
    response.writeHead(200, { ...headers, "content-length": noise.length });
    return response.write(noise.subarray(0, noise.length / 2), () => setImmediate(() => response.destroy()));
  }
  if (kind === "upload") {
    const { headers: sent } = request;
    const form = await new Response(Buffer.concat(await request.toArray()), { headers: { "content-type": sent["content-type"] } }).formData();
    const content = form.get("content");
    uploads.push([content.name.replace(/\d+/, "0"), content.type, Buffer.from(await content.arrayBuffer()).toString("hex")]);
    return response.writeHead(201, { "content-type": "application/json" }).end('{"id":"f1"}');
  }
  return response.writeHead(404).end();
}

const servers = [];
async function listen() {
  const server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  servers.push(server);
  return `http://127.0.0.1:${server.address().port}`;
}

let origin;
let other;
before(async () => {
  origin = await listen();
  other = await listen();
});
after(() => servers.forEach((server) => (server.closeAllConnections(), server.close())));

/** The outcome of each way to read a file: its size, or the code and the message of the error. */
async function readAll(url) {
  const { FileOutput, ImageResponse } = globalThis.npm;
  const ways = {
    "blob()": async () => (await new FileOutput(url).blob()).size,
    "bytes()": async () => (await new FileOutput(url).bytes()).length,
    "for await": async () => {
      let size = 0;
      for await (const chunk of new FileOutput(url)) size += chunk.length;
      return size;
    },
    "the stream": async () => {
      let size = 0;
      const reader = new FileOutput(url).getReader();
      for (let chunk; (chunk = await reader.read()).value; ) size += chunk.value.length;
      return size;
    },
    "an image": async () => (await new ImageResponse(url).blob()).size,
  };
  const results = Object.entries(ways).map(async ([name, read]) => [name, await read().catch(({ code, name }) => code ?? name)]);
  return Object.fromEntries(await Promise.all(results));
}

const each = (value) => ({ "blob()": value, "bytes()": value, "for await": value, "the stream": value, "an image": value });

inEachEngine((engine) => {
  for (const place of ["the page's own origin", "another origin"]) {
    const at = (path) => `${place === "another origin" ? other : origin}${path}`;

    test(`a file whose connection was cut is code "network": from ${place}`, async (t) => {
      const page = await engine.open(t, origin);
      assert.deepEqual(await page.evaluate(readAll, at("/cut")), each("network"));
    });

    test(`a whole file is read, encoded or not: from ${place}`, async (t) => {
      const page = await engine.open(t, origin);
      assert.deepEqual(await page.evaluate(readAll, at("/whole")), each(noise.length));
      assert.deepEqual(await page.evaluate(readAll, at("/gzip/noise")), each(noise.length));
      assert.deepEqual(await page.evaluate(readAll, at("/gzip/text")), each(text.length));
    });
  }

  test("a Blob, a File and bytes of a frame are inlined and uploaded byte for byte with their type", async (t) => {
    const page = await engine.open(t, origin);
    uploads.length = 0;
    const input = await page.evaluate(async () => {
      const { encodeInput, resources } = globalThis.npm;
      const frame = document.querySelector("iframe").contentWindow;
      const bytes = frame.Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
      const input = { blob: new frame.Blob([bytes]), list: [new frame.File([bytes], "photo.png"), { bytes, buffer: bytes.buffer }] };
      if (input.blob instanceof Blob) throw new Error("The frame has the Blob of the page");
      const { files } = resources((route, { method, data }) => fetch("/upload", { method, body: data }));
      for (const file of [input.blob, input.list[0], bytes, new Blob([bytes])]) await files.create(file);
      return encodeInput(input, { strategy: "data-uri" });
    });
    const uri = "data:image/png;base64,iVBORw0KGgo=";
    assert.deepEqual(input, { blob: uri, list: [uri, { bytes: uri, buffer: uri }] });
    const sent = (name) => [name, "image/png", "89504e470d0a1a0a"];
    assert.deepEqual(uploads, [sent("blob_0.png"), sent("photo.png"), sent("blob_0.png"), sent("blob_0.png")]);
  });

  test("a signal of a frame ends the encoding of an input with its reason", async (t) => {
    const page = await engine.open(t, origin);
    const stopped = await page.evaluate(async () => {
      const { encodeInput } = globalThis.npm;
      const controller = new (document.querySelector("iframe").contentWindow.AbortController)();
      const reason = new Error("stopped");
      const upload = async () => {
        controller.abort(reason);
        throw new Error("broke");
      };
      return encodeInput({ file: new Blob(["x"]) }, { upload, signal: controller.signal }).catch((error) => error === reason);
    });
    assert.equal(stopped, true);
  });

  test("hostile values are a ReplicateError in every engine", async (t) => {
    const page = await engine.open(t, origin);
    const codes = await page.evaluate(async () => {
      const { FileOutput, encodeInput, isFile, toFile, transform } = globalThis.npm;
      const nested = (depth, leaf) => {
        let value = leaf;
        while (depth--) value = [value];
        return value;
      };
      const codeOf = (promise) => promise.then(() => "none", ({ code, name }) => code ?? name);
      const many = `data:image/png${";a=b".repeat(1_000_000)}`;
      const deep = transform(nested(100_000, "data:,x"), toFile());
      return [
        await codeOf(encodeInput(nested(100_000, 1))),
        await codeOf(encodeInput({ seed: 1n })),
        await codeOf(new FileOutput(many).blob()),
        await codeOf(new FileOutput(`${many},x`).blob()),
        [isFile(many), isFile(`${many},x`), Array.isArray(deep)].join(),
        JSON.stringify(await encodeInput(nested(1000, new Blob(["x"])), { strategy: "data-uri" })).length > 2000,
      ];
    });
    assert.deepEqual(codes, ["invalid_argument", "invalid_argument", "protocol", "none", "false,true,true", true]);
  });
});
