// /v1/trainings: they run like predictions, and a successful one adds a version to the destination model.

import { ACCOUNT } from "./catalogue.js";
import { readDirectives } from "./directives.js";
import { Life, TERMINAL } from "./life.js";
import { findModelVersion } from "./model-routes.js";
import { paginate } from "./pagination.js";
import { showDurations, showTimes } from "./prediction.js";
import { invalidFields, notFound } from "./problem.js";
import { hexId, randomId } from "./random.js";
import { writeScript } from "./script.js";
import { readBody } from "./validation.js";

/** @typedef {{ id: string, model: string, version: string, input: Record<string, unknown>, life: Life }} Training */

/** `schemas_training_request` of the OpenAPI file. */
const TRAINING_REQUEST = {
  type: "object",
  required: ["destination", "input"],
  properties: {
    destination: { type: "string" },
    input: { type: "object" },
    webhook: { type: "string" },
    webhook_events_filter: { type: "array", items: { enum: ["start", "output", "logs", "completed"] } },
  },
};

/** @type {import("./router.js").Routes} */
export const trainingRoutes = {
  "POST /models/:owner/:name/versions/:version/trainings": async (context) => {
    const { model, version } = findModelVersion(context);
    const { destination, input } = await readBody(context.request, TRAINING_REQUEST);
    const { state, links } = context;
    const target = state.models.get(destination);
    if (target?.owner !== ACCOUNT.username) {
      throw invalidFields([
        {
          type: "destination",
          field: "destination",
          description: "destination must be an existing model of the account",
        },
      ]);
    }

    const id = randomId();
    const createdAt = state.clock.now();
    const trained = { ...version, id: hexId(id), createdAt };
    const { frames, stepMs } = writeScript({
      outputs: [
        { version: `${destination}:${trained.id}`, weights: `https://replicate.delivery/${id}/trained_model.tar` },
      ],
      drawn: true,
      directives: readDirectives(input, state.settings.faults).life,
      stepMs: state.settings.stepMs,
    });
    const life = new Life(frames, { createdAt, stepMs });
    target.versions.unshift({ ...trained, ready: () => life.at(state.clock.now()).status === "succeeded" });
    const training = { id, model: model.ref, version: version.id, input, life };
    state.trainings.set(id, training);
    return Response.json(show(training, life.atBirth, links), { status: 201 });
  },
  "GET /trainings": (context) => {
    const now = context.state.clock.now();
    return paginate(context, [...context.state.trainings.values()].reverse(), "id", (training) => {
      const { logs, ...row } = show(training, training.life.at(now), context.links);
      return row; // The example of a list in the OpenAPI file has no logs.
    });
  },
  "GET /trainings/:id": (context) => showNow(context, find(context)),
  "POST /trainings/:id/cancel": (context) => {
    const training = find(context);
    training.life.cancel(context.state.clock.now());
    return showNow(context, training);
  },
};

const showNow = ({ state, links }, training) =>
  Response.json(show(training, training.life.at(state.clock.now()), links));

function show({ id, model, version, input, life }, view, links) {
  return {
    id,
    model,
    version,
    input,
    logs: view.logs,
    output: view.outputs[0] ?? null,
    error: view.error,
    ...showTimes(life, view),
    source: "api",
    ...(TERMINAL.has(view.status) && { metrics: showDurations(life, view) }),
    urls: { cancel: links.api(`/trainings/${id}/cancel`), get: links.api(`/trainings/${id}`) },
  };
}

function find({ state, params }) {
  const training = state.trainings.get(params.id);
  if (!training) throw notFound();
  return training;
}
