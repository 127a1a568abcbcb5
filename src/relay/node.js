/**
 * A relay behind `http.createServer`, `http2`, Express, Koa or Fastify, where no adapter of the platform's own exists.
 * It uses only what `req` and `res` bring along, so it needs no import of Node's.
 */
import { rememberAddress } from "./address.js";
import { dropRest, toBody } from "./http-body.js";
import { Problem } from "./problem.js";

// HTTP/2 has none of these, and over HTTP/1.1 they are the server's own business.
const connectionHeaders = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/**
 * @param {import("./index.d.ts").Relay} relay
 * @returns {(req: import("node:http").IncomingMessage, res: import("node:http").ServerResponse) => Promise<void>}
 */
export function toNodeHandler(relay) {
  if (typeof relay !== "function") throw new TypeError("toNodeHandler: the argument must be the handler that createRelay or createSandbox returns.");
  return async (req, res) => {
    const controller = new AbortController();
    // Kept until then: a Request that is collected takes its signal along, and no abort arrives (undici 6).
    let request;
    // HTTP/2 says "finish" of an answer that was cut off, too.
    let isWhole = false;
    res.on("close", () => {
      if (!isWhole) controller.abort();
      request = undefined;
    });
    try {
      request = toRequest(req, controller.signal);
      rememberAddress(request, req.socket.remoteAddress);
      await write(await relay(request), res);
      isWhole = true;
    } catch (error) {
      // A body that broke off must not look complete: without its end the client knows.
      if (error instanceof Problem && !res.headersSent) await write(error.toResponse(), res);
      else res.destroy();
    }
    if (!req.complete) dropRest(req);
  };
}

function toRequest(req, signal) {
  const { method, rawHeaders } = req;
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    // HTTP/2 has the request line among the headers: ":method", ":path", ":authority", ":scheme".
    if (!rawHeaders[i].startsWith(":")) headers.append(rawHeaders[i], rawHeaders[i + 1]);
  }
  const host = req.headers[":authority"] ?? req.headers.host;
  if (host) headers.set("host", host);

  // Express cuts the path that it is mounted under off `url`; `protocol` is its own, and knows "trust proxy".
  const path = req.originalUrl ?? req.url;
  const protocol = /^https?$/.test(req.protocol) ? req.protocol : req.socket.encrypted ? "https" : "http";
  // "GET http://…" asks a proxy, which this is not: the path below the host that it names is nothing here.
  const address = `${protocol}://${host}${path.startsWith("/") ? path : "/"}`;
  if (!host || /[\s/?#@\\]/.test(host) || !URL.canParse(address)) {
    throw new Problem(400, "The header Host must name a host.");
  }
  const body = method === "GET" || method === "HEAD" ? undefined : toBody(req, headers);
  return new Request(address, { method, headers, signal, body, duplex: "half" });
}

async function write(response, res) {
  res.statusCode = response.status;
  for (const [name, value] of response.headers) {
    if (name !== "set-cookie" && !connectionHeaders.includes(name)) res.setHeader(name, value);
  }
  // Several cookies come one by one; none of them may replace another.
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) res.setHeader("set-cookie", cookies);
  if (!response.body) return void res.end();

  // What is there at once goes out as one packet; the head of a stream does not wait for its first event.
  res.cork();
  setImmediate(() => {
    res.flushHeaders();
    res.uncork();
  });
  const reader = response.body.getReader();
  let goOn;
  res.on("drain", () => goOn?.());
  res.on("close", () => {
    reader.cancel().catch(() => {});
    goOn?.();
  });
  // A body that breaks off while its reader does not read would wait for "drain" for ever.
  reader.closed.catch(() => res.destroy());
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return void res.end();
    if (!res.write(value) && !res.destroyed) await new Promise((resolve) => (goOn = resolve));
  }
}
