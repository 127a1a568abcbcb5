/**
 * Which pages may send requests. A browser cannot lie in `Origin` and `Sec-Fetch-Site`; a request with neither comes from no
 * page, and `authorize` alone decides about it.
 */
import { Problem } from "./problem.js";

const methods = "GET, POST, PUT, PATCH, DELETE, QUERY";
const requestHeaders = ["Authorization", "Content-Type", "Prefer", "Cancel-After", "Last-Event-ID"];

/**
 * Refuses a page of another origin.
 * @param {Request} request
 * @param {string | undefined} own the relay's own origin
 * @param {string[]} listed
 */
export function checkOrigin(request, own, listed) {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const isAllowed = origin === null ? site === null : origin === own || listed.includes(origin);
  if (origin === "null" || (!isAllowed && site !== "same-origin")) {
    throw new Problem(403, "Pages of this origin may not use the relay. Its option origins can list them; behind a proxy that changes Host, set publicUrl.");
  }
}

/**
 * Adds the CORS headers to an answer's. They name one origin, never `*`, and let cookies through for listed origins
 * only.
 * @param {{ origins: string[], allowHeaders: string[] }} options
 */
export function addCors(headers, request, own, { origins, allowHeaders }) {
  headers.append("vary", "Origin");
  const origin = request.headers.get("origin");
  const isListed = origins.includes(origin);
  if (origin === null || (origin !== own && !isListed)) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", "Retry-After, Date");
  if (isListed) headers.set("access-control-allow-credentials", "true");
  if (request.method !== "OPTIONS") return;
  headers.set("access-control-allow-methods", methods);
  headers.set("access-control-allow-headers", [...requestHeaders, ...allowHeaders].join(", "));
  headers.set("access-control-max-age", "7200");
}
