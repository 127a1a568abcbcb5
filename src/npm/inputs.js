/** Not Rust: it walks JavaScript values for Blobs, bytes and files, and reads them with the platform's promises. */

import { ReplicateError, invalid } from "./error.js";
import { FileOutput, ImageResponse } from "./files.js";

/** The most bytes that are inlined in a request: the limit of Replicate's own client. */
const MAX_INLINE_BYTES = 10_000_000;

/** The deepest nesting of an input. `JSON.stringify` fails at a few thousand levels, and so do servers. */
const MAX_DEPTH = 1000;

/** Media types by extension. A file without a name gets the first extension of its type. */
const TYPES = {
  __proto__: null,
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  svg: "image/svg+xml",
  wav: "audio/wav",
  mp3: "audio/mpeg",
  m4a: "audio/mp4",
  flac: "audio/flac",
  ogg: "audio/ogg",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  pdf: "application/pdf",
  zip: "application/zip",
  json: "application/json",
  csv: "text/csv",
  txt: "text/plain",
};

/** Media types by the first bytes, one character for each. */
const SIGNATURES = [
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
  ["image/gif", /^GIF8[79]a/],
  ["audio/wav", /^RIFF[^]{4}WAVE/],
  // An ID3 tag, or a frame of layer III of any MPEG version.
  ["audio/mpeg", /^(ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb])/],
  // HEIC, AVIF and QuickTime have an `ftyp` box too, with other brands.
  ["video/mp4", /^[^]{4}ftyp(iso.|mp4.|avc1|M4V |MSNV|dash|f4v )/],
  ["application/pdf", /^%PDF-/],
];
const SIGNATURE_BYTES = 12;

/** Whether a value is a Blob of any realm: of an iframe, of jsdom, of happy-dom. `instanceof` finds only those of this realm. */
const isBlob = (value) =>
  typeof value === "object" && typeof value?.size === "number" && typeof value.type === "string" && typeof value.slice === "function";

/**
 * A value with bytes as a Blob: a Blob or File itself, a copy of an ArrayBuffer or a view (such as Node's Buffer). Undefined
 * for other values.
 */
export function toBlob(value) {
  if (isBlob(value)) return value;
  let bytes;
  if (ArrayBuffer.isView(value)) bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // `instanceof` fails for a buffer of another realm.
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value))) bytes = new Uint8Array(value);
  // A copy, since Blob refuses shared memory.
  return bytes && new Blob([bytes.slice()]);
}

const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/** Whether `JSON.stringify` would lose the content of a value: a Promise, a Map, a stream become `{}`. */
const isLost = (value) =>
  typeof value === "object" &&
  value !== null &&
  !value.toJSON &&
  !/^(Object|String|Number|Boolean)$/.test(tagOf(value)) &&
  Object.keys(value).length === 0;

/** jsdom's Blobs have no `arrayBuffer()`. */
const readByFileReader = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(blob);
  });

/**
 * The bytes of a Blob, or its first bytes.
 *
 * @throws {ReplicateError} "invalid_argument" for a file that was moved or deleted, or that cannot be read in this realm
 */
export async function bytesOf(blob, count = blob.size) {
  try {
    const part = count < blob.size ? blob.slice(0, count) : blob;
    return new Uint8Array(await (part.arrayBuffer ? part.arrayBuffer() : readByFileReader(part)));
  } catch (cause) {
    throw invalid("A file of the input cannot be read: give its bytes or a URL in its place", cause);
  }
}

/**
 * The media type of a file, and a name with an extension. A Blob's own type and name win. Else the type comes from the name
 * or from the first bytes.
 *
 * @throws {ReplicateError} like `bytesOf`: it always reads the first bytes, so that an unreadable file is found before
 *   anything is sent
 */
export async function describeFile(blob) {
  const start = String.fromCharCode(...(await bytesOf(blob, SIGNATURE_BYTES)));
  const [, extension] = /\.(\w+)$/.exec(blob.name ?? "") ?? [];
  const type =
    blob.type ||
    TYPES[extension?.toLowerCase()] ||
    SIGNATURES.find(([, signature]) => signature.test(start))?.[0] ||
    "application/octet-stream";
  const [known] = Object.entries(TYPES).find(([, known]) => known === type.split(";")[0]) ?? [];
  return { type, name: blob.name || `blob_${Date.now()}${known ? `.${known}` : ""}` };
}

