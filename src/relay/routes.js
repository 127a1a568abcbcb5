/**
 * The routes of the relay, and the permissions of the option `allow` that each needs. Every other path is answered with
 * 404. The path at Replicate is built from the matched parts, never from the incoming text, so that no `..` or encoded slash
 * reaches another one.
 *
 * Routes with the permission `lists` show what belongs to the whole account, not only to the caller. Routes that change the
 * account itself (models, deployments) or show the webhooks' secret need `account` as well.
 */
import { notFound, Problem } from "./problem.js";

// A name starts with a letter or a digit, so "." and ".." do not match, and it has no percent sign.
const name = "[A-Za-z0-9][\\w.-]*";
const signed = "[\\w.-]+";
const parts = { owner: name, name, id: signed, url: signed };
const otherPart = "[\\w-]+";

const models = "/v1/models/:owner/:name";
const deployments = "/v1/deployments/:owner/:name";

/**
 * @typedef {object} Route
 * @property {string} name method and path, as in the list below
 * @property {string} method
 * @property {string} path below `/v1`
 * @property {string} does "create", "stream", "upload", or how the answer is rewritten (rewrite.js)
 * @property {string[]} allow the permissions that the option `allow` must contain
 * @property {"prediction" | "training"} kind what `:id` is, or what the create makes
 * @property {boolean} isCancel
 * @property {RegExp} pattern its groups are the prefix and the parts
 */

/** @type {Route[]} */
const routes = [
  route("POST /api/prediction", "create"),
  route("GET /api/poll", "prediction"),

  route("POST /v1/predictions", "create"),
  route(`POST ${models}/predictions`, "create"),
  route(`POST ${deployments}/predictions`, "create", "deployments"),
  route("GET /v1/predictions", "predictions", "lists"),
  route("GET /v1/predictions/:id", "prediction"),
  route("POST /v1/predictions/:id/cancel", "prediction"),
  route("GET /v1/predictions/:id/stream/:url", "stream"),

  route(`GET ${models}`, "model", "models"),
  route(`GET ${models}/versions`, "page", "models"),
  route(`GET ${models}/versions/:version`, "json", "models"),
  route("GET /v1/models", "models", "models"),
  route("QUERY /v1/models", "models", "models"),
  route("POST /v1/models", "model", "models", "account"),
  route(`PATCH ${models}`, "model", "models", "account"),
  route(`DELETE ${models}`, "json", "models", "account"),
  route(`DELETE ${models}/versions/:version`, "json", "models", "account"),

  route("GET /v1/collections", "page", "collections"),
  route("GET /v1/collections/:slug", "collection", "collections"),
  route("GET /v1/hardware", "json", "hardware"),
  route("GET /v1/account", "json", "account"),
  route("GET /v1/webhooks/default/secret", "json", "webhooks", "account"),

  route("GET /v1/deployments", "page", "deployments"),
  route(`GET ${deployments}`, "json", "deployments"),
  route("POST /v1/deployments", "json", "deployments", "account"),
  route(`PATCH ${deployments}`, "json", "deployments", "account"),
  route(`DELETE ${deployments}`, "json", "deployments", "account"),

  route(`POST ${models}/versions/:version/trainings`, "create", "trainings"),
  route("GET /v1/trainings", "predictions", "trainings", "lists"),
  route("GET /v1/trainings/:id", "prediction", "trainings"),
  route("POST /v1/trainings/:id/cancel", "prediction", "trainings"),

  route("POST /v1/files", "upload", "files"),
  route("GET /v1/files", "page", "files", "lists"),
  route("GET /v1/files/:file", "json", "files"),
  route("DELETE /v1/files/:file", "json", "files"),
];

/** All permissions. */
export const allowable = [...new Set(routes.flatMap(({ allow }) => allow))];

/** The only route that has the prediction's id in its query. */
export const pollRoute = "GET /api/poll";

/** For listed models this route needs no permission: the client looks up their versions here. */
const modelRoute = `GET ${models}`;

/**
 * The route of a request with its parts and the prefix of the path before it; or the problem, where no route matches.
 * @param {string} pathname as `URL` normalises it
 * @returns {{ route: Route, prefix: string, params: Record<string, string> } | { problem: Problem, route?: undefined }}
 */
export function findRoute(pathname, method) {
  const matches = matchRoutes(pathname);
  const match = matches.find(({ route }) => route.method === method);
  if (match) return match;
  if (matches.length === 0) return { problem: notServed(pathname) };
  const allow = matches.map(({ route }) => route.method).join(", ");
  return { problem: new Problem(405, `This route takes ${allow} alone.`, { allow }) };
}

/**
 * Is the route allowed?
 * @throws {Problem} 403
 */
export function checkAllowed({ route, params }, allowed, policy) {
  if (route.name === modelRoute && policy.lists(`${params.owner}/${params.name}`)) return;
  const missing = route.allow.filter((name) => !allowed.includes(name));
  if (missing.length === 0) return;
  throw new Problem(403, `The relay serves this route only with its option allow: ${JSON.stringify(missing)}.`);
}

/** Without the `/v1`, a common mistake, the message says what to do. Below it 404 hides whether the resource exists. */
function notServed(pathname) {
  if (/\/(v1|api)\//.test(pathname)) return notFound();
  return new Problem(404, "There is nothing here. The relay serves Replicate's API below /v1, so a client's baseUrl ends in /v1; and the provider's protocol, /api/prediction and /api/poll.");
}

/** The routes that match a path, with the shortest prefix that is possible. */
function matchRoutes(pathname) {
  const found = routes.flatMap((route) => {
    const match = route.pattern.exec(pathname);
    return match ? [{ route, prefix: match[1], params: { ...match.groups } }] : [];
  });
  const shortest = Math.min(...found.map(({ prefix }) => prefix.length));
  return found.filter(({ prefix }) => prefix.length === shortest);
}

/** A route's path below `/v1` with its parts filled in. */
export function fillPath(path, params) {
  return path.replace(/:(\w+)/g, (_, part) => params[part]);
}

function route(name, does, ...allow) {
  const [method, path] = name.split(" ");
  const source = path.replace(/:(\w+)/g, (_, part) => `(?<${part}>${parts[part] ?? otherPart})`);
  return {
    name,
    method,
    path: path === "/api/poll" ? "/predictions/:id" : path.replace("/v1", ""),
    does,
    allow,
    kind: path.includes("/trainings") ? "training" : "prediction",
    isCancel: path.endsWith("/cancel"),
    pattern: new RegExp(`^((?:/[^/]+)*?)${source}$`),
  };
}
