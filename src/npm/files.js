/** Not Rust: `FileOutput` extends JavaScript's `ReadableStream`, and files work before the module is loaded. */

import { ReplicateError } from "./error.js";

/** In characters: a longer media type of a `data:` URI loses its parameters. */
const MAX_TYPE = 1000;

/**
 * Decodes a `data:` URI without `fetch`: a page's Content-Security-Policy (`connect-src`) may forbid it there, and a custom
 * `fetch` may not support the scheme.
 */
function decode(uri) {
  // The URL parser escapes everything but ASCII as the %XX of its UTF-8 bytes.
  const [content] = new URL(uri).href.split("#", 1);
  const comma = content.indexOf(",");
  if (comma < 0) throw new TypeError("The data: URI has no comma");
  const head = content.slice("data:".length, comma);
  const base64 = /; *base64$/i.exec(head);
  let type = base64 ? head.slice(0, base64.index) : head;
  // Engines take seconds to parse a type of megabytes.
  if (type.length > MAX_TYPE) [type] = type.split(";", 1);
  const text = content.slice(comma + 1).replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(`0x${hex}`));
  const bytes = Uint8Array.from(base64 ? atob(text) : text, (character) => character.charCodeAt(0));
  return new Response(bytes, { headers: { "content-type": type || "text/plain;charset=US-ASCII" } });
}

/**
 * The least number of bytes that a body must have, by its Content-Length: WebKitGTK reports a cut connection as the regular
 * end of the body.
 *
 * With a Content-Encoding the length is that of the encoded body, so it is not checked. A page cannot see the encoding of an
 * answer from another origin. But no encoding adds more than a sixteenth and a few bytes, so a body that is shorter than
 * that was cut.
 */
function leastBytes({ headers, type }) {
  const length = Number(headers?.get("content-length"));
  if ((headers?.get("content-encoding") || "identity") !== "identity") return 0;
  return type === "cors" ? length * (15 / 16) - 64 : length;
}

/**
 * Whether `fetch` accepts this signal, found out with a `Request`. Node's refuses the signals of jsdom: there only cancelling
 * the body ends a download.
 */
function isTaken(signal) {
  try {
    return Boolean(signal && new Request("http://localhost/", { signal }));
  } catch {
    return false;
  }
}

/**
 * The downloads of a URL, which work any number of times.
 *
 * @throws {ReplicateError} "http" with the status; "network" with its cause, also for a file that was cut short;
 *   "protocol" for a malformed `data:` URI
 */
