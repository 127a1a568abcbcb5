import test from "node:test";
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { encodeInput, toBlob } from "../../src/npm/inputs.js";
import { FileOutput, ImageResponse } from "../../src/npm/files.js";
import { ReplicateError } from "../../src/npm/error.js";

const BYTES = [0, 1, 127, 128, 250, 255, 10];
const DATA_URI = `data:application/octet-stream;base64,${Buffer.from(BYTES).toString("base64")}`;

/** The bytes are in the middle of a larger buffer, of which only they must be sent. */
function memory(buffer = new ArrayBuffer(64)) {
  new Uint8Array(buffer).fill(7).set(BYTES, 16);
  return buffer;
}
const shared = memory(new SharedArrayBuffer(64));

const BINARY = {
  Uint8Array: new Uint8Array(memory(), 16, 7),
  Int8Array: new Int8Array(memory(), 16, 7),
  Uint8ClampedArray: new Uint8ClampedArray(memory(), 16, 7),
  DataView: new DataView(memory(), 16, 7),
  Buffer: Buffer.from(memory(), 16, 7),
  "a Buffer of Node's pool": Buffer.from(BYTES),
  ArrayBuffer: Uint8Array.from(BYTES).buffer,
  "a view of a SharedArrayBuffer": new Uint8Array(shared, 16, 7),
  SharedArrayBuffer: shared.slice(16, 23),
  "an ArrayBuffer of another realm": runInNewContext(`Uint8Array.from([${BYTES}]).buffer`),
  Blob: new Blob([Uint8Array.from(BYTES)]),
  File: new File([Uint8Array.from(BYTES)], "photo.bin"),
};

const inline = (input, options) => encodeInput(input, { strategy: "data-uri", ...options });

for (const [name, value] of Object.entries(BINARY)) {
  test(`${name} is inlined byte for byte, at any depth`, async () => {
    const input = { file: value, list: [{ deep: [value] }] };
    assert.deepEqual(await inline(input), { file: DATA_URI, list: [{ deep: [DATA_URI] }] });
    assert.equal(input.file, value);
  });

  test(`${name} is uploaded byte for byte, once for each object`, async () => {
    const uploads = [];
    const upload = async (blob) => `https://files/${uploads.push(blob)}`;
    const result = await encodeInput({ a: value, b: [value] }, { strategy: "upload", upload });
    assert.deepEqual(result, { a: "https://files/1", b: ["https://files/1"] });
    assert.deepEqual([...new Uint8Array(await uploads[0].arrayBuffer())], BYTES);
  });
}

for (const Type of [Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array]) {
  test(`${Type.name} is encoded by its bytes, not by its elements`, async () => {
    const bytes = new Uint8Array(memory());
    const view = new Type(bytes.buffer, 16, 3);
    const expected = Buffer.from(bytes.slice(16, 16 + view.byteLength)).toString("base64");
    assert.equal((await inline({ view })).view, `data:application/octet-stream;base64,${expected}`);
  });
}

test("an upload gets the File itself, with its name and type", async () => {
  const file = new File(["text"], "notes.txt", { type: "text/plain" });
  let sent;
  await encodeInput({ file }, { upload: async (blob) => ((sent = blob), "https://files/1") });
  assert.equal(sent, file);
});

test("equal but distinct files are each uploaded, at the same time", async () => {
  const started = [];
  const upload = (blob) => new Promise((resolve) => started.push(() => resolve(`https://files/${blob.size}`)));
  const pending = encodeInput({ a: new Blob(["x"]), b: new Blob(["xy"]) }, { upload });
  await new Promise(setImmediate);
  assert.equal(started.length, 2);
  started.forEach((finish) => finish());
  assert.deepEqual(await pending, { a: "https://files/1", b: "https://files/2" });
});

const TYPES = {
  "image/png": "image/png",
  "": "application/octet-stream",
  "text/plain;charset=utf-8": "text/plain;charset=utf-8",
  'video/webm; codecs="vp9, opus"': "video/webm;codecs=%22vp9%2Copus%22",
};

for (const [type, expected] of Object.entries(TYPES)) {
  test(`a data URI carries the type ${JSON.stringify(type)} as ${expected}`, async () => {
    const { blob } = await inline({ blob: new Blob(["x"], { type }) });
    assert.equal(blob, `data:${expected};base64,eA==`);
    assert.equal(await (await fetch(blob)).text(), "x");
  });
}

