import { test } from "node:test";
import assert from "node:assert/strict";
import zlib from "node:zlib";
import { startSandbox } from "./ask.mjs";

const FLUX = { model: "black-forest-labs/flux-schnell" };

/** The chunks of a PNG by type. Fails for a wrong signature, length or checksum. */
function pngChunks(bytes) {
  const file = Buffer.from(bytes);
  assert.equal(file.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  const chunks = {};
  let at = 8;
  while (at < file.length) {
    const length = file.readUInt32BE(at);
    const body = file.subarray(at + 4, at + 8 + length);
    assert.equal(file.readUInt32BE(at + 8 + length), crc(body), "checksum");
    chunks[body.toString("latin1", 0, 4)] = body.subarray(4);
    at += 12 + length;
  }
  return chunks;
}

/** The CRC-32 of PNG, independent of the sandbox's own: zlib's if Node has it, else bit by bit. */
function crc(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes);
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}

test("a picture is a valid PNG of at least 256 by 256 pixels with many colours", async () => {
  const { sandbox, create, get } = startSandbox();
  const [url] = (await get(await create({ prompt: "A beautiful landscape with mountains and a lake." }, FLUX))).output;
  const response = await sandbox(url);
  assert.equal(response.headers.get("Content-Type"), "image/png");
  assert.match(response.headers.get("Cache-Control"), /max-age=3600/);
  const chunks = pngChunks(await response.arrayBuffer());
  assert.deepEqual(Object.keys(chunks), ["IHDR", "PLTE", "IDAT", "IEND"]);
  const [width, height] = [chunks.IHDR.readUInt32BE(0), chunks.IHDR.readUInt32BE(4)];
  assert.ok(width >= 256 && height >= 256);
  const pixels = zlib.inflateSync(chunks.IDAT);
  assert.equal(pixels.length, (width + 1) * height);
  assert.ok(new Set(pixels).size > 100);
  assert.ok(Math.max(...new Set(pixels)) < chunks.PLTE.length / 3, "every pixel has a colour");
});

test("the same prompt and seed give the same picture and text, and another prompt, seed or index another", async () => {
  const picture = async (input, options, index = 0) => {
    const { sandbox, create, get } = startSandbox(options);
    const { output } = await get(await create({ num_outputs: 2, ...input }, FLUX));
    return Buffer.from(await (await sandbox(output[index])).arrayBuffer()).toString("base64");
  };
  const text = async (input, options) => {
    const { create, get } = startSandbox(options);
    return (await get(await create(input))).output.join("");
  };
  for (const make of [picture, text]) {
    const usual = await make({ prompt: "A lake" });
    assert.equal(await make({ prompt: "A lake" }), usual);
    assert.notEqual(await make({ prompt: "A mountain" }), usual);
    assert.ok(
      (await Promise.all([1, 2, 3, 4].map((seed) => make({ prompt: "A lake", seed })))).some(
        (other) => other !== usual,
      ),
    );
    assert.ok(
      (await Promise.all([1, 2, 3, 4].map((seed) => make({ prompt: "A lake" }, { seed })))).some(
        (other) => other !== usual,
      ),
    );
  }
  assert.notEqual(await picture({ prompt: "A lake" }, {}, 0), await picture({ prompt: "A lake" }, {}, 1));
});

test("a picture with a known ETag is 304, and an unknown picture is 404", async () => {
  const { sandbox, create, get } = startSandbox();
  const [url] = (await get(await create({ prompt: "A lake" }, FLUX))).output;
  const ETag = (await sandbox(url)).headers.get("ETag");
  assert.equal((await sandbox(url, { headers: { "If-None-Match": ETag } })).status, 304);
  const head = await sandbox(url, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(await head.text(), "");
  for (const wrong of [
    url.replace("out-0", "out-1"),
    url.replace("out-0", "out-9"),
    url.replace(/files\/\w+/, "files/nobody"),
  ]) {
    assert.equal((await sandbox(wrong)).status, 404, wrong);
  }
});

test("in a page pictures are data URIs", async () => {
  const { create, get } = startSandbox({ dataUris: true });
  const [uri] = (await get(await create({ prompt: "A lake" }, FLUX))).output;
  assert.match(uri, /^data:image\/png;base64,/);
  pngChunks(await (await fetch(uri)).arrayBuffer());
});

test("a poem about spring has a title and verses", async () => {
  const { create, get } = startSandbox();
  const poem = (await get(await create({ prompt: "Write a short poem about spring." }))).output.join("");
  const [title, gap, ...lines] = poem.split("\n");
  assert.equal(title, "Spring");
  assert.equal(gap, "");
  assert.ok(lines.length >= 8);
  assert.ok(lines.every((line) => line.length < 60));
  assert.match(lines.join("\n"), /spring/);
});

test("the answer to a conversation depends on its last question only", async () => {
  const { create, get } = startSandbox();
  const alone = await get(await create({ prompt: "A poem about rivers" }));
  const talk = await get(
    await create({
      prompt: "System: be brief\nUser: A poem about stones\nAssistant: Stones\nUser: A poem about rivers\nAssistant:",
    }),
  );
  assert.deepEqual(talk.output, alone.output);
});

test("some tokens have characters of several bytes, also outside of the basic plane", async () => {
  const { create, get } = startSandbox();
  const text = (await get(await create({ prompt: "A long poem about tea" }))).output.join("");
  assert.match(text, /[\u0080-\u07ff]/);
  assert.match(text, /[\u{10000}-\u{10ffff}]/u);
});

test("the metrics of a finished prediction have counts", async () => {
  const { create, get } = startSandbox();
  const text = await get(await create({ prompt: "tea", max_tokens: 7 }));
  assert.equal(text.metrics.output_token_count, 7);
  assert.equal(text.output.length, 7);
  assert.equal((await get(await create({ prompt: "tea", num_outputs: 3 }, FLUX))).metrics.image_count, 3);
});
