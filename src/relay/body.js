/** Reads the bodies of requests. A body is refused by its announced length, or at the first part that is not allowed. */
import { isAscii } from "./byte-runs.js";
import { ByteBuffer } from "./byte-buffer.js";
import { JsonError, JsonScanner } from "./json-scanner.js";
import { Problem } from "./problem.js";

/**
 * Limits for the JSON of a body, far above what an honest page sends. The worst body within them takes less than 100 ms
 * of the event loop.
 */
const mostOf = {
  depth: 64,
  keys: 20_000,
  keyBytes: 1000, // of one key
  lists: 10_000, // lists and objects, such as the messages of a chat
  values: 100_000,
};
/** The time for a whole body, with its wait for memory: 14 MiB at 1 Mbit/s. */
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

/** An early refusal. `Content-Length` is only what the caller says, so the bytes that arrive are counted too. */
export function checkLength(headers, limitBytes) {
  if (headers.get("content-length") > limitBytes) throw tooLarge(limitBytes);
}

/** An HTML form of another page can post a body, but not with this type. */
export function checkJsonType(headers) {
  if (/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(headers.get("content-type")?.trim() ?? "")) return;
  throw new Problem(415, "Send the body as JSON, with Content-Type: application/json.");
}

/**
 * Reads a JSON body. It is refused at the first key or value that is not allowed; the rest is not read.
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
 * Reads a whole body within the time for one. Invalid UTF-8 is refused: two readers could decode it differently.
 * @param {(piece: Uint8Array) => void} [onPiece] called with each piece; an exception refuses the body
 */
export async function readBody({ headers, body }, limitBytes, visit, onPiece = () => {}) {
  checkLength(headers, limitBytes);
  const buffer = new ByteBuffer(limitBytes);
  if (!body) return buffer.bytes;
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => {});
  visit.signal.addEventListener("abort", stop);
  const timer = setTimeout(() => visit.stop(tooLate()), bodyMs);
  // In Node: a body that never ends keeps no process alive that has nothing else to do.
  timer.unref?.();
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

/** @returns {(piece?: Uint8Array) => void} throws for invalid UTF-8; call it with each piece, and without one at the end */
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
 * The body of an upload, counted while it is forwarded.
 * @param {(reason: Problem) => void} stop called when it becomes too large: a body that only ended would look complete
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
