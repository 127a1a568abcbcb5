/** The body of a Node request, even if a body parser has already read it. */
import { Problem } from "./problem.js";

const howTo =
  "Put the relay before the parser, or keep the bytes. " +
  "Express: express.json({ verify: (req, res, bytes) => { req.rawBody = bytes; } }). " +
  "Koa: ctx.req.rawBody = ctx.request.rawBody. " +
  'Fastify: fastify.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) => { request.raw.rawBody = bytes; done(null, bytes); }).';

// After an early answer (413) the relay reads and drops some more of the body: a client sees the answer only once it has
// written what it had begun. After this time, or this many bytes, the connection ends.
const lingerMs = 2000;
const droppedBytes = 1024 * 1024;

/**
 * @param {import("node:http").IncomingMessage & { body?: unknown, rawBody?: unknown }} req
 * @param {Headers} headers the request's; those that no longer describe the body are removed
 * @returns {BodyInit | undefined}
 * @throws {Problem} 500 when the body is lost or a number in it was rounded; the message says what to change
 */
export function toBody(req, headers) {
  if (!req.readableEnded) return stream(req);
  // The parser has decompressed the body as well.
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) headers.delete(name);
  const { body, rawBody } = req;
  const kept = [rawBody, body].find((value) => typeof value === "string" || value instanceof Uint8Array);
  if (kept !== undefined) return kept;
  if (typeof body !== "object" || body === null) {
    if (hasBody(req)) throw gone();
    return undefined;
  }
  if (hasLargeNumber(body)) throw rounded();
  return JSON.stringify(body);
}

/** Drops the rest of a body after the answer. The socket stays open for a while, so that the client gets the answer. */
export function dropRest(req) {
  let left = droppedBytes;
  req.read(0); // Node reads a body to its end by itself if nobody has begun to read it
  req.on("data", (piece) => {
    left -= piece.length;
    if (left < 0) req.pause();
  });
  setTimeout(() => req.complete || req.destroy(), lingerMs).unref();
}

function hasBody({ headers }) {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"]) > 0;
}

function stream(req) {
  let chunks;
  return new ReadableStream(
    {
      async pull(stream) {
        chunks ??= req[Symbol.asyncIterator]();
        const { done, value } = await chunks.next();
        if (done) stream.close();
        else stream.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Is there a number that JavaScript may have rounded? No recursion: a deeply nested body must not overflow the stack. */
function hasLargeNumber(root) {
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) return true;
    if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) open.push(inner);
  }
  return false;
}

function gone() {
  return new Problem(500, `The body was read before the relay could. ${howTo}`);
}

function rounded() {
  return new Problem(500, `A body parser before the relay has rounded a large number. ${howTo}`);
}
