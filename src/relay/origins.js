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
  const isAllowed = origin === null ? site === null : origin === own || listed.includes(origin);
  if (origin === "null" || (!isAllowed && site !== "same-origin"))
    throw new Problem(403, "This origin may not use the relay.");
}

/**
 * Adds the CORS headers to an answer's. They name one origin, never `*`, and let cookies through for listed
 * origins only.
 */
export function addCors(headers, request, own, listed) {
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin === own || listed.includes(origin)) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", "Retry-After, Date");
    if (listed.includes(origin)) headers.set("access-control-allow-credentials", "true");
    if (request.method === "OPTIONS") for (const [name, value] of Object.entries(corsHeaders)) headers.set(name, value);
  }
}
