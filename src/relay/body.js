/** The bodies of requests: counted before they are read, and read no further than they may go on. */
import { isAscii } from "./byte-runs.js";
import { ByteBuffer } from "./bytes.js";
import { JsonError, JsonScanner } from "./json-scanner.js";
import { Problem } from "./problem.js";

/**
 * What the JSON of a body may have. No request of an honest page comes near; the worst body within these limits is
 * checked and sent in less than 100 ms.
 */
const mostOf = {
  depth: 64,
  keys: 20_000,
  keyBytes: 1000, // of one key
  lists: 10_000, // lists and objects, such as the messages of a chat
  values: 100_000,
};
/** A whole body takes no longer, its wait for room included: 14 MiB on a line of 1 Mbit/s. */
const bodyMs = 120_000;
const names = { depth: "levels", keys: "keys", keyBytes: "bytes in a key", lists: "lists and objects", values: "values" };

/** 422: the body is JSON, but not what this route takes. */
export const invalid = (detail) => new Problem(422, detail);

function tooLarge(limitBytes) {
  return new Problem(413, `The body is larger than ${limitBytes} bytes.`);
}

function tooLate() {
  return new Problem(408, `The body did not arrive within ${bodyMs / 1000} seconds. Send it again, or a smaller one.`);
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
 * @param {import("./json-scanner.js").JsonRules} rules
 * @returns {Promise<{ bytes: Uint8Array, members: [key: string, start: number, end: number][] }>} the outermost object's
 * members, and where their values are
 */
export async function readJsonBody(request, limitBytes, visit, rules) {
  const scanner = new JsonScanner({ ...rules, onCount: checkCounts });
  try {
    const bytes = await readBody(request, limitBytes, visit, (piece) => scanner.push(piece));
    scanner.end();
    return { bytes, members: scanner.members };
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
 * A whole body, within a time that no honest one needs. Broken UTF-8 is refused: two readers could see two texts in it.
 * @param {(piece: Uint8Array) => void} [onPiece] told what arrives; what it throws refuses the body
 */
export async function readBody({ headers, body }, limitBytes, visit, onPiece = () => {}) {
  checkLength(headers, limitBytes);
  const buffer = new ByteBuffer(limitBytes);
  if (!body) return buffer.bytes;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  visit.signal.addEventListener("abort", stop);
  const timer = setTimeout(() => visit.stop(tooLate()), bodyMs);
  try {
    const checkText = createTextCheck();
    await buffer.expect(Number(headers.get("content-length")) || 0, visit);
    for (;;) {
      visit.waitForCaller();
      const { done, value } = await reader.read();
      visit.signal.throwIfAborted();
      if (done) break;
      visit.callerMoved(value.byteLength);
      if (!(await buffer.add(value, visit))) throw tooLarge(limitBytes);
      checkText(value);
      onPiece(value);
    }
    checkText();
    return buffer.bytes;
  } catch (error) {
    stop();
    throw error;
  } finally {
    clearTimeout(timer);
    visit.callerDone();
    visit.signal.removeEventListener("abort", stop);
  }
}

/** @returns {(piece?: Uint8Array) => void} throws where a text in pieces is no UTF-8; without a piece at its end */
function createTextCheck() {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let isOpen = false; // a character may go on in the next piece
  return (piece) => {
    if (piece?.length === 0 || (!isOpen && (piece === undefined || isAscii(piece)))) return;
    isOpen = piece?.at(-1) > 0x7f;
    try {
      decoder.decode(piece, { stream: piece !== undefined });
    } catch {
      throw new Problem(400, "The body must be text in UTF-8.");
    }
  };
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
