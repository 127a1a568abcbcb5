/** Not Rust: it walks the caller's own values for Blobs, bytes and files, and reads them by promises of the platform. */

import { ReplicateError, invalid } from "./error.js";
import { FileOutput, ImageResponse } from "./files.js";
import { transform } from "./transform.js";

/** How much may be inlined in one request: the limit of Replicate's own client. */
const MAX_INLINE_BYTES = 10_000_000;

/**
 * The Blob of a value that has bytes: a Blob or File itself; a copy of an ArrayBuffer or of a view (Node's Buffer is one).
 * Undefined for everything else.
 */
export function toBlob(value) {
  // Not by `instanceof`, which fails for a value of another frame.
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (/^(Blob|File)$/.test(tag)) return value;
  let bytes;
  if (ArrayBuffer.isView(value)) bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (/^(Shared)?ArrayBuffer$/.test(tag)) bytes = new Uint8Array(value);
  // Blob refuses shared memory.
  return bytes && new Blob([bytes.slice()], { type: "application/octet-stream" });
}

function toBase64(bytes) {
  if (bytes.toBase64) return bytes.toBase64();
  if (globalThis.Buffer) return Buffer.from(bytes.buffer).toString("base64");
  const parts = [];
  // A multiple of 3, so that the parts join without padding; small enough for an argument list.
  const size = 3 << 13;
  for (let i = 0; i < bytes.length; i += size) parts.push(btoa(String.fromCharCode(...bytes.subarray(i, i + size))));
  return parts.join("");
}

async function toDataUri(blob) {
  const buffer = await blob.arrayBuffer().catch((cause) => {
    throw invalid("File of the input cannot be read", cause);
  });
  // A comma would end the type: MediaRecorder gives `video/webm;codecs="vp9, opus"`.
  const type = blob.type.replace(/ /g, "").replace(/[^\w/;=.+-]/g, encodeURIComponent);
  return `data:${type || "application/octet-stream"};base64,${toBase64(new Uint8Array(buffer))}`;
}

/**
 * The input with its files as strings, at any depth: FileOutput and ImageResponse become their URL; Blob, File,
 * ArrayBuffer and views are uploaded or inlined. Everything else stays as it is, and so does the argument.
 *
 * @param {object} input
 * @param {object} options
 * @param {"default" | "upload" | "data-uri"} [options.strategy] "default" uploads, and inlines a file whose upload
 *   failed; "upload" only uploads; "data-uri" only inlines
 * @param {(blob: Blob, options: { signal?: AbortSignal }) => Promise<string>} [options.upload] resolves to the URL;
 *   called once for each distinct object
 * @param {AbortSignal} [options.signal]
 * @throws {ReplicateError} "invalid_argument" for more than 10 MB to inline, and for an input that contains itself;
 *   with "upload" also what `upload` throws
 */
export async function encodeInput(input, { strategy = "default", upload, signal } = {}) {
  if (!/^(default|upload|data-uri)$/.test(strategy)) throw invalid("The option fileEncodingStrategy must be default, upload or data-uri");
  signal?.throwIfAborted();

  // For each object of the input that has bytes: its Blob, how often the input holds it, and at last its URL.
  const files = new Map();
  const draft = transform(input, (leaf) => {
    if (leaf instanceof FileOutput) return `${leaf}`;
    if (leaf instanceof ImageResponse) return leaf.url;
    const file = files.get(leaf) ?? { blob: toBlob(leaf), uses: 0 };
    file.uses++;
    if (file.blob) files.set(leaf, file);
    return leaf;
  });

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
    if (strategy === "upload") throw cause ?? new ReplicateError("protocol", "Uploaded file has no URL");
    size += file.blob.size * file.uses;
    if (size > MAX_INLINE_BYTES) throw invalid("Files of more than 10 MB in all do not fit into data URIs: give URLs instead", cause);
    file.url = await toDataUri(file.blob);
  }
  await Promise.all([...files.values()].map(send));
  signal?.throwIfAborted();
  return transform(draft, (leaf) => files.get(leaf)?.url ?? leaf);
}
