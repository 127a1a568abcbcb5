/**
 * The sandbox: a web-standard handler that answers like Replicate, offline. It stands behind an HTTP server, or in place of `fetch` inside
 * a page. Its models are toys (see `catalogue.js`), its protocol is meant to be exact.
 *
 * Routes, under any path prefix:
 *
 * | path | what it answers |
 * |---|---|
 * | `/api/prediction`, `/api/poll?id=` | the protocol of the provider's server |
 * | `/v1/…` | Replicate's HTTP API |
 * | `/stream/v1/predictions/…` | a prediction's event stream; whoever has the URL may read it |
 * | `/files/…` | the pictures it has drawn |
 *
 * A prediction misbehaves when its prompt (or `text`) holds directives, or the header `Sandbox-Directives` of its create does; the model
 * does not see them. The option `faults` gives them to all predictions. Those of the first table hit the create, or with `@get` (polls too), `@stream` or `@cancel` that request: `[500@get: 2]`.
 * With a number n they hit n times; without one, always. A counted create starts anew once it has been accepted.
 *
 * | directive | what happens |
 * |---|---|
 * | `[429]` `[500]` | that status, and nothing else: a create is not accepted. 429 carries `Retry-After`: 0 when `stepMs` is 0, else 1 |
 * | `[retry-after: 8]` | what `Retry-After` of a 429 says, in seconds |
 * | `[delay: 500]` | the answer comes that many milliseconds late |
 * | `[drop]` | the work is done, then the connection drops: a TypeError with code "ECONNRESET"; a server around should close the socket |
 * | `[cut]` | the connection drops in the middle of the answer's body |
 * | `[html]` | the work is done, but the answer is a page of HTML with status 200 |
 * | `[text-json]` | the JSON comes inside a page of HTML |
 *
 * | directive | what becomes of the prediction |
 * |---|---|
 * | `[fail]` `[fail: NSFW content detected]` | half of the output, then `failed` with that error |
 * | `[hang]` | half of the output, then `processing` for ever |
 * | `[null]` | `succeeded` without output |
 * | `[canceled]` | half of the output, then `canceled`, though nobody asked |
 * | `[aborted]` | `aborted` before it starts |
 * | `[cold: 3]` | it starts after 3 steps; usually 2 |
 * | `[slow]` `[slow: 3]` | ten times the time for each step, or so many times |
 * | `[no-stream]` | it has no `urls.stream` |
 * | `[no-ids]` | its events have no ids |
 * | `[restart]` | its stream ignores `Last-Event-ID` and starts again |
 * | `[drop-stream: 5]` | its stream breaks after 5 events, for the first reader |
 * | `[end-stream: 5]` | its stream ends after 5 events without `done`, for the first reader |
 *
 * Where Replicate's behaviour is not written down: a malformed `Prefer` is ignored and one above 60 s is 60 s, a malformed `Cancel-After`
 * is 400, the stream of an aborted prediction ends with `{"reason":"canceled"}`, webhooks are accepted and never called.
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
 * @property {number} [seed] another seed, other texts and pictures; 0. Ids are never the same twice
 * @property {number} [stepMs] milliseconds a step of a prediction, which is about one token; 60. With 0 it is over at the next look
 * @property {string} [token] where it is given, `/v1` answers 401 without `Authorization: Bearer <token>`
 * @property {string[]} [faults] directives for every prediction, without their brackets: `["429: 2"]`
 * @property {string} [apiUrl] what `urls.get`, `urls.cancel`, `next` and `previous` begin with; the sandbox's own `/v1`
 * @property {number} [pageSize] rows a page of a list; 100
 * @property {boolean} [dataUris] pictures as `data:` URIs; where `<img>` cannot ask a function, in a page
 * @property {import("./clock.js").Clock} [clock] another time than the platform's, for tests
 *
 * @typedef {object} Context what a handler knows of its request
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
 * Makes a sandbox of its own, sharing nothing with others.
 *
 * @param {Options} [options]
 * @returns {Sandbox} a handler with the signature of `fetch`. A relative URL stands under the page, or under http://localhost. It rejects
 *   with the signal's reason when that is aborted, and with a TypeError where a directive drops the connection. `predictions` shows, by id,
 *   every prediction it has accepted, as it is at the moment of looking.
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
    if (route.stream) return await answerStream(context, route.stream);
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

/** Like `fetch`: an aborted signal rejects at once, whatever the server goes on to do. */
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
