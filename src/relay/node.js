/**
 * A relay behind `http.createServer` or Express, where no adapter of the platform's own exists. It uses only
 * what `req` and `res` bring along, so it needs no import of Node's.
 */

// After an early answer (413) the rest of a body is read and dropped for this long, so that a client that
// is still writing gets to see the answer; then the connection ends.
const lingerMs = 2000;

/**
 * @param {(request: Request) => Promise<Response>} relay
 * @returns {(req: import("node:http").IncomingMessage, res: import("node:http").ServerResponse) => Promise<void>}
 */
export function toNodeHandler(relay) {
  return async (req, res) => {
    const controller = new AbortController();
    // Kept until then: a Request that is collected takes its signal along, and no abort arrives (undici 6).
    let request;
    res.on("close", () => {
      if (!res.writableFinished) controller.abort();
      request = undefined;
    });
    try {
      request = toRequest(req, controller.signal);
      await write(await relay(request), res);
    } catch {
      // A body that broke off must not look complete: without its end the client knows.
      res.destroy();
    }
    if (!req.complete) setTimeout(() => req.complete || req.destroy(), lingerMs).unref();
  };
}

function toRequest(req, signal) {
  const { method, rawHeaders } = req;
  // Express cuts the path it is mounted under off `url`; `protocol` is its own, and knows "trust proxy".
  const path = req.originalUrl ?? req.url;
  const protocol = req.protocol ?? (req.socket.encrypted ? "https" : "http");
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i], rawHeaders[i + 1]);
  // "GET http://…" asks a proxy, which this is not: the path below the host it names is nothing here.
  const url = `${protocol}://${req.headers.host}${path.startsWith("/") ? path : "/"}`;
  const body = method === "GET" || method === "HEAD" ? undefined : toBody(req);
  return new Request(url, { method, headers, signal, body, duplex: "half" });
}

function toBody(req) {
  // A JSON parser before us has read the stream; what it made of it is in `body`.
  if (req.readableEnded && req.body) return JSON.stringify(req.body);
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

async function write(response, res) {
  res.statusCode = response.status;
  // Several Set-Cookie come one by one; none of them may replace another.
  for (const [name, value] of response.headers) res.appendHeader(name, value);
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
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return void res.end();
    if (!res.write(value) && !res.destroyed) await new Promise((resolve) => (goOn = resolve));
  }
}
