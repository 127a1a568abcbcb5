/** Not Rust: plain objects and functions, whose methods work without `this` when they are taken from the client. */

import * as argument from "./arguments.js";
import { ReplicateError } from "./error.js";
import { toForm } from "./inputs.js";

/** Fills in the names of a route, each with the next argument. */
const fill = (route, args) => route.replace(/{(\w+)}/g, (_, name) => encodeURIComponent(argument.name(`The argument ${name}`, args.shift())));

/** The headers of a create. `wait` is a number of seconds, or true to let the server decide. */
function createHeaders(wait, cancelAfter) {
  const headers = {};
  if (wait) headers.Prefer = typeof wait === "number" ? `wait=${Math.max(1, Math.ceil(wait))}` : "wait";
  if (cancelAfter) headers["Cancel-After"] = cancelAfter;
  return headers;
}

/** Sends a request and reads its answer. */
async function send(request, method, route, options) {
  const response = await request(route, { method, ...options });
  if (method === "DELETE") return response.status === 204;
  try {
    return await response.json();
  } catch (cause) {
    options.signal?.throwIfAborted();
    const name = `${method} ${route.split("?")[0]}`;
    throw cause instanceof SyntaxError
      ? new ReplicateError("protocol", `The answer to ${name} is not JSON`, { cause, status: response.status })
      : new ReplicateError("network", `The answer to ${name} broke off`, { cause, status: response.status });
  }
}

/** Sends a create, which may cost. After an answer without an id the prediction or training may run all the same. */
async function sendCreate(request, route, list, options) {
  const response = await request(route, { method: "POST", ...options });
  let created, cause;
  try {
    created = await response.json();
  } catch (error) {
    options.signal?.throwIfAborted();
    cause = error;
  }
  if (argument.isSegment(created?.id)) return created;
  if (typeof created?.id === "string" && created.id) throw new ReplicateError("protocol", `The id in the answer to POST ${route} is no segment of a path: ${created.id.slice(0, 200)}`);
  const { status } = response;
  const message = `POST ${route} was answered with status ${status} but no id: it may run and cost, so look in ${list}.list() or on replicate.com before you create another`;
  throw new ReplicateError("unknown_outcome", message, { cause, status });
}

/**
 * The resources of Replicate's API, with the names, arguments and requests of Replicate's own client. All methods call
 * `request`, and none needs `this`.
 *
 * @param {(route: string, options: { method: string, headers?: object, data?: unknown, signal?: AbortSignal })
 *   => Promise<Response>} request sends FormData and strings unchanged and all other data as JSON; rejects for an error
 *   status
 * @param {(input: object, options: { signal?: AbortSignal }) => Promise<object>} encode replaces the files of an input by
 *   strings
 * @param {{ cancelAfter?: string }} [defaults] options of each create
 */
export function resources(request, encode, defaults = {}) {
  /** A method whose first arguments are the names in `route`, then the data if it has any, then `{ signal }`. */
  const call = (method, route, dataName) => async (...args) => {
    const path = fill(route, args);
    const data = dataName && argument.object(`The argument ${dataName}`, args.shift());
    return send(request, method, path, { signal: args[0]?.signal, data });
  };

  /** A method whose last argument is the options of a create. `list` is the resource whose list shows what it has created. */
  const create = (route, list) => async (...args) => {
    const path = fill(route, args);
    const { signal, wait, cancelAfter = defaults.cancelAfter, ...data } = args[0] ?? {};
    const input = argument.input({ ...data, cancelAfter });
    const headers = createHeaders(wait, cancelAfter);
    return sendCreate(request, path, list, { signal, headers, data: { ...data, input: await encode(input, { signal }) } });
  };

  return {
    predictions: {
      get: call("GET", "/predictions/{id}"),
      list: call("GET", "/predictions"),
      async create({ model, version, ...options } = {}) {
        if (version) return create("/predictions", "predictions")({ ...options, version });
        return create("/models/{owner}/{name}/predictions", "predictions")(...argument.model("The option model", model).split("/"), options);
      },
      cancel: call("POST", "/predictions/{id}/cancel"),
    },
    models: {
      get: call("GET", "/models/{owner}/{name}"),
      list: call("GET", "/models"),
      async create(owner, name, { signal, ...options } = {}) {
        fill("/{owner}/{name}", [owner, name]);
        return send(request, "POST", "/models", { signal, data: { owner, name, ...options } });
      },
      async search(query, { signal } = {}) {
        argument.string("The argument query", query);
        return send(request, "QUERY", "/models", { signal, headers: { "Content-Type": "text/plain" }, data: query });
      },
      versions: {
        get: call("GET", "/models/{owner}/{name}/versions/{version}"),
        list: call("GET", "/models/{owner}/{name}/versions"),
      },
    },
    deployments: {
      get: call("GET", "/deployments/{owner}/{name}"),
      list: call("GET", "/deployments"),
      create: call("POST", "/deployments", "config"),
      update: call("PATCH", "/deployments/{owner}/{name}", "config"),
      delete: call("DELETE", "/deployments/{owner}/{name}"),
      predictions: { create: create("/deployments/{owner}/{name}/predictions", "predictions") },
    },
    trainings: {
      get: call("GET", "/trainings/{id}"),
      list: call("GET", "/trainings"),
      create: create("/models/{owner}/{name}/versions/{version}/trainings", "trainings"),
      cancel: call("POST", "/trainings/{id}/cancel"),
    },
    collections: {
      get: call("GET", "/collections/{slug}"),
      list: call("GET", "/collections"),
    },
    files: {
      get: call("GET", "/files/{id}"),
      list: call("GET", "/files"),
      async create(file, metadata = {}, { signal } = {}) {
        const content = argument.file("The argument file", file);
        signal?.throwIfAborted();
        return send(request, "POST", "/files", { signal, data: await toForm(content, metadata) });
      },
      delete: call("DELETE", "/files/{id}"),
    },
    hardware: { list: call("GET", "/hardware") },
    accounts: { current: call("GET", "/account") },
    webhooks: { default: { secret: { get: call("GET", "/webhooks/default/secret") } } },
  };
}

/**
 * Iterates over the pages of a list.
 *
 * @template T
 * @param {(route: string, options: object) => Promise<Response>} request takes the absolute URL of the next page
 * @param {(options?: { signal?: AbortSignal }) => Promise<{ results: T[], next?: string | null }>} endpoint
 *   gets the first page, such as `client.models.list`
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {AsyncGenerator<T[], void, void>}
 */
export async function* paginate(request, endpoint, { signal } = {}) {
  argument.callable("The argument endpoint", endpoint);
  let next;
  do {
    signal?.throwIfAborted();
    const page = await (next ? send(request, "GET", next, { signal }) : endpoint({ signal }));
    if (!Array.isArray(page?.results)) throw new ReplicateError("protocol", "The page of a list has no results");
    yield page.results;
    next = page.next;
  } while (next);
}
