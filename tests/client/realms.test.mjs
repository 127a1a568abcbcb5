// Files and signals of another realm: a window of jsdom or happy-dom, and a `vm` context in place of an iframe.

import test from "node:test";
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { runInNewContext } from "node:vm";
import { FileOutput } from "../../src/npm/files.js";
import { encodeInput, isContainer } from "../../src/npm/inputs.js";
import { resources } from "../../src/npm/resources.js";

const require = createRequire(new URL("../package/tools/package.json", import.meta.url));
const { JSDOM } = require("jsdom");
const { Window } = await import(require.resolve("happy-dom"));

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const DATA_URI = `data:image/png;base64,${Buffer.from(PNG).toString("base64")}`;
const bytes = Uint8Array.from(PNG);

const windows = { jsdom: new JSDOM("", { url: "http://localhost/" }).window, "happy-dom": new Window({ url: "http://localhost/" }) };
test.after(() => windows["happy-dom"].happyDOM.close());
test.after(() => windows.jsdom.close());

/** Sets a global for a test. jsdom's Blobs need jsdom's FileReader, which is the global one in a jsdom environment. */
function asGlobal(t, name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
}

const sent = async (file) => {
  let form;
  await resources(async (route, { data }) => ((form = data), new Response('{"id":"f1"}'))).files.create(file);
  const parts = await new Response(form).formData();
  const content = parts.get("content");
  return [content.name.replace(/\d+/, "0"), content.type, [...new Uint8Array(await content.arrayBuffer())]];
};

for (const [name, window] of Object.entries(windows)) {
  const files = {
    Blob: [new window.Blob([bytes]), "blob_0.png"],
    File: [new window.File([bytes], "photo.png"), "photo.png"],
  };
  for (const [type, [file, filename]] of Object.entries(files)) {
    test(`a ${type} of ${name} is inlined and uploaded byte for byte`, async (t) => {
      if (name === "jsdom") asGlobal(t, "FileReader", window.FileReader);
      assert.deepEqual(await encodeInput({ list: [file] }, { strategy: "data-uri" }), { list: [DATA_URI] });
      assert.deepEqual(await sent(file), [filename, "image/png", PNG]);
    });
  }

  test(`a signal of ${name} ends the encoding of an input with its reason`, async () => {
    const controller = new window.AbortController();
    const reason = new Error("stopped");
    const upload = async (_, { signal }) => {
      assert.equal(signal, controller.signal);
      controller.abort(reason);
      throw new Error("broke");
    };
    await assert.rejects(encodeInput({ file: new Blob(["x"]) }, { upload, signal: controller.signal }), (error) => error === reason);
  });
}

test("a Blob that this realm cannot read is an invalid_argument before anything is sent", async () => {
  const file = new windows.jsdom.Blob([bytes]);
  assert.equal(globalThis.FileReader, undefined);
  const message = "A file of the input cannot be read: give its bytes or a URL in its place";
  await assert.rejects(encodeInput({ file }, { strategy: "data-uri" }), { code: "invalid_argument", message });
  const client = resources(() => assert.fail("sent"));
  await assert.rejects(client.files.create(file), { code: "invalid_argument", message });
});

test("if FormData and Blob are not of the realm of fetch, as in Vitest's jsdom, an upload works or its error says what to do", async (t) => {
  for (const name of ["Blob", "File", "FormData", "FileReader"]) asGlobal(t, name, windows.jsdom[name]);
  const [major] = process.versions.node.split(".");
  for (const [file, filename] of [[new File([bytes], "photo.png", { type: "image/png" }), "photo.png"], [bytes, "blob_0.png"]]) {
    // Node 24 parses the files of a form as jsdom's, and accepts none of them.
    if (major < 24) assert.deepEqual(await sent(file), [filename, "image/png", PNG]);
    else await assert.rejects(sent(file), { code: "invalid_argument", message: /set fileEncodingStrategy to "data-uri"/ });
  }
  assert.deepEqual(await encodeInput({ bytes }, { strategy: "data-uri" }), { bytes: DATA_URI });
});

test("a file is read, and leaving closes it, even if fetch refuses the signals of this realm, as in Node 24 with jsdom", async (t) => {
  const strict = (signal) => assert.ok(!(signal instanceof AbortSignal), "Expected signal to be an instance of AbortSignal");
  asGlobal(t, "AbortController", windows.jsdom.AbortController);
  asGlobal(t, "AbortSignal", windows.jsdom.AbortSignal);
  asGlobal(t, "Request", class { constructor(url, { signal }) { strict(signal); } });
  let canceled = 0;
  const fetch = async (url, { signal }) => {
    strict(signal);
    return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(bytes), cancel: () => void canceled++ }, { highWaterMark: 0 }));
  };
  const file = new FileOutput("https://replicate.delivery/out.png", fetch);
  for await (const chunk of file) {
    assert.deepEqual([...chunk], PNG);
    break;
  }
  assert.equal(canceled, 1);
  const reader = file.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(canceled, 2);
});

test("objects, arrays and bytes of another realm are walked and read", async () => {
  const input = runInNewContext(`({ list: [Uint8Array.from([${PNG}]), { buffer: Uint8Array.from([${PNG}]).buffer }] })`);
  assert.ok(!(input instanceof Object) && isContainer(input));
  const encoded = await encodeInput(input, { strategy: "data-uri" });
  assert.equal(JSON.stringify(encoded), JSON.stringify({ list: [DATA_URI, { buffer: DATA_URI }] }));
});
