import { ReplicateError } from "./error.js";
import { toBlob } from "./inputs.js";
import { invalid, parseUrl } from "./options.js";
import { isPlainObject } from "./transform.js";

/** A piece of a path. "." and ".." would lead to another route, half a surrogate pair cannot be encoded. */
function segment(name, value) {
  if (typeof value !== "string" || /^\.{0,2}$|\p{Surrogate}/u.test(value)) {
    throw invalid(`Argument ${name} must be a non-empty string that names one thing`);
  }
  return encodeURIComponent(value);
}

/** What a prediction and a training have in common: a webhook to be checked, and files in the input. */
async function body({ input, ...data }, encode, signal) {
  if (!isPlainObject(input)) throw invalid("Option input must be an object");
  if (data.webhook && !parseUrl(data.webhook)) throw invalid("Invalid webhook URL");
  return { ...data, input: await encode(input, { signal }) };
}

/** `Prefer` for the option `wait`: true for as long as the server likes, or a number of seconds. */
function prefer(wait) {
  if (!wait) return {};
  return { Prefer: typeof wait === "number" ? `wait=${Math.max(1, Math.ceil(wait))}` : "wait" };
}

/**
 * The resources of Replicate's API, with the names, arguments and requests of Replicate's own client.
 * All is one table over one function, and no method needs `this`.
 *
 * @param {(route: string, options: { method: string, headers?: object, data?: unknown, signal?: AbortSignal })
 *   => Promise<Response>} request sends FormData and strings as they are and all other data as JSON;
 *   rejects when the answer is no success
 * @param {(input: object, options: { signal?: AbortSignal }) => Promise<object>} encode turns the files
 *   of an input into strings
 */
export function resources(request, encode) {
  async function send(method, route, { signal, ...options } = {}) {
    const response = await request(route, { method, signal, ...options });
    return method === "DELETE" ? response.status === 204 : json(response, `${method} ${route}`, signal);
  }

  /** A method whose first arguments are the names in `route`, then the data if it has any, then `{ signal }`. */
  const call = (method, route, dataName) => async (...args) => {
    const path = fill(route, args);
    const data = dataName && args.shift();
    if (dataName && !isPlainObject(data)) throw invalid(`Argument ${dataName} must be an object`);
    return send(method, path, { signal: args[0]?.signal, ...(data && { data }) });
  };

  /** A method whose last argument is the input and all that belongs to it. */
  const create = (route) => async (...args) => {
    const path = fill(route, args);
    const { signal, wait, ...data } = args[0] ?? {};
    return send("POST", path, { signal, headers: prefer(wait), data: await body(data, encode, signal) });
  };
  const createVersion = create("/predictions");
  const createModel = create("/models/{model_owner}/{model_name}/predictions");

  return {
    predictions: {
      async create({ model, version, ...options } = {}) {
        if (version) return createVersion({ ...options, version });
        const names = /^([^/:]+)\/([^/:]+)$/.exec(model);
        if (!names) throw invalid("Option model must be owner/name, or option version be given");
        return createModel(names[1], names[2], options);
      },
      get: call("GET", "/predictions/{prediction_id}"),
      cancel: call("POST", "/predictions/{prediction_id}/cancel"),
      list: call("GET", "/predictions"),
    },
    models: {
      get: call("GET", "/models/{model_owner}/{model_name}"),
      list: call("GET", "/models"),
      async create(owner, name, { signal, ...options } = {}) {
        segment("model_owner", owner);
        segment("model_name", name);
        return send("POST", "/models", { signal, data: { owner, name, ...options } });
      },
      async search(query, { signal } = {}) {
        if (typeof query !== "string") throw invalid("Argument query must be a string");
        return send("QUERY", "/models", { signal, headers: { "Content-Type": "text/plain" }, data: query });
      },
      versions: {
        list: call("GET", "/models/{model_owner}/{model_name}/versions"),
        get: call("GET", "/models/{model_owner}/{model_name}/versions/{version_id}"),
      },
    },
    deployments: {
      get: call("GET", "/deployments/{deployment_owner}/{deployment_name}"),
      list: call("GET", "/deployments"),
      create: call("POST", "/deployments", "deployment_config"),
      update: call("PATCH", "/deployments/{deployment_owner}/{deployment_name}", "deployment_config"),
      delete: call("DELETE", "/deployments/{deployment_owner}/{deployment_name}"),
      predictions: { create: create("/deployments/{deployment_owner}/{deployment_name}/predictions") },
    },
    trainings: {
      create: create("/models/{model_owner}/{model_name}/versions/{version_id}/trainings"),
      get: call("GET", "/trainings/{training_id}"),
      cancel: call("POST", "/trainings/{training_id}/cancel"),
      list: call("GET", "/trainings"),
    },
    collections: {
      get: call("GET", "/collections/{collection_slug}"),
      list: call("GET", "/collections"),
    },
    files: {
      async create(file, metadata = {}, { signal } = {}) {
        const content = toBlob(file);
        if (!content) throw invalid("Argument file must be a Blob, a File or bytes");
        const data = new FormData();
        data.append("content", content, content.name || `blob_${Date.now()}`);
        data.append("metadata", new Blob([JSON.stringify(metadata)], { type: "application/json" }));
        return send("POST", "/files", { signal, data });
      },
      get: call("GET", "/files/{file_id}"),
      list: call("GET", "/files"),
      delete: call("DELETE", "/files/{file_id}"),
    },
    hardware: { list: call("GET", "/hardware") },
    accounts: { current: call("GET", "/account") },
    webhooks: { default: { secret: { get: call("GET", "/webhooks/default/secret") } } },
  };
}

/** Takes as many arguments as the route has names. */
function fill(route, args) {
  return route.replace(/{(\w+)}/g, (_, name) => segment(name, args.shift()));
}

async function json(response, request, signal) {
  try {
    return await response.json();
  } catch (cause) {
    signal?.throwIfAborted();
    throw cause instanceof SyntaxError
      ? new ReplicateError("protocol", `Answer to ${request} is not JSON`, { cause, status: response.status })
      : new ReplicateError("network", `${request} failed while its answer was read`, { cause });
  }
}

/**
 * The pages of a list, one after the other.
 *
 * @template T
 * @param {(route: string, options: object) => Promise<Response>} request takes the absolute URL of the next page
 * @param {(options?: { signal?: AbortSignal }) => Promise<{ results: T[], next?: string | null }>} endpoint
 *   gives the first page, such as `client.models.list`
 * @param {{ signal?: AbortSignal }} [options]
 * @returns {AsyncGenerator<T[], void, void>}
 */
export async function* paginate(request, endpoint, { signal } = {}) {
  if (typeof endpoint !== "function") throw invalid("Argument endpoint must be a function that gives a page");
  signal?.throwIfAborted();
  let page = await endpoint(signal && { signal });
  for (;;) {
    yield page.results;
    if (!page.next) return;
    signal?.throwIfAborted();
    page = await json(await request(page.next, { method: "GET", signal }), "GET of the next page", signal);
  }
}