const bytesOf = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
/** The first bytes of files, and their types. */
const STARTS = {
  "\x89PNG\r\n\x1a\n\0\0\0\rIHDR": "image/png",
  "\xff\xd8\xff\xe0\0\x10JFIF": "image/jpeg",
  "RIFF\x24\0\0\0WEBPVP8 ": "image/webp",
  GIF89a: "image/gif",
  GIF87a: "image/gif",
  "RIFF\x24\0\0\0WAVEfmt ": "audio/wav",
  "ID3\x04\0": "audio/mpeg",
  "\xff\xfb\x90\x64": "audio/mpeg",
  "\xff\xf3\x40\xc4": "audio/mpeg",
  "\0\0\0\x20ftypisom": "video/mp4",
  "\0\0\0\x18ftypmp42": "video/mp4",
  "%PDF-1.7\n": "application/pdf",
  "": "application/octet-stream",
  "\x89PN": "application/octet-stream",
  "RIFF\x24\0\0\0AVI ": "application/octet-stream",
  "\0\0\0\x20ftypheic": "application/octet-stream",
  "\0\0\0\x20ftypavif": "application/octet-stream",
  "\xff\xfeh\0": "application/octet-stream",
  "once upon a time": "application/octet-stream",
};

for (const [start, type] of Object.entries(STARTS)) {
  test(`bytes that begin with ${JSON.stringify(start)} are of type ${type}`, async () => {
    const bytes = bytesOf(start);
    const expected = `data:${type};base64,${Buffer.from(bytes).toString("base64")}`;
    const input = { bytes, buffer: bytes.buffer, blob: new Blob([bytes]), file: new File([bytes], "upload") };
    assert.deepEqual(await inline(input), { bytes: expected, buffer: expected, blob: expected, file: expected });
  });
}

const NAMED = {
  "photo.JPG": "image/jpeg",
  "voice.m4a": "audio/mp4",
  "page.pdf": "application/pdf",
  "archive.tar.zip": "application/zip",
  "notes.unknown": "image/png",
  png: "image/png",
  "photo.constructor": "image/png",
};
for (const [name, type] of Object.entries(NAMED)) {
  test(`a File named ${name} without a type gets ${type} by its name, else by its first bytes`, async () => {
    const { file } = await inline({ file: new File([bytesOf("\x89PNG\r\n\x1a\n")], name) });
    assert.match(file, new RegExp(`^data:${type};base64,`));
  });
}

test("the type of a Blob wins over its name and its bytes", async () => {
  const { file } = await inline({ file: new File([bytesOf("%PDF-1.7")], "photo.png", { type: "text/plain" }) });
  assert.match(file, /^data:text\/plain;base64,/);
});

/** The ways to make base64 on different platforms. All must give the same. */
const PLATFORMS = {
  "Uint8Array.prototype.toBase64": (t) => {
    const ours = !Uint8Array.prototype.toBase64;
    if (ours) {
      Uint8Array.prototype.toBase64 = function () {
        return Buffer.from(this).toString("base64");
      };
      t.after(() => delete Uint8Array.prototype.toBase64);
    }
  },
  "Node's Buffer": (t) => without(t, Uint8Array.prototype, "toBase64"),
  "btoa alone": (t) => {
    without(t, Uint8Array.prototype, "toBase64");
    without(t, globalThis, "Buffer");
  },
};

function without(t, object, key) {
  const descriptor = Object.getOwnPropertyDescriptor(object, key);
  if (!descriptor) return;
  delete object[key];
  t.after(() => Object.defineProperty(object, key, descriptor));
}

for (const [name, setUp] of Object.entries(PLATFORMS)) {
  test(`megabytes become base64 without an argument-list limit, with ${name}`, async (t) => {
    const bytes = Uint8Array.from({ length: 8_000_001 }, (_, i) => (i * 31) >> 2);
    const expected = Buffer.from(bytes).toString("base64");
    setUp(t);
    const { file } = await inline({ file: new Blob([bytes]) });
    assert.ok(file === `data:application/octet-stream;base64,${expected}`);
  });
}

test("up to 10 MB in all are inlined, and one more byte is an invalid_argument", async () => {
  const half = new Blob([new Uint8Array(5_000_000)]);
  const { a, b } = await inline({ a: half, b: half });
  assert.equal(a.length, b.length);
  await assert.rejects(inline({ a: half, b: [half, new Uint8Array(1)] }), {
    code: "invalid_argument",
    message: "Files of more than 10 MB in all do not fit into data URIs: give URLs instead",
  });
});

