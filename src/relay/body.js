/** The bodies of requests: counted before they are read, and read no further than they may go on. */
import { JsonError, JsonScanner, sliceMembers } from "./json.js";
import { Problem } from "./problem.js";
import { smallBytes } from "./traffic.js";

/**
 * What the JSON of a body may have. No request of an honest page comes near; the worst body within these limits is
 * checked and sent in less than 100 ms.
 */
const mostOf = {
  depth: 64,
  keys: 20_000,
  lists: 10_000, // lists and objects, such as the messages of a chat
  values: 100_000,
};
const names = { depth: "levels", keys: "keys", lists: "lists and objects", values: "values" };

/** 422: the body is JSON, but not what this route takes. */
export const invalid = (detail) => new Problem(422, detail);

function tooLarge(limitBytes) {
  return new Problem(413, `The body is larger than ${limitBytes} bytes.`);
}

/** `Content-Length` is the caller's word: it can refuse early, but what counts is what arrives. */
export function checkLength(headers, limitBytes) {
  if (headers.get("content-length") > limitBytes) throw tooLarge(limitBytes);
}

/** A form of another page can post a body, but not with this type. */
export function checkJsonType(headers) {
  if (/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(headers.get("content-type")?.trim() ?? "")) return;
  throw new Problem(415, "Send the body as JSON, with Content-Type: application/json.");
}

/**
 * A JSON body. It is refused at the first key or value that may not be; the rest is not read.
 * @param {import("./json.js").JsonRules} rules
 * @returns {Promise<{ bytes: Uint8Array, members: [key: string, value: string][] }>} the outermost object's members
 */
export async function readJsonBody(request, limitBytes, visit, rules) {
  const scanner = new JsonScanner({ ...rules, onCount: checkCounts });
  try {
    const bytes = await readBody(request, limitBytes, visit, (text) => scanner.push(text));
    scanner.end();
    return { bytes, members: sliceMembers(new TextDecoder().decode(bytes), scanner.members) };
  } catch (error) {
    if (error instanceof JsonError) throw new Problem(400, "The body must be a JSON object.");
    throw error;
  }
}

function checkCounts(counts) {
  for (const name in mostOf) {
    if (counts[name] > mostOf[name]) throw invalid(`The body has more than ${mostOf[name]} ${names[name]}.`);
  }
}

/**
 * A whole body. Broken UTF-8 is refused: two readers could see two texts in it.
 * @param {(text: string) => void} [onText] told the text as it arrives; what it throws refuses the body
 */
export async function readBody({ headers, body }, limitBytes, visit, onText = () => {}) {
  checkLength(headers, limitBytes);
  const buffer = new ByteBuffer(limitBytes);
  if (!body) return buffer.bytes;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  visit.signal.addEventListener("abort", stop);
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    await buffer.expect(Number(headers.get("content-length")) || 0, visit);
    for (;;) {
      visit.waitForCaller();
      const { done, value } = await reader.read();
      visit.signal.throwIfAborted();
      if (done) break;
      visit.callerMoved(value.byteLength);
      if (!(await buffer.add(value, visit))) throw tooLarge(limitBytes);
      onText(decode(decoder, value));
    }
    onText(decode(decoder));
    return buffer.bytes;
  } catch (error) {
    stop();
    throw error;
  } finally {
    visit.callerDone();
    visit.signal.removeEventListener("abort", stop);
  }
}

function decode(decoder, bytes) {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined });
  } catch {
    throw new Problem(400, "The body is no UTF-8 text.");
  }
}

/**
 * Bytes that are collected, in one piece of memory: as many small pieces as a caller may send would each take more
 * than they hold.
 */
export class ByteBuffer {
  #limitBytes;
  #memory = new Uint8Array(0);
  #length = 0;
  #announced = 0;
  #reserved = smallBytes;

  constructor(limitBytes) {
    this.#limitBytes = limitBytes;
  }

  /** What was collected so far. */
  get bytes() {
    return this.#memory.subarray(0, this.#length);
  }

  /** Waits for room for so many bytes, which were announced. */
  async expect(bytes, visit, signal) {
    this.#announced = bytes;
    if (bytes > smallBytes) await this.#reserve(bytes, visit, signal);
  }

  /** Adds a piece; `false` when it would be more than the limit. */
  async add(piece, visit, signal) {
    const length = this.#length + piece.byteLength;
    if (length > this.#limitBytes) return false;
    // A length that was not announced may become anything: room for the whole limit is taken at once, since
    // those who hold some and wait for more could wait for each other.
    if (length > this.#reserved) await this.#reserve(this.#limitBytes, visit, signal);
    if (length > this.#memory.byteLength) {
      const doubled = Math.min(this.#limitBytes, 2 * this.#memory.byteLength);
      const memory = new Uint8Array(length <= this.#announced ? this.#announced : Math.max(length, doubled));
      memory.set(this.bytes);
      this.#memory = memory;
    }
    this.#memory.set(piece, this.#length);
    this.#length = length;
    return true;
  }

  async #reserve(bytes, visit, signal) {
    this.#reserved = bytes;
    await visit.reserve(bytes, signal);
  }
}

/**
 * An upload's body, which passes on while it is counted.
 * @param {(reason: Problem) => void} stop called where it becomes too large; its end alone would look complete
 */
export function countBody(body, limitBytes, visit, stop) {
  let seen = 0;
  visit.waitForCaller();
  const transform = (chunk, passed) => {
    seen += chunk.byteLength;
    visit.callerMoved(chunk.byteLength);
    if (seen > limitBytes) stop(tooLarge(limitBytes));
    else passed.enqueue(chunk);
  };
  return body.pipeThrough(new TransformStream({ transform, flush: () => visit.callerDone() }));
}
