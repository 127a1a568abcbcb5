/** Passes the page's requests on to a Cog server, which sends no CORS headers of its own. */

/**
 * Nothing else is passed on: `POST /shutdown` ends a Cog server without asking, and it makes a folder of an
 * id, whatever is in it.
 */
const routes = [
  /^POST \/predictions$/,
  /^PUT \/predictions\/[A-Za-z0-9_-]{1,64}$/,
  /^POST \/predictions\/[A-Za-z0-9_-]{1,64}\/cancel$/,
  /^GET \/health-check$/,
  /^GET \/openapi\.json$/,
];

const requestHeaders = ["accept", "content-type", "prefer"];
const responseHeaders = ["content-type", "cache-control", "retry-after"];

/**
 * @param {string} server its URL
 * @returns {(request: Request) => Promise<Response>} a handler below `/cog`; a request that is aborted, or an
 *   answer that is cancelled, closes the connection to the server
 */
export function createCogProxy(server) {
  const base = server.replace(/\/+$/, "");
  return async (request) => {
    const path = new URL(request.url).pathname.replace(/^\/cog/, "");
    if (!routes.some((route) => route.test(`${request.method} ${path}`))) return problem(404, "This is not passed on to the Cog server.");
    try {
      const answer = await fetch(base + path, {
        method: request.method,
        headers: { ...pick(request.headers, requestHeaders), "accept-encoding": "identity" },
        body: request.body,
        duplex: "half",
        redirect: "error",
        signal: request.signal,
      });
      return new Response(answer.body, { status: answer.status, headers: pick(answer.headers, responseHeaders) });
    } catch (error) {
      if (request.signal.aborted) throw error;
      return problem(502, `The Cog server at ${new URL(base).origin} does not answer.`);
    }
  };
}

function pick(headers, names) {
  return Object.fromEntries(names.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]));
}

function problem(status, detail) {
  return Response.json({ detail, status }, { status, headers: { "Content-Type": "application/problem+json" } });
}
