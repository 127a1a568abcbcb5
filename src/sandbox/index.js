/**
 * The sandbox: a web-standard handler that answers like Replicate, offline. Use it behind an HTTP server, or in place of `fetch` in a
 * page. Its models are toys (see `catalogue.js`), its protocol is meant to be exact.
 *
 * Routes, under any path prefix:
 *
 * | path | content |
 * |---|---|
 * | `/api/prediction`, `/api/poll?id=` | the protocol of the provider's server |
 * | `/v1/…` | Replicate's HTTP API |
 * | `/v1/predictions/:id/stream/…` | a prediction's event stream; the URL alone gives access |
 * | `/files/…` | the pictures of image predictions |
 *
 * Directives make a prediction misbehave. They stand in its input `prompt` or `text`, or in the header `Sandbox-Directives` of its create;
 * the model does not see them. The option `faults` gives directives to all predictions. Those of the first table hit the create, or another
 * request with `@get` (polls too), `@stream` or `@cancel`: `[500@get: 2]`. With a number n they hit n times, without one always. The count
 * of a create starts again once a create with the same input has been accepted.
 *
 * | directive | what happens |
 * |---|---|
 * | `[429]` `[500]` | that status, and nothing else: a create is not accepted. 429 carries `Retry-After`: 0 when `stepMs` is 0, else 1 |
 * | `[retry-after: 8]` | what `Retry-After` of a 429 says, in seconds |
 * | `[delay: 500]` | the answer comes 500 ms late |
 * | `[drop]` | the work is done, then the connection drops: a TypeError with code "ECONNRESET", at which a server should close the socket |
 * | `[cut]` | the connection drops in the middle of the answer's body |
 * | `[html]` | the work is done, but the answer is a page of HTML with status 200 |
 * | `[text-json]` | the JSON comes inside a page of HTML |
 *
 * | directive | what the prediction does |
 * |---|---|
 * | `[fail]` `[fail: NSFW content detected]` | half of the output, then `failed` with that error |
 * | `[hang]` | half of the output, then `processing` for ever |
 * | `[null]` | `succeeded` without output |
 * | `[canceled]` | half of the output, then `canceled`, without a request to cancel |
 * | `[aborted]` | `aborted` before it starts |
 * | `[cold: 3]` | it starts after 3 steps; usually 2 |
 * | `[slow]` `[slow: 3]` | each step takes 10 times as long, or 3 times |
 * | `[no-stream]` | it has no `urls.stream` |
 * | `[no-ids]` | its events have no ids |
 * | `[restart]` | its stream ignores `Last-Event-ID` and starts again |
 * | `[drop-stream: 5]` | its stream breaks after 5 events, for the first reader |
 * | `[end-stream: 5]` | its stream ends after 5 events without `done`, for the first reader |
 *
 * Where Replicate documents nothing, the sandbox does this: it ignores a malformed `Prefer`, takes one above 60 s as 60 s, answers a
 * malformed `Cancel-After` with 400, ends the stream of an aborted prediction with `{"reason":"canceled"}`, and accepts webhooks but never
 * calls them.
 *
 * @module replicate-wasm/sandbox
 */

import { accountRoutes } from "./account-routes.js";
import { createCatalogue } from "./catalogue.js";
import { deploymentRoutes } from "./deployment-routes.js";
import { fileRoutes } from "./file-routes.js";
import { Links, absoluteUrl, matchRoute } from "./links.js";
import { modelRoutes } from "./model-routes.js";
import { answerPicture } from "./picture-routes.js";
import { showPrediction } from "./prediction.js";
import { answerStream, predictionRoutes } from "./prediction-routes.js";
import { readOptions } from "./options.js";
import { PredictionStore } from "./prediction-store.js";
import { Problem, nothingHere, unauthenticated } from "./problem.js";
import { answerProvider } from "./provider-routes.js";
import { createRouter } from "./router.js";
import { trainingRoutes } from "./training-routes.js";

