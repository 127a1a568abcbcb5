// /v1/predictions, the create of official models, and the event stream.

import { findVersion, versionsOf } from "./catalogue.js";
import { create } from "./create.js";
import { underFaults } from "./faults.js";
import { paginate } from "./pagination.js";
import { showPrediction } from "./prediction.js";
import { notFound, unknownVersion } from "./problem.js";
import { streamPrediction } from "./sse.js";
import { readBody } from "./validation.js";

const INPUT = { type: "object" };
const WEBHOOK = {
  stream: { type: "boolean" },
  webhook: { type: "string" },
  webhook_events_filter: { type: "array", items: { enum: ["start", "output", "logs", "completed"] } },
};

/** `schemas_prediction_request` of the OpenAPI file. */
export const PREDICTION_REQUEST = {
  type: "object",
  required: ["input"],
  properties: { input: INPUT, ...WEBHOOK },
  additionalProperties: false,
};

/** `schemas_version_prediction_request` of the OpenAPI file. */
const VERSION_PREDICTION_REQUEST = {
  type: "object",
  required: ["version", "input"],
  properties: { version: { type: "string" }, input: INPUT, ...WEBHOOK },
  additionalProperties: false,
};

/** @type {import("./router.js").Routes} */
export const predictionRoutes = {
  "POST /predictions": async (context) => {
    const { version, input } = await readBody(context.request, VERSION_PREDICTION_REQUEST);
    const found = findVersion(context.state.models, version);
    if (!found) throw unknownVersion();
    return create(context, { ...found, input });
  },
  "POST /models/:owner/:name/predictions": async (context) => {
    const { owner, name } = context.params;
    const model = context.state.models.get(`${owner}/${name}`);
    if (!model?.official) throw notFound(); // Only official models run without a version.
    const { input } = await readBody(context.request, PREDICTION_REQUEST);
    return create(context, { model, version: versionsOf(model)[0], input });
  },
  "GET /predictions": (context) => {
    const now = context.state.clock.now();
    return paginate(context, context.state.predictions.newestFirst(), "id", (prediction) => {
      const { logs, ...row } = showPrediction(prediction, prediction.life.at(now), context.links);
      return row; // The example of a list in the OpenAPI file has no logs.
    });
  },
  "GET /predictions/:id": (context) => answerGet(context, find(context)),
  "POST /predictions/:id/cancel": (context) => {
    const prediction = find(context);
    return underPredictionFaults(context, prediction, "cancel", () => {
      prediction.life.cancel(context.state.clock.now());
      return showNow(context, prediction);
    });
  },
};

/**
 * Answers a get of the API or a poll of the provider's protocol.
 *
 * @param {import("./index.js").Context} context
 * @param {import("./prediction.js").Prediction} prediction
 * @returns {Promise<Response>}
 */
export function answerGet(context, prediction) {
  return underPredictionFaults(context, prediction, "get", () => showNow(context, prediction));
}

/**
 * @param {import("./index.js").Context} context
 * @param {string} id
 * @param {string} key of its stream URL
 * @returns {Promise<Response>}
 */
export function answerStream(context, id, key) {
  const prediction = context.state.predictions.get(id);
  if (!prediction?.streams || prediction.streamKey !== key || context.request.method !== "GET") throw notFound();
  return underPredictionFaults(context, prediction, "stream", () => streamPrediction(context, prediction));
}

function underPredictionFaults({ state, signal }, { directives, hits }, route, work) {
  return underFaults(
    { directives, route, hits, stepMs: state.settings.stepMs, clock: state.clock, signal },
    work,
  );
}

const showNow = ({ state, links }, prediction) =>
  Response.json(showPrediction(prediction, prediction.life.at(state.clock.now()), links));

function find({ state, params }) {
  const prediction = state.predictions.get(params.id);
  if (!prediction) throw notFound();
  return prediction;
}