test("a file too large to inline is uploaded", async () => {
  const big = new Uint8Array(10_000_001);
  const options = { upload: async (blob) => `https://files/${blob.size}` };
  assert.deepEqual(await encodeInput({ big }, options), { big: "https://files/10000001" });
});

const refuse = async () => {
  throw new ReplicateError("http", "Refused", { status: 403 });
};

test('"default" inlines a file whose upload fails, and only that file', async () => {
  const good = new Blob(["good"]);
  const upload = async (blob) => (blob === good ? "https://files/good" : refuse());
  const result = await encodeInput({ good, bad: new Blob(["bad"]) }, { upload });
  assert.deepEqual(result, { good: "https://files/good", bad: "data:application/octet-stream;base64,YmFk" });
});

test("a failed upload is the cause of the error when the file is too large to inline", async () => {
  await assert.rejects(encodeInput({ big: new Uint8Array(10_000_001) }, { upload: refuse }), (error) => {
    return error.code === "invalid_argument" && error.cause.status === 403;
  });
});

test('"upload" never inlines: it throws the error of the upload, or an error for a missing URL', async () => {
  const input = { file: new Blob(["x"]) };
  await assert.rejects(encodeInput(input, { strategy: "upload", upload: refuse }), { code: "http", status: 403 });
  await assert.rejects(encodeInput(input, { strategy: "upload", upload: async () => undefined }), { code: "protocol" });
});

test('"data-uri" never uploads', async () => {
  await inline({ file: new Blob(["x"]) }, { upload: () => assert.fail("uploaded") });
});

test("an aborted signal rejects with its reason and sends nothing", async () => {
  const reason = new Error("stopped");
  const options = { signal: AbortSignal.abort(reason), upload: () => assert.fail("uploaded") };
  await assert.rejects(encodeInput({ file: new Blob(["x"]) }, options), (error) => error === reason);
});

for (const strategy of ["default", "upload"]) {
  test(`a signal aborted during an upload rejects with its reason: "${strategy}"`, async () => {
    const controller = new AbortController();
    const reason = new Error("stopped");
    const upload = async () => {
      controller.abort(reason);
      throw new ReplicateError("network", "Upload broke");
    };
    const pending = encodeInput({ file: new Blob(["x"]) }, { strategy, upload, signal: controller.signal });
    await assert.rejects(pending, (error) => error === reason);
  });
}

test("an upload gets the signal", async () => {
  const { signal } = new AbortController();
  const upload = async (_, options) => (assert.equal(options.signal, signal), "https://files/1");
  await encodeInput({ file: new Blob(["x"]) }, { strategy: "upload", upload, signal });
});

test("a file that cannot be read is an invalid_argument with its cause", async () => {
  const file = new File(["x"], "moved.txt");
  const cause = new Error("NotReadableError");
  file.arrayBuffer = () => Promise.reject(cause);
  await assert.rejects(inline({ file }), { code: "invalid_argument", cause });
});

test("a file whose read throws is an invalid_argument too", async () => {
  const cause = new TypeError("Illegal invocation");
  const file = Object.assign(new Blob(["x"], { type: "image/png" }), { arrayBuffer: () => { throw cause; } });
  await assert.rejects(inline({ file }), { code: "invalid_argument", cause, message: /cannot be read: give its bytes or a URL/ });
});

test("an input without files is returned unchanged", async () => {
  const input = { prompt: "spring", list: [1, null, true, { a: undefined }] };
  assert.equal(await encodeInput(input), input);
});

test("only containers of a file are copied, and the input is not changed", async () => {
  const input = Object.freeze({ same: { a: 1 }, list: Object.freeze([new Blob(["x"])]) });
  const result = await inline(input);
  assert.equal(result.same, input.same);
  assert.notEqual(result.list, input.list);
  assert.ok(input.list[0] instanceof Blob);
});

test("other values are passed to JSON.stringify unchanged", async () => {
  class Point {
    file = new Blob(["x"]);
    toJSON() {
      return "point";
    }
  }
  const url = new URL("https://replicate.com/");
  const date = new Date(0);
  const input = { date, url, point: new Point(), blob: new Blob(["x"]) };
  const result = await inline(input);
  assert.equal(result.date, date);
  assert.equal(result.point, input.point);
  assert.deepEqual(JSON.parse(JSON.stringify(result)), {
    date: "1970-01-01T00:00:00.000Z",
    url: "https://replicate.com/",
    point: "point",
    blob: "data:application/octet-stream;base64,eA==",
  });
});

