// /v1/deployments: each is a name for one version of a model. Every update makes a new release.

import { ACCOUNT, HARDWARE, findVersion } from "./catalogue.js";
import { create } from "./create.js";
import { paginate } from "./pagination.js";
import { isoTime } from "./prediction.js";
import { PREDICTION_REQUEST } from "./prediction-routes.js";
import { Problem, notFound, unknownVersion } from "./problem.js";
import { readBody } from "./validation.js";

/**
 * @typedef {object} Deployment
 * @property {string} ref "owner/name"
 * @property {string} name
 * @property {Release} release the current one
 *
 * @typedef {object} Release
 * @property {number} number from 1
 * @property {number} createdAt milliseconds since 1970
 * @property {string} model "owner/name"
 * @property {string} version
 * @property {string} hardware
 * @property {number} min_instances
 * @property {number} max_instances
 */

const PROPERTIES = {
  version: { type: "string" },
  hardware: { enum: HARDWARE.map(({ sku }) => sku) },
  min_instances: { type: "integer", minimum: 0, maximum: 5 },
  max_instances: { type: "integer", minimum: 0, maximum: 20 },
};

/** The body of `POST /deployments` in the OpenAPI file. */
const DEPLOYMENT_REQUEST = {
  type: "object",
  required: ["name", "model", "version", "hardware", "min_instances", "max_instances"],
  properties: { name: { type: "string" }, model: { type: "string" }, ...PROPERTIES },
};

/** The body of `PATCH /deployments/{deployment_owner}/{deployment_name}`. */
const UPDATE_REQUEST = { type: "object", properties: PROPERTIES };

/** @type {import("./router.js").Routes} */
export const deploymentRoutes = {
  "GET /deployments": (context) => paginate(context, [...context.state.deployments.values()].reverse(), "ref", show),
  "POST /deployments": async (context) => {
    const { name, model, version, hardware, min_instances, max_instances } = await readBody(
      context.request,
      DEPLOYMENT_REQUEST,
    );
    const ref = `${ACCOUNT.username}/${name}`;
    if (context.state.deployments.has(ref))
      throw new Problem(409, "Conflict", "A deployment with that name and owner already exists.");
    checkVersion(context, model, version);
    const release = {
      number: 1,
      createdAt: context.state.clock.now(),
      model,
      version,
      hardware,
      min_instances,
      max_instances,
    };
    const deployment = { ref, name, release };
    context.state.deployments.set(ref, deployment);
    return Response.json(show(deployment));
  },
  "GET /deployments/:owner/:name": (context) => Response.json(show(find(context))),
  "PATCH /deployments/:owner/:name": async (context) => {
    const deployment = find(context);
    const { release } = deployment;
    const body = await readBody(context.request, UPDATE_REQUEST);
    const {
      version = release.version,
      hardware = release.hardware,
      min_instances = release.min_instances,
      max_instances = release.max_instances,
    } = body;
    checkVersion(context, release.model, version);
    const changes = {
      number: release.number + 1,
      createdAt: context.state.clock.now(),
      version,
      hardware,
      min_instances,
      max_instances,
    };
    deployment.release = { ...release, ...changes };
    return Response.json(show(deployment));
  },
  "DELETE /deployments/:owner/:name": (context) => {
    context.state.deployments.delete(find(context).ref);
    return new Response(null, { status: 204 });
  },
  "POST /deployments/:owner/:name/predictions": async (context) => {
    const { release } = find(context);
    const { input } = await readBody(context.request, PREDICTION_REQUEST);
    return create(context, { ...checkVersion(context, release.model, release.version), input });
  },
};

function show({ name, release: { number, createdAt, model, version, hardware, min_instances, max_instances } }) {
  return {
    owner: ACCOUNT.username,
    name,
    current_release: {
      number,
      model,
      version,
      created_at: isoTime(createdAt),
      created_by: ACCOUNT,
      configuration: { hardware, min_instances, max_instances },
    },
  };
}

function checkVersion({ state }, model, version) {
  const found = findVersion(state.models, version);
  if (found?.model.ref !== model) throw unknownVersion();
  return found;
}

function find({ state, params }) {
  const deployment = state.deployments.get(`${params.owner}/${params.name}`);
  if (!deployment) throw notFound();
  return deployment;
}
