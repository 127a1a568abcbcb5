/**
 * Not Rust: `FileOutput` extends JavaScript's `ReadableStream`, files work before the module is loaded, and a long stream
 * makes 200,000 event objects, each of which would cost several calls from Rust.
 */

import { ReplicateError } from "./error.js";

/**
 * A `data:` URI as a Response. A page's Content-Security-Policy (`connect-src`) may forbid `fetch` for it, and a custom
 * `fetch` may not know the scheme.
 */
function decode(uri) {
  // The URL parser leaves ASCII only: everything else becomes the %XX of its UTF-8 bytes.
  const [content] = new URL(uri).href.split("#", 1);
  const comma = content.indexOf(",");
  if (comma < 0) throw new TypeError("The data: URI has no comma");
  const head = content.slice("data:".length, comma);
  const base64 = /; *base64$/i.exec(head);
  const type = base64 ? head.slice(0, base64.index) : head;
  const text = content.slice(comma + 1).replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(`0x${hex}`));
  const bytes = Uint8Array.from(base64 ? atob(text) : text, (character) => character.charCodeAt(0));
  return new Response(bytes, { headers: { "content-type": type || "text/plain;charset=US-ASCII" } });
}

/**
 * A URL that can be downloaded any number of times.
 *
 * @throws {ReplicateError} "http" with the status; "network" with its cause, also for a file that was cut short;
 *   "protocol" for a malformed `data:` URI
 */
function download(url, fetchFn) {
  const inline = /^data:/i.test(url);
  // For errors: the query of a signed URL is a secret, and so is a password.
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

/** The bytes of a download as they come. Sends no request before the first read; leaving the loop closes the connection. */
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
 * A file of a prediction's output, as a stream of its bytes.
 *
 * It sends no request before the first read. Like every stream, it is read once; `blob()`, `bytes()` and `for await`
 * each download the file anew, so they work any number of times.
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

  /** Safari's ReadableStream has no iterator; that of other engines would lock the stream and end after one round. */
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

function isDataUri(text) {
  const comma = text.indexOf(",");
  if (comma < 0 || /\s/.test(text)) return false;
  // Split, since one expression for any number of parameters overflows an engine's stack.
  const [type, ...parameters] = text.slice("data:".length, comma).split(";");
  return /^([\w.+-]+\/[\w.+-]+)?$/.test(type) && parameters.every(Boolean);
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
 * Is this string of an output a file? It is when the whole of it is a `data:` URI, an `https:` URL
 * without white space, or an `http:` URL on loopback.
 */
export function isFile(text) {
  // Asked for each token of a stream: the first letters decide for most of them.
  if (/^data:/i.test(text)) return isDataUri(text);
  return /^https?:/i.test(text) && isFileUrl(text);
}

/** Makes a FileOutput of each string that is a file. */
export const toFile = (fetchFn) => (leaf) => (isFile(leaf) ? new FileOutput(leaf, fetchFn) : leaf);

/** One server-sent event. `String(event)` is the text of an output event and empty for every other. */
export class ServerSentEvent {
  /**
   * @param {string} data
   * @param {string} [event] "message" where the server gives no name
   * @param {string} [id]
   * @param {(data: string) => unknown} [toData] replaces the data of an output event: by a file, see `toFile`
   */
  constructor(data, event, id, toData) {
    this.event = event || "message";
    this.data = toData && event === "output" ? toData(data) : data;
    this.id = id || undefined;
  }

  toString() {
    return this.event === "output" ? `${this.data}` : "";
  }
}

/**
 * The events of one batch. One call for all of them: one call from Rust for each took a third longer.
 *
 * @param {string[]} parts name, id and data of the first event, then of the second, and so on
 * @param {(data: string) => unknown} [toData] as for `ServerSentEvent`
 */
export function eventsOf(parts, toData) {
  const events = [];
  for (let i = 0; i < parts.length; i += 3) events.push(new ServerSentEvent(parts[i + 2], parts[i], parts[i + 1], toData));
  return events;
}