test("file outputs of an earlier run are sent as their URL", async () => {
  const url = "https://replicate.delivery/out.png";
  const fail = () => assert.fail("downloaded");
  const input = { image: new FileOutput(url, fail), images: [new ImageResponse(url, "a lake", fail)] };
  assert.deepEqual(await encodeInput(input), { image: url, images: [url] });
});

test("an input that contains itself is an invalid_argument, but one with the same object twice is not", async () => {
  const cycle = { list: [] };
  cycle.list.push({ cycle });
  await assert.rejects(encodeInput(cycle), { code: "invalid_argument", message: "The input contains itself" });
  const twice = { a: 1 };
  const input = { twice, again: [twice] };
  assert.equal(await encodeInput(input), input);
});

/** `leaf` inside `depth` arrays and objects. */
function nested(depth, leaf) {
  let value = leaf;
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { value };
  return value;
}

test("an input nested deeper than JSON can carry is an invalid_argument, before anything is sent", async () => {
  const message = "The input is nested more than 1000 levels deep";
  for (const depth of [1001, 5000, 200_000]) {
    const input = { file: new Blob(["x"]), deep: nested(depth, 1) };
    await assert.rejects(encodeInput(input, { upload: () => assert.fail("sent") }), { code: "invalid_argument", message });
  }
});

test("an input nested 1000 levels deep is sent, and so is a file at its bottom", async () => {
  const deep = await inline(nested(1000, new Blob(["x"])));
  assert.ok(JSON.stringify(deep).includes("base64,eA=="));
});

test("a BigInt in an input is an invalid_argument, before anything is sent", async () => {
  const input = { file: new Blob(["x"]), list: [{ seed: 2n ** 64n }] };
  const message = "The input holds a BigInt, which JSON cannot carry: give a number or a string";
  await assert.rejects(encodeInput(input, { upload: () => assert.fail("sent") }), { code: "invalid_argument", message });
});

test("a BigInt is sent if the app has defined its toJSON", async (t) => {
  BigInt.prototype.toJSON = function () {
    return `${this}`;
  };
  t.after(() => delete BigInt.prototype.toJSON);
  assert.equal(JSON.stringify(await encodeInput({ seed: 2n ** 64n })), '{"seed":"18446744073709551616"}');
});

test('a key named "__proto__" is copied as a key', async () => {
  const input = JSON.parse('{"__proto__": {"polluted": true}}');
  input.file = new Blob(["x"]);
  const result = await inline(input);
  assert.deepEqual(Object.keys(result), ["__proto__", "file"]);
  assert.equal({}.polluted, undefined);
});

test("bytes are copied at the time of the call", async () => {
  const bytes = Uint8Array.from([1, 2, 3]);
  const pending = inline({ bytes });
  bytes.fill(0);
  assert.equal((await pending).bytes, "data:application/octet-stream;base64,AQID");
});

test("a value without bytes is not a file", () => {
  for (const value of ["text", 1, null, undefined, true, {}, [], new Date(), () => {}, Symbol("s")]) {
    assert.equal(toBlob(value), undefined);
  }
});

test("a value whose content JSON would lose is an invalid_argument that names its kind", async () => {
  const values = {
    Promise: Promise.resolve("x"),
    Map: new Map([["a", 1]]),
    Set: new Set([1]),
    ReadableStream: new ReadableStream(),
    Response: new Response("x"),
    FormData: new FormData(),
    RegExp: /x/,
  };
  for (const [kind, value] of Object.entries(values)) {
    await assert.rejects(inline({ list: [{ value }] }), { code: "invalid_argument", message: new RegExp(`\\b${kind}\\b`) });
  }
});

test("a value that JSON can carry is not changed", async () => {
  class Point {
    x = 1;
  }
  class Named {
    toJSON() {
      return "named";
    }
  }
  const input = { date: new Date(0), url: new URL("https://a.example/"), point: new Point(), named: new Named(), boxed: Object("x"), none: null, empty: {}, bare: Object.create(null) };
  assert.equal(JSON.stringify(await inline(input)), JSON.stringify(input));
});