/**
 * @typedef {object} Options
 * @property {number} [seed] changes the texts and pictures; default 0. Ids are random, whatever the seed
 * @property {number} [stepMs] milliseconds for one step of a prediction, about one token; default 60. With 0 it has ended at the first poll
 * @property {string} [token] when set, `/v1` answers 401 to requests without `Authorization: Bearer <token>`
 * @property {string[]} [faults] directives for every prediction, without their brackets: `["429: 2"]`
 * @property {string} [apiUrl] what `urls.get`, `urls.cancel`, `next` and `previous` begin with; default: the sandbox's own `/v1`
 * @property {number} [pageSize] rows on each page of a list; default 100
 * @property {boolean} [dataUris] gives pictures as `data:` URIs; default true in a browser page, where `<img>` cannot load from a function
 * @property {import("./clock.js").Clock} [clock] in place of the platform's, for tests
 *
 * @typedef {object} Context the request that a handler answers
 * @property {Request} request
 * @property {AbortSignal} signal
 * @property {URL} url
 * @property {string} path below `/v1`
 * @property {Record<string, string>} params the named parts of the route
 * @property {Links} links
 * @property {State} state
 *
 * @typedef {ReturnType<typeof createState>} State
 *
 * @typedef {(request: Request | string | URL, init?: RequestInit) => Promise<Response>} Fetch
 * @typedef {Fetch & { readonly predictions: Map<string, Record<string, any>> }} Sandbox
 */

const router = createRouter({
  ...predictionRoutes,
  ...modelRoutes,
  ...deploymentRoutes,
  ...trainingRoutes,
  ...fileRoutes,
  ...accountRoutes,
});

/**
 * Creates a sandbox. Sandboxes share nothing.
 *
 * @param {Options} [options]
 * @returns {Sandbox} a handler with the signature of `fetch`. Relative URLs are resolved against the page, or http://localhost without one.
 *   It rejects with the signal's reason when the signal is aborted, and with a TypeError where a directive drops the connection.
 *   `predictions` holds every prediction that it has accepted, by id, in its current state.
 * @throws {TypeError} for an option that does not exist or is not what it must be
 */
export function createSandbox(options = {}) {
  const state = createState(options);

  /** @type {Sandbox} */
  const sandbox = async (input, init) => {
    const request =
      input instanceof Request && !init
        ? input
        : new Request(input instanceof Request ? input : absoluteUrl(input), { duplex: "half", ...init });
    const signal = init?.signal ?? request.signal;
    return untilAborted(signal, () => answer(state, request, signal));
  };
  return Object.defineProperty(sandbox, "predictions", {
    get: () => {
      const now = state.clock.now();
      return new Map(
        state.predictions
          .newestFirst()
          .reverse()
          .map((prediction) => [prediction.id, showPrediction(prediction, prediction.life.at(now), prediction.links)]),
      );
    },
  });
}

function createState(options) {
  const { clock, ...settings } = readOptions(options);
  return {
    settings,
    clock,
    models: createCatalogue(),
    predictions: new PredictionStore(),
    /** @type {Map<string, Map<string, number>>} how often counted faults have refused a create, by its input */
    refused: new Map(),
    /** @type {Map<string, import("./prediction.js").Prediction>} the example prediction of each model, by "owner/name" */
    examples: new Map(),
    /** @type {Map<string, import("./deployment-routes.js").Deployment>} by "owner/name" */
    deployments: new Map(),
    /** @type {Map<string, import("./training-routes.js").Training>} by id */
    trainings: new Map(),
    /** @type {Map<string, import("./file-routes.js").StoredFile>} by id */
    files: new Map(),
  };
}

/** @param {State} state @param {Request} request @param {AbortSignal} signal @returns {Promise<Response>} */
async function answer(state, request, signal) {
  const url = new URL(request.url);
  const route = matchRoute(url.pathname);
  try {
    if (!route) throw nothingHere(url.pathname);
    const links = new Links(url.origin + route.prefix, state.settings.apiUrl);
    const context = { request, signal, url, path: route.api, params: {}, links, state };
    if (route.home) return await answerProvider(context, route.home);
    if (route.stream) return await answerStream(context, route.id, route.stream);
    if (route.file) return await answerPicture(context, route.file);
    return await answerApi(context);
  } catch (error) {
    if (error instanceof Problem) return error.toResponse();
    throw error;
  }
}

function answerApi(context) {
  const { request, path, state } = context;
  const { token } = state.settings;
  if (token !== undefined && request.headers.get("Authorization") !== `Bearer ${token}`) throw unauthenticated();
  const { handle, params } = router(request.method, path);
  return handle({ ...context, params });
}

/** An aborted signal rejects at once, as with `fetch`. The server's work goes on. */
function untilAborted(signal, work) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}
