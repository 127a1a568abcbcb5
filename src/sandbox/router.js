// Finds the handler of a route: "GET /models/:owner/:name".

import { Problem, notFound } from "./problem.js";

/** @typedef {Record<string, (context: import("./index.js").Context) => Response | Promise<Response>>} Routes */

/**
 * @param {Routes} routes
 * @returns {(method: string, path: string) => { handle: Routes[string], params: Record<string, string> }} throws 404 or 405
 */
export function createRouter(routes) {
  const table = Object.entries(routes).map(([route, handle]) => {
    const [method, pattern] = route.split(" ");
    return { method, handle, pattern: new RegExp(`^${pattern.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`) };
  });
  return (method, path) => {
    const onPath = table.filter(({ pattern }) => pattern.test(path));
    if (!onPath.length) throw notFound();
    const found = onPath.find((route) => route.method === method);
    if (!found)
      throw new Problem(
        405,
        "Method not allowed",
        `Method "${method}" not allowed.`,
        {},
        { Allow: onPath.map((route) => route.method).join(", ") },
      );
    return { handle: found.handle, params: decode(path.match(found.pattern).groups) };
  };
}

function decode(groups = {}) {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    throw notFound(); // A malformed percent-encoding names no resource.
  }
}
