/** The body of a request of Node's, also where a body parser has read it before the relay. */
import { Problem } from "./problem.js";

const howTo =
  "Put the relay before the parser, or keep the bytes. " +
  "Express: express.json({ verify: (req, res, bytes) => { req.rawBody = bytes; } }). " +
  "Koa: ctx.req.rawBody = ctx.request.rawBody. " +
  'Fastify: fastify.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) => { request.raw.rawBody = bytes; done(null, bytes); }).';

/**
 * @param {import("node:http").IncomingMessage & { body?: unknown, rawBody?: unknown }} req
 * @param {Headers} headers the request's; those that no longer fit the body are taken out
 * @returns {BodyInit | undefined}
 * @throws {Problem} 500, which says what to change, when the body is gone or was rounded
 */
export function toBody(req, headers) {
  if (!req.readableEnded) return stream(req);
  // A parser has decompressed it, too.
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
      // The rest is dropped, not the socket: the answer still has to go out on it.
      cancel: () => void req.resume(),
    },
    { highWaterMark: 0 },
  );
}

/** Is there a number that JavaScript may have rounded? Loops, not recursion: a body may be nested as deep as it likes. */
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