function toBase64(bytes) {
  if (bytes.toBase64) return bytes.toBase64();
  if (globalThis.Buffer) return Buffer.from(bytes.buffer).toString("base64");
  const parts = [];
  // A multiple of 3, so that the parts need no padding, and small enough for an argument list.
  const size = 3 << 13;
  for (let i = 0; i < bytes.length; i += size) parts.push(btoa(String.fromCharCode(...bytes.subarray(i, i + size))));
  return parts.join("");
}

async function toDataUri(blob) {
  const { type } = await describeFile(blob);
  // A comma would end the type. MediaRecorder's types may have one: `video/webm;codecs="vp9, opus"`.
  const safe = type.replace(/ /g, "").replace(/[^\w/;=.+-]/g, encodeURIComponent);
  return `data:${safe};base64,${toBase64(await bytesOf(blob))}`;
}

/**
 * Makes the form that uploads a file, with its type, name and metadata.
 *
 * @param {Blob} blob of any realm
 * @param {object} metadata any JSON
 * @returns {Promise<FormData>} of the realm of `fetch`
 * @throws {ReplicateError} "invalid_argument" for a file that cannot be read, for metadata that JSON cannot carry, and if
 *   `fetch` accepts no form that can be made here
 */
export async function toForm(blob, metadata) {
  const { type, name } = await describeFile(blob);
  const json = toJson(metadata);
  if (!(await isFormOfFetch())) return parseForm(await bytesOf(blob), type, name, json);
  const form = new FormData();
  form.append("content", await ownBlob(blob, type), name);
  form.append("metadata", new Blob([json], { type: "application/json" }));
  return form;
}

function toJson(metadata) {
  try {
    return JSON.stringify(metadata);
  } catch (cause) {
    throw invalid(`The argument metadata cannot be written as JSON: ${cause.message}`, cause);
  }
}

const answer = (body, type) => new Response(body, { headers: { "content-type": type } });

/** Whether `fetch` accepts a `FormData` of this realm. In jsdom `fetch` is Node's, and sends jsdom's as "[object FormData]". */
const isFormOfFetch = async () => (await answer("a=b", "application/x-www-form-urlencoded").formData()) instanceof FormData;

/** Returns a Blob of this realm. One of another realm is copied; one of this realm is not read into memory. */
async function ownBlob(blob, type) {
  if (!(blob instanceof Blob)) return new Blob([await bytesOf(blob)], { type });
  return blob.type ? blob : blob.slice(0, blob.size, type);
}

/**
 * Makes a form of the realm of `fetch`: writes its bytes and parses them with a `Response`. In jsdom Node 24 puts a file of
 * jsdom's realm into it even so, and throws.
 */
