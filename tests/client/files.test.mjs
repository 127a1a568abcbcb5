import test from "node:test";
import assert from "node:assert/strict";
import { once } from "node:events";
import { ReplicateError } from "../../src/npm/error.js";
import { FileOutput, ImageResponse, isFile, toFile } from "../../src/npm/files.js";
import { transform } from "../../src/npm/inputs.js";
import { serve } from "./server.mjs";

/** An output with FileOutputs, like the client's. */
const withFiles = (output, fetch) => transform(output, toFile(fetch));

const PICTURE = Uint8Array.from({ length: 200_000 }, (_, i) => i * 7);

const picture = (t) =>
  serve(t, (request, response) => {
    response.writeHead(200, { "content-type": "image/png" });
    response.end(PICTURE);
  });

async function collect(iterable) {
  const chunks = [];
  for await (const chunk of iterable) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

test("a FileOutput is a ReadableStream that fetches nothing before the first read", async (t) => {
  const { url } = await picture(t);
  let fetches = 0;
  const file = new FileOutput(`${url}/out.png`, (...args) => (fetches++, fetch(...args)));
  assert.ok(file instanceof ReadableStream);
  await new Promise(setImmediate);
  assert.equal(fetches, 0);

  assert.deepEqual(new Uint8Array(await new Response(file).arrayBuffer()), PICTURE);
  assert.equal(fetches, 1);
});

test("blob(), bytes() and for await work any number of times, even after the stream was read", async (t) => {
  const { url } = await picture(t);
  const file = new FileOutput(url);
  await new Response(file).arrayBuffer();
  for (let round = 0; round < 2; round++) {
    const blob = await file.blob();
    assert.equal(blob.type, "image/png");
    assert.deepEqual(new Uint8Array(await blob.arrayBuffer()), PICTURE);
    assert.deepEqual(await file.bytes(), PICTURE);
    assert.deepEqual(await collect(file), PICTURE);
  }
});

test("for await works when ReadableStream has no iterator, as in Safari", async (t) => {
  const { url } = await picture(t);
  const native = Object.getOwnPropertyDescriptor(ReadableStream.prototype, Symbol.asyncIterator);
  t.after(() => Object.defineProperty(ReadableStream.prototype, Symbol.asyncIterator, native));
  assert.ok(delete ReadableStream.prototype[Symbol.asyncIterator]);
  assert.deepEqual(await collect(new FileOutput(url)), PICTURE);
});

test("url() is a new URL object, toString() and toJSON() are the given URL", () => {
  const given = "https://replicate.delivery/a b/out.png?x=1";
  const file = new FileOutput(given);
  assert.ok(file.url() instanceof URL);
  assert.equal(file.url().pathname, "/a%20b/out.png");
  file.url().hash = "changed";
  assert.equal(file.url().hash, "");
  assert.equal(String(file), given);
  assert.equal(JSON.stringify({ file }), JSON.stringify({ file: given }));
});

test("leaving the loop and cancelling the stream close the connection", { timeout: 10_000 }, async (t) => {
  const endless = (request, response) => {
    response.write("first");
    response.on("close", () => request.emit("left"));
  };
  const { url, requests } = await serve(t, endless);

  for await (const chunk of new FileOutput(url)) {
    assert.equal(new TextDecoder().decode(chunk), "first");
    break;
  }
  await once(requests[0], "left");

  const reader = new FileOutput(url).getReader();
  await reader.read();
  const pending = reader.read();
  await reader.cancel();
  assert.equal((await pending).done, true);
  await once(requests[1], "left");
});

test("cancelling an unread FileOutput fetches nothing", async () => {
  await new FileOutput("https://replicate.delivery/out.png", () => assert.fail("fetched")).cancel();
});

const READS = {
  "blob()": (file) => file.blob(),
  "bytes()": (file) => file.bytes(),
  "for await": collect,
  "the stream": (file) => file.getReader().read(),
};

for (const [name, read] of Object.entries(READS)) {
  test(`a failed download is code "http" with its status, without the URL's secrets: ${name}`, async (t) => {
    const { url } = await serve(t, (_, response) => response.writeHead(404).end("gone"));
    const file = new FileOutput(`${url.replace("//", "//user:hunter2@")}/out.png?signature=hunter2#hunter2`, (address, init) =>
      fetch(address.replace("user:hunter2@", ""), init),
    );
    await assert.rejects(read(file), (error) => {
      assert.ok(error instanceof ReplicateError);
      assert.equal(error.code, "http");
      assert.equal(error.status, 404);
      assert.equal(error.message, `GET ${url}/out.png was answered with status 404`);
      assert.equal(error.response.status, 404);
      assert.ok(!JSON.stringify([error, error.message]).includes("hunter2"));
      return true;
    });
  });

  test(`a server that refuses connections is code "network" with its cause: ${name}`, async () => {
    const cause = new TypeError("fetch failed");
    const file = new FileOutput("https://replicate.delivery/out.png", () => Promise.reject(cause));
    await assert.rejects(read(file), { code: "network", cause });
  });
}

for (const name of ["blob()", "bytes()", "for await"]) {
  test(`a connection that breaks in mid-body is code "network": ${name}`, async (t) => {
    const { url } = await serve(t, (_, response) => {
      response.writeHead(200, { "content-length": 10 });
      response.write("half", () => response.destroy());
    });
    await assert.rejects(READS[name](new FileOutput(url)), (error) => error.code === "network" && error.cause instanceof Error);
  });
}

test("a null body is an empty file", async () => {
  const file = new FileOutput("https://replicate.delivery/none", async () => new Response(null));
  assert.equal((await collect(file)).length, 0);
});

const DATA_URIS = [
  ["data:image/png;base64,AAH+/w==", "image/png", [0, 1, 254, 255]],
  ["DATA:image/png;base64,AAH%2B%2Fw==", "image/png", [0, 1, 254, 255]],
  ["data:,a%20b%ff", "text/plain;charset=us-ascii", [97, 32, 98, 255]],
  ["data:text/plain;charset=utf-8,\u00e9#fragment", "text/plain;charset=utf-8", [0xc3, 0xa9]],
  ["data:image/png;base64,", "image/png", []],
];

for (const [uri, type, bytes] of DATA_URIS) {
  test(`a data: URI is decoded without network: ${uri}`, async () => {
    const file = new FileOutput(uri, () => assert.fail("asked the network"));
    const blob = await file.blob();
    assert.equal(blob.type.replace("US-ASCII", "us-ascii"), type);
    assert.deepEqual([...(await file.bytes())], bytes);
    assert.deepEqual([...(await collect(file))], bytes);
    // The platform's decoder gives the same.
    assert.deepEqual([...new Uint8Array(await (await fetch(uri)).arrayBuffer())], bytes);
  });
}

test("a data: URI of megabytes is decoded byte for byte", async () => {
  const bytes = Uint8Array.from({ length: 6_000_000 }, (_, i) => (i * 31) >> 3);
  const file = new FileOutput(`data:application/octet-stream;base64,${Buffer.from(bytes).toString("base64")}`);
  assert.ok(Buffer.from(await file.bytes()).equals(bytes));
});

test('a malformed data: URI is code "protocol", and its bytes are not in the message', async () => {
  for (const uri of ["data:image/png;base64,%%%", "data:nocomma"]) {
    await assert.rejects(new FileOutput(uri).blob(), { code: "protocol", message: "GET data: failed" });
  }
});

test("a data: URI with millions of parameters is a file and can be read", async () => {
  const uri = `data:image/png${";a=b".repeat(2_000_000)},x`;
  assert.equal(isFile(uri), true);
  const blob = await new FileOutput(uri).blob();
  assert.deepEqual([blob.type, await blob.text()], ["image/png", "x"]);
});

test('a data: URI with millions of parameters and no comma is no file, and reading it is code "protocol"', async () => {
  const uri = `data:image/png${";a=b".repeat(2_000_000)}`;
  assert.equal(isFile(uri), false);
  for (const read of Object.values(READS)) await assert.rejects(read(new FileOutput(uri)), { code: "protocol", message: "GET data: failed" });
});

test('a custom fetch without a Response, or with a body without bytes, is code "network"', async () => {
  const answers = {
    "no answer": undefined,
    "a body that is no stream": { ok: true, headers: new Headers(), body: {} },
    "a chunk without bytes": { ok: true, headers: new Headers(), body: { getReader: () => ({ read: async () => ({ done: false }) }) } },
    "a read that throws": { ok: true, headers: new Headers(), body: { getReader: () => ({ read: () => assert.fail("read") }) } },
  };
  for (const [name, answer] of Object.entries(answers)) {
    await assert.rejects(collect(new FileOutput("https://replicate.delivery/out.png", async () => answer)), { code: "network" }, name);
  }
});

/** A body that ends regularly before its Content-Length, as a cut connection does in WebKitGTK. */
const answering = (length, headers, type) => async () => {
  const response = new Response(new Uint8Array(length), { headers });
  return type ? Object.defineProperty(response, "type", { value: type }) : response;
};
const address = "https://replicate.delivery/out.png?signature=hunter2";

for (const [name, read] of Object.entries({ ...READS, "the stream": (file) => new Response(file).blob() })) {
  test(`a file shorter than its Content-Length is code "network": ${name}`, async () => {
    const file = new FileOutput(address, answering(999, { "content-length": "1000" }));
    const message = "The answer to GET https://replicate.delivery/out.png was cut short: 999 of 1000 bytes came";
    await assert.rejects(read(file), { code: "network", message });
  });
}

test("an image shorter than its Content-Length is an error too", async () => {
  const image = new ImageResponse(address, "", answering(0, { "content-length": "1" }));
  for (const method of ["blob", "bytes", "objectUrl"]) await assert.rejects(image[method](), { code: "network", message: /0 of 1 bytes/ });
});

const LENGTHS = {
  "as long as it says": [1000, { "content-length": "1000" }],
  "longer than it says": [1001, { "content-length": "1000" }],
  "of no length": [1000, {}],
  "of a length that is no number": [1000, { "content-length": "many" }],
  "encoded, so that the length is not its own": [1000, { "content-length": "1200", "content-encoding": "gzip" }],
  "of another origin, perhaps encoded": [1000, { "content-length": "1100" }, "cors"],
};
for (const [name, answer] of Object.entries(LENGTHS)) {
  test(`a file counts as whole that is ${name}`, async () => {
    const file = new FileOutput(address, answering(...answer));
    assert.equal((await file.blob()).size, answer[0]);
    assert.equal((await collect(file)).length, answer[0]);
  });
}

const SHORT = {
  "whose encoding is identity": [999, { "content-length": "1000", "content-encoding": "identity" }],
  "of another origin, shorter than any encoding makes it": [800, { "content-length": "1000" }, "cors"],
};
for (const [name, answer] of Object.entries(SHORT)) {
  test(`a file counts as cut ${name}`, async () => {
    await assert.rejects(new FileOutput(address, answering(...answer)).blob(), { code: "network", message: /was cut short/ });
  });
}

const FILES = {
  "https://replicate.delivery/out.png": true,
  "HTTPS://replicate.delivery/out.png": true,
  "https://replicate.delivery/out.png?x=1#y": true,
  "http://localhost:8787/files/1.png": true,
  "http://127.0.0.1/1.png": true,
  "http://[::1]:80/1.png": true,
  "http://demo.localhost/1.png": true,
  "data:image/png;base64,AAAA": true,
  "data:text/plain;charset=utf-8;base64,AAAA": true,
  "data:,x": true,
  "http://replicate.delivery/out.png": false,
  "http://localhost@evil.example/1.png": false,
  "http://localhost.evil.example/1.png": false,
  "http://127.evil.example/1.png": false,
  "https://replicate.delivery/out.png is the picture": false,
  " https://replicate.delivery/out.png": false,
  "https://replicate.delivery/out.png\n": false,
  "see https://replicate.delivery/out.png": false,
  "https://": false,
  "https:": false,
  "data: the facts, all of them": false,
  "data:text/plain,a b": false,
  "data:facts,figures": false,
  "data:image/png;;base64,AAAA": false,
  "data:image/png;,AAAA": false,
  "data:image/png;base64": false,
  "data:": false,
  "javascript:alert(1)": false,
  "": false,
};

for (const [text, expected] of Object.entries(FILES)) {
  test(`${JSON.stringify(text)} is ${expected ? "" : "not "}a file`, () => assert.equal(isFile(text), expected));
}

test("a megabyte that begins like a file is recognised as text without backtracking", () => {
  for (const start of ["data:", "data:a/b;", "https://", "data:;"]) {
    assert.equal(isFile(`${start}${";a".repeat(500_000)} `), false);
  }
});

test("an output has a FileOutput for each file string, at any depth, and copies only what changes", () => {
  const url = "https://replicate.delivery/out.png";
  const same = { text: ["Spring", "\n"], none: null };
  const output = { list: [url, [url]], same, number: 0, flag: false };
  const result = withFiles(output);
  assert.ok(result.list[0] instanceof FileOutput);
  assert.ok(result.list[1][0] instanceof FileOutput);
  assert.equal(result.same, same);
  assert.equal(JSON.stringify(result), JSON.stringify(output));
  assert.equal(output.list[0], url);
});

test("an output of any nesting depth is walked to its end", () => {
  const url = "https://replicate.delivery/out.png";
  for (const depth of [5000, 200_000]) {
    let output = url;
    for (let level = 0; level < depth; level++) output = [output];
    let result = withFiles(output);
    for (let level = 0; level < depth; level++) [result] = result;
    assert.ok(result instanceof FileOutput);
  }
});

test("an output without files is unchanged, also a falsy one", () => {
  const output = ["Spring", " is here"];
  assert.equal(withFiles(output), output);
  for (const value of [null, undefined, 0, false, ""]) assert.equal(withFiles(value), value);
  assert.ok(withFiles("https://replicate.delivery/out.png") instanceof FileOutput);
});

test("a file of an output uses the given fetch", async () => {
  const asked = [];
  const file = withFiles("https://replicate.delivery/out.txt", async (url) => (asked.push(url), new Response("text")));
  assert.equal(await (await file.blob()).text(), "text");
  assert.deepEqual(asked, ["https://replicate.delivery/out.txt"]);
});

test("an ImageResponse downloads on demand, any number of times, with the given fetch", async (t) => {
  const { url, requests } = await picture(t);
  const seen = [];
  const image = new ImageResponse(url, "a lake", (address, init) => (seen.push(address), fetch(address, init)));
  assert.equal(requests.length, 0);
  assert.equal((await image.blob()).type, "image/png");
  assert.deepEqual(await image.bytes(), PICTURE);
  const local = await image.objectUrl();
  t.after(() => URL.revokeObjectURL(local));
  assert.match(local, /^blob:/);
  assert.deepEqual(seen, [url, url, url]);
});

test('an ImageResponse whose download fails is code "http"', async (t) => {
  const { url } = await serve(t, (_, response) => response.writeHead(403).end());
  await assert.rejects(new ImageResponse(url, "").objectUrl(), { code: "http", status: 403 });
});

test("the JSON of an ImageResponse is its url and alt, and it is frozen", () => {
  const image = new ImageResponse("https://replicate.delivery/out.png", "a lake");
  assert.equal(JSON.stringify(image), '{"url":"https://replicate.delivery/out.png","alt":"a lake"}');
  assert.throws(() => (image.url = "https://evil.example"), TypeError);
  assert.throws(() => (image.alt = ""), TypeError);
});

const U = "https://replicate.delivery/out.png";
const MARKDOWN = [
  ["a lake", U, `[![a lake](${U})](${U})`],
  ["", U, `[![](${U})](${U})`],
  ["two\nlines\r\nor\rthree", U, `[![two lines or three](${U})](${U})`],
  ['a "blue" lake', U, `[![a blue lake](${U})](${U})`],
  ["](https://evil.example) [x", U, `[![\\](https://evil.example) \\[x](${U})](${U})`],
  ["ends in \\", U, `[![ends in \\\\](${U})](${U})`],
  ["`code", U, `[![\\\`code](${U})](${U})`],
  ["<img src=x>", U, `[![\\<img src=x>](${U})](${U})`],
  ["a", "https://h/a b.png", "[![a](https://h/a%20b.png)](https://h/a%20b.png)"],
  ["a", "https://h/a%20b.png", "[![a](https://h/a%20b.png)](https://h/a%20b.png)"],
  ["a", "https://h/)](x", "[![a](https://h/%29%5D%28x)](https://h/%29%5D%28x)"],
  ["a", 'https://h/"\n<>', "[![a](https://h/%22%0A%3C%3E)](https://h/%22%0A%3C%3E)"],
];

const NO_LINKS = [
  "javascript:alert(1)",
  "JavaScript:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "vbscript:msgbox(1)",
  "file:///etc/passwd",
  "http://evil.example/out.png",
  "//evil.example/out.png",
  "/out.png",
  "blob:https://app.example/1",
  "data:nocomma",
  "",
];
for (const url of NO_LINKS) {
  test(`an ImageResponse with the URL ${JSON.stringify(url)} is its text in Markdown, without a link`, () => {
    assert.equal(String(new ImageResponse(url, "a [lake]")), "a \\[lake\\]");
  });
}

for (const [alt, url, markdown] of MARKDOWN) {
  test(`an ImageResponse is a linked image in Markdown: ${JSON.stringify([alt, url])}`, () => {
    assert.equal(String(new ImageResponse(url, alt)), markdown);
  });
}
