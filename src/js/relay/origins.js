/**
 * Which pages may ask. A browser cannot lie in `Origin` and `Sec-Fetch-Site`; a request with neither comes
 * from no page, and `authorize` alone decides about it.
 */
import { Problem } from "./problem.js";

const corsHeaders = {
  "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, QUERY",
  "access-control-allow-headers": "Authorization, Content-Type, Prefer, Cancel-After, Last-Event-ID",
  "access-control-max-age": "7200",
};

/**
 * Refuses a page of another origin.
 * @param {Request} request
 * @param {string} own the relay's own origin
 * @param {string[]} listed
 */
export function checkOrigin(request, own, listed) {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const allowed =
    origin === "null"
      ? false
      : origin === null
        ? site === null || site === "same-origin"
        : site === "same-origin" || origin === own || listed.includes(origin);
  if (!allowed) throw new Problem(403, "This origin may not use the relay.");
}

/**
 * The answer with its CORS headers. They name one origin, never `*`, and let cookies through for listed
 * origins only.
 */
export function withCors(response, request, own, listed) {
  const headers = new Headers(response.headers);
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin !== null && (origin === own || listed.includes(origin))) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", "Retry-After, Date");
    if (listed.includes(origin)) headers.set("access-control-allow-credentials", "true");
    if (request.method === "OPTIONS") for (const [name, value] of Object.entries(corsHeaders)) headers.set(name, value);
  }
  return new Response(response.body, { status: response.status, headers });
}