async function parseForm(bytes, type, name, json) {
  const boundary = `replicate-wasm-${Math.random().toString(36).slice(2)}`;
  const filename = name.replace(/["\r\n]/g, encodeURIComponent);
  const part = (field, filename, type) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`;
  const encoder = new TextEncoder();
  const head = encoder.encode(part("content", filename, type));
  const tail = encoder.encode(`\r\n${part("metadata", "blob", "application/json")}${json}\r\n--${boundary}--\r\n`);
  const body = new Uint8Array(head.length + bytes.length + tail.length);
  body.set(head);
  body.set(bytes, head.length);
  body.set(tail, head.length + bytes.length);
  try {
    return await answer(body, `multipart/form-data; boundary=${boundary}`).formData();
  } catch (cause) {
    throw invalid('Files cannot be uploaded here, since FormData is not that of fetch: set fileEncodingStrategy to "data-uri"', cause);
  }
}

/** Whether a value is an array or a plain object of any realm, not an instance of a class. */
export const isContainer = (value) =>
  Array.isArray(value) || (typeof value === "object" && value !== null && !Object.getPrototypeOf(Object.getPrototypeOf(value) ?? value));

/** A container on the path from the root to the current leaf. `copy` is the container itself until an item changes. */
const enter = (container) => ({ container, keys: Object.keys(container), at: 0, copy: container });

/** Replaces the current item and moves to the next. */
function settle(level, item, replacement) {
  const { container, keys } = level;
  const key = keys[level.at++];
  if (Object.is(item, replacement)) return;
  if (level.copy === container) level.copy = Array.isArray(container) ? [...container] : { ...container };
  level.copy[key] = replacement;
}

/**
 * Replaces the leaves of a JSON-like value. It walks plain objects and arrays. Everything else is a leaf. It copies only
 * containers that change, and does not change its argument.
 *
 * The walk has its own stack, since a server may nest an output deeper than an engine's call stack allows.
 *
 * @param {unknown} value
 * @param {(leaf: unknown) => unknown} replace returns the same leaf for no change
 * @param {number} [maxDepth] the deepest nesting of containers; unlimited by default
 * @throws {ReplicateError} "invalid_argument" for a container that contains itself, and for one nested too deeply
 */
export function transform(value, replace, maxDepth = Infinity) {
  if (!isContainer(value)) return replace(value);
  const open = new Set([value]);
  const levels = [enter(value)];
  for (;;) {
    const level = levels.at(-1);
    const { container, keys, at, copy } = level;
    if (at < keys.length) {
      const item = container[keys[at]];
      if (!isContainer(item)) settle(level, item, replace(item));
      else if (open.has(item)) throw invalid("The input contains itself");
      else if (levels.length >= maxDepth) throw invalid(`The input is nested more than ${maxDepth} levels deep`);
      else {
        open.add(item);
        levels.push(enter(item));
      }
      continue;
    }
    levels.pop();
    open.delete(container);
    const parent = levels.at(-1);
    if (!parent) return copy;
    settle(parent, container, copy);
  }
}

/**
 * Returns a copy of the input with strings in place of files, at any depth: FileOutput and ImageResponse become their URL;
 * Blob, File, ArrayBuffer and views are uploaded or inlined. Everything else stays the same.
 *
 * @param {object} input
 * @param {object} options
 * @param {"default" | "upload" | "data-uri"} [options.strategy] "default" uploads, and inlines a file whose upload
 *   failed; "upload" only uploads; "data-uri" only inlines
 * @param {(blob: Blob, options: { signal?: AbortSignal }) => Promise<string>} [options.upload] resolves to the URL;
 *   called once for each distinct object
 * @param {AbortSignal} [options.signal]
 * @throws {ReplicateError} "invalid_argument" for more than 10 MB to inline, for a file that cannot be read, and for an
 *   input that JSON cannot carry: one that contains itself, is nested more than 1000 levels deep or holds a BigInt; with
 *   "upload" also what `upload` throws
 */
export async function encodeInput(input, { strategy = "default", upload, signal } = {}) {
  signal?.throwIfAborted();

  // For each object with bytes: its Blob, how often it is in the input, and later its URL.
  const files = new Map();
  const findFile = (leaf) => {
    if (typeof leaf === "bigint" && !leaf.toJSON) throw invalid("The input holds a BigInt, which JSON cannot carry: give a number or a string");
    if (leaf instanceof FileOutput) return `${leaf}`;
    if (leaf instanceof ImageResponse) return leaf.url;
    const file = files.get(leaf) ?? { blob: toBlob(leaf), uses: 0 };
    file.uses++;
    if (file.blob) files.set(leaf, file);
    else if (isLost(leaf)) throw invalid(`Input holds a ${tagOf(leaf)}, which JSON cannot carry: give plain values, a URL or a file's bytes`);
    return leaf;
  };
  const draft = transform(input, findFile, MAX_DEPTH);

  let size = 0;
  async function send(file) {
    let cause;
    try {
      file.url = strategy !== "data-uri" && (await upload(file.blob, { signal }));
    } catch (error) {
      signal?.throwIfAborted();
      cause = error;
    }
    if (file.url) return;
    if (strategy === "upload") throw cause ?? new ReplicateError("protocol", "The server took the file but gave no URL for it");
    size += file.blob.size * file.uses;
    if (size > MAX_INLINE_BYTES) throw invalid("Files of more than 10 MB in all do not fit into data URIs: give URLs instead", cause);
    file.url = await toDataUri(file.blob);
  }
  await Promise.all([...files.values()].map(send));
  signal?.throwIfAborted();
  return transform(draft, (leaf) => files.get(leaf)?.url ?? leaf);
}

/** The same for the Rust client: `send` uploads a form and resolves to the URL of its file. */
export const encodeForClient = (input, { send, ...options }) =>
  encodeInput(input, { ...options, upload: async (blob) => send(await toForm(blob, {})) });