function download(url, fetchFn) {
  const inline = /^data:/i.test(url);
  // For errors: without the query, which is a secret of a signed URL, and without a password.
  const request = { method: "GET", url: inline ? "data:" : url.split(/[?#]/)[0].replace(/\/\/[^/]*@/, "//") };

  async function attempt(step, signal) {
    try {
      return await step();
    } catch (cause) {
      signal?.throwIfAborted();
      throw new ReplicateError(inline ? "protocol" : "network", `GET ${request.url} failed`, { cause, request });
    }
  }

  async function open(signal) {
    const response = await attempt(async () => {
      const response = inline ? decode(url) : await (fetchFn ?? fetch)(url, isTaken(signal) ? { signal } : {});
      if (typeof response?.ok !== "boolean") throw new TypeError("fetch did not resolve to a Response");
      return response;
    }, signal);
    const { ok, status } = response;
    if (ok) return response;
    attempt(() => response.body?.cancel()).catch(() => {});
    throw new ReplicateError("http", `GET ${request.url} was answered with status ${status}`, { status, request, response });
  }

  function checkLength(response, size) {
    if (!(size < leastBytes(response))) return;
    const length = response.headers.get("content-length");
    throw new ReplicateError("network", `The answer to GET ${request.url} was cut short: ${size} of ${length} bytes came`, { request });
  }

  async function read(method) {
    const response = await open();
    const content = await attempt(() => response[method]());
    checkLength(response, content.size ?? content.byteLength);
    return content;
  }

  /** Streams the bytes. No request is sent before the first read. Leaving the loop closes the connection. */
  async function* chunks(abort = new AbortController()) {
    const { signal } = abort;
    let size = 0;
    try {
      const response = await open(signal);
      const reader = await attempt(() => response.body?.getReader());
      const close = () => attempt(() => reader?.cancel()).catch(() => {});
      signal.addEventListener("abort", close);
      if (signal.aborted) close();
      const readChunk = async () => {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (!done) size += value.byteLength;
        return { done, value };
      };
      for (;;) {
        const { done, value } = await attempt(readChunk, signal);
        if (done) break;
        yield value;
      }
      checkLength(response, size);
    } finally {
      abort.abort();
    }
  }

  return { url, chunks, blob: () => read("blob"), bytes: async () => new Uint8Array(await read("arrayBuffer")) };
}

/** The arguments of `new ReadableStream()` for a stream that reads an iterator only on demand. */
export const pulling = (iterator, cancel) => [
  {
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel,
  },
  { highWaterMark: 0 },
];

/**
 * A file of a prediction's output, as a stream of its bytes.
 *
 * No request is sent before the first read. The stream itself can be read once. `blob()`, `bytes()` and `for await` download
 * the file each time, so they work any number of times.
 */
export class FileOutput extends ReadableStream {
  #download;

  /**
   * @param {string} url an absolute URL, `data:` included
   * @param {typeof fetch} [fetchFn] by default the global one
   */
  constructor(url, fetchFn) {
    const file = download(url, fetchFn);
    const abort = new AbortController();
    const chunks = file.chunks(abort);
    super(...pulling(chunks, () => abort.abort()));
    this.#download = file;
  }

  url() {
    return new URL(this.#download.url);
  }

  blob() {
    return this.#download.blob();
  }

  bytes() {
    return this.#download.bytes();
  }

  /** Safari's ReadableStream has no iterator. That of other engines locks the stream and works only once. */
  [Symbol.asyncIterator]() {
    return this.#download.chunks();
  }

  toString() {
    return this.#download.url;
  }

  toJSON() {
    return this.#download.url;
  }
}

/** An image and its alternative text: Markdown as a string, data as JSON, bytes on demand. */
export class ImageResponse {
  #download;

  /**
   * @param {string} url
   * @param {string} [alt]
   * @param {typeof fetch} [fetchFn] by default the global one
   */
  constructor(url, alt = "", fetchFn) {
    this.url = url;
    this.alt = alt;
    this.#download = download(url, fetchFn);
    Object.freeze(this);
  }

  blob() {
    return this.#download.blob();
  }

  bytes() {
    return this.#download.bytes();
  }

  async objectUrl() {
    return URL.createObjectURL(await this.blob());
  }

  /**
   * `[![alt](url)](url)`, with both escaped. A URL that is no file's (such as `javascript:`) is left out: then it is the
   * alternative text alone.
   */
  toString() {
    const alt = this.alt
      .replace(/\r\n|[\n-\r\x85\u2028\u2029]/g, " ")
      .replace(/"/g, "")
      .replace(/[\\[\]`<]/g, "\\$&");
    const url = this.url
      .replace(/[\s\0-\x1f\x7f"<>[\]\\`]/g, encodeURIComponent)
      .replace(/[()]/g, (character) => `%${character.charCodeAt().toString(16)}`);
    return isFile(url) ? `[![${alt}](${url})](${url})` : alt;
  }

  toJSON() {
    return { url: this.url, alt: this.alt };
  }
}

function isDataUri(text) {
  const comma = text.indexOf(",");
  if (comma < 0 || /\s/.test(text)) return false;
  // A regular expression over millions of parameters would overflow the engine's stack.
  const head = text.slice("data:".length, comma);
  const [type] = head.split(";", 1);
  return /^([\w.+-]+\/[\w.+-]+)?$/.test(type) && !head.includes(";;") && !head.endsWith(";");
}

function isFileUrl(text) {
  if (!/^https?:\/\/\S+$/i.test(text)) return false;
  try {
    const { protocol, hostname } = new URL(text);
    return protocol === "https:" || /^(localhost|127\.[\d.]+|\[::1\])$|\.localhost$/.test(hostname);
  } catch {
    return false;
  }
}

/**
 * Whether a string of an output is a file: a `data:` URI, an `https:` URL without white space, or an `http:` URL on loopback.
 */
export function isFile(text) {
  // Called for each token of a stream. The first letters decide for most.
  if (/^data:/i.test(text)) return isDataUri(text);
  return /^https?:/i.test(text) && isFileUrl(text);
}

/** Turns each string that is a file into a FileOutput. */
export const toFile = (fetchFn) => (leaf) => (isFile(leaf) ? new FileOutput(leaf, fetchFn) : leaf);
