import { ReplicateError } from "./error.js";
import { parseUrl } from "./kinds.js";
import { transform } from "./transform.js";

/** Bytes of a text that has one character for each. */
export function toBytes(text) {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * A `data:` URI as a Response. Not by `fetch`: a page's Content-Security-Policy (`connect-src`) may
 * forbid that, and a `fetch` of one's own need not know the scheme.
 */
function decode(uri) {
  // The parser of URLs leaves ASCII only: everything else becomes the %XX of its UTF-8 bytes.
  const [, type, base64, data] = /^data:([^,]*?)(;base64)?,([^#]*)/i.exec(new URL(uri));
  const text = data.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(`0x${hex}`));
  return new Response(toBytes(base64 ? atob(text) : text), { headers: { "content-type": type || "text/plain;charset=US-ASCII" } });
}

/**
 * A URL that can be downloaded, any number of times. What a failed download is, is said here alone:
 * code "http" with the status, "network" with its cause, "protocol" for a malformed `data:` URI.
 */
function download(url, fetchFn) {
  const inline = /^data:/i.test(url);
  // As errors show it: a signed URL carries its secret in the query.
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
    const response = await attempt(() => (inline ? decode(url) : (fetchFn ?? fetch)(url, { signal })), signal);
    const { ok, status } = response;
    if (ok) return response;
    response.body?.cancel().catch(() => {});
    throw new ReplicateError("http", `GET ${request.url} was answered with status ${status}`, { status, request, response });
  }

  async function read(method) {
    const response = await open();
    return attempt(() => response[method]());
  }

  return {
    url,
    attempt,
    open,
    blob: () => read("blob"),
    bytes: async () => new Uint8Array(await read("arrayBuffer")),
  };
}

/** The bytes of a download as they come. Nothing is asked for before the first; leaving the loop closes the connection. */
async function* chunksOf({ attempt, open }, abort = new AbortController()) {
  const { signal } = abort;
  try {
    const reader = (await open(signal)).body?.getReader();
    while (reader) {
      const { done, value } = await attempt(() => reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    abort.abort();
  }
}

/**
 * A file of a prediction's output: the stream of its bytes.
 *
 * Nothing is fetched before the first read. As a stream it is read once, as every stream;
 * `blob()`, `bytes()` and `for await` each download it anew, so they work any number of times.
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
    const chunks = chunksOf(file, abort);
    super(
      {
        async pull(controller) {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: () => abort.abort(),
      },
      { highWaterMark: 0 },
    );
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

  /** Safari's ReadableStream has none; the others' would lock the stream and end after one round. */
  [Symbol.asyncIterator]() {
    return chunksOf(this.#download);
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

  /** `[![alt](url)](url)`, out of which neither `alt` nor `url` can break. */
  toString() {
    const alt = this.alt
      .replace(/\r\n|[\n-\r\x85\u2028\u2029]/g, " ")
      .replace(/"/g, "")
      .replace(/[\\[\]`<]/g, "\\$&");
    const url = this.url
      .replace(/[\s\0-\x1f\x7f"<>[\]\\`]/g, encodeURIComponent)
      .replace(/[()]/g, (character) => `%${character.charCodeAt().toString(16)}`);
    return `[![${alt}](${url})](${url})`;
  }

  toJSON() {
    return { url: this.url, alt: this.alt };
  }
}

/**
 * Is this string of an output a file? It is when the whole of it is a `data:` URI, an `https:` URL
 * without white space, or an `http:` URL on loopback.
 */
export function isFile(text) {
  // Of each token of a stream this is asked: most are told by their first letters.
  if (!/^(data|https?):/i.test(text)) return false;
  if (/^data:([\w.+-]+\/[\w.+-]+)?(;[^\s,;]+)*,\S*$/i.test(text)) return true;
  const { protocol, hostname } = (/^https?:\/\/\S+$/i.test(text) && parseUrl(text)) || {};
  return protocol === "https:" || /^(localhost|127\.[\d.]+|\[::1\])$|\.localhost$/.test(hostname);
}

/** Makes a FileOutput of each string that is a file. */
export const toFile = (fetchFn) => (leaf) => (isFile(leaf) ? new FileOutput(leaf, fetchFn) : leaf);

/** The output with a FileOutput in place of each of its file strings, at any depth. */
export const withFiles = (output, fetchFn) => transform(output, toFile(fetchFn));
