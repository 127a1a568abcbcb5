// /v1/models and their versions.

import { ACCOUNT, CREATED_AT, HARDWARE, versionsOf } from "./catalogue.js";
import { readDirectives } from "./directives.js";
import { openapiSchema } from "./openapi-schema.js";
import { paginate } from "./pagination.js";
import { createPrediction, isoTime, showPrediction } from "./prediction.js";
import { Problem, invalidFields, notFound } from "./problem.js";
import { readBody } from "./validation.js";

const LINK = { type: "string" };

/** The body of `POST /models` in the OpenAPI file. */
const MODEL_REQUEST = {
  type: "object",
  required: ["owner", "name", "visibility", "hardware"],
  properties: {
    owner: { type: "string" },
    name: { type: "string" },
    visibility: { enum: ["public", "private"] },
    hardware: { enum: HARDWARE.map(({ sku }) => sku) },
    description: { type: "string" },
    github_url: LINK,
    paper_url: LINK,
    license_url: LINK,
    cover_image_url: LINK,
  },
};

/** @type {import("./router.js").Routes} */
export const modelRoutes = {
  "GET /models": (context) => paginate(context, publicModels(context), "ref", (model) => showModel(context, model)),
  "QUERY /models": async (context) => {
    const words = (await context.request.text()).toLowerCase().split(/\s+/);
    const found = publicModels(context).filter(({ ref, description }) =>
      words.every((word) => `${ref} ${description}`.toLowerCase().includes(word)),
    );
    return Response.json({ previous: null, next: null, results: found.map((model) => showModel(context, model)) });
  },
  "POST /models": async (context) => {
    const { owner, name, visibility, description = null, ...rest } = await readBody(context.request, MODEL_REQUEST);
    const ref = `${owner}/${name}`;
    if (owner !== ACCOUNT.username)
      throw invalidFields([
        { type: "owner", field: "owner", description: "owner must be the account that makes the request" },
      ]);
    if (context.state.models.has(ref))
      throw new Problem(409, "Conflict", "A model with that name and owner already exists.");
    const { github_url = null, paper_url = null, license_url = null, cover_image_url = null } = rest;
    const links = { github_url, paper_url, license_url, cover_image_url };
    const model = { ref, owner, name, description, visibility, official: false, versions: [], links };
    context.state.models.set(ref, model);
    return Response.json(showModel(context, model), { status: 201 });
  },
  "GET /models/:owner/:name": (context) => Response.json(showModel(context, findModel(context))),
  "DELETE /models/:owner/:name": (context) => {
    const model = findModel(context);
    if (!isOwnAndPrivate(model)) throw forbidden("You can only delete private models you own.");
    if (versionsOf(model).length)
      throw forbidden("You can only delete models that have no versions associated with them.");
    context.state.models.delete(model.ref);
    return new Response(null, { status: 204 });
  },
  "GET /models/:owner/:name/versions": (context) =>
    paginate(context, versionsOf(findModel(context)), "id", showVersion),
  "GET /models/:owner/:name/versions/:version": (context) =>
    Response.json(showVersion(findModelVersion(context).version)),
  "DELETE /models/:owner/:name/versions/:version": (context) => {
    const { model, version } = findModelVersion(context);
    if (!isOwnAndPrivate(model)) throw forbidden("You can only delete versions from private models you own.");
    model.versions.splice(model.versions.indexOf(version), 1);
    return new Response(null, { status: 202 });
  },
};

/** @param {import("./index.js").Context} context @param {import("./catalogue.js").Model} model */
export function showModel(context, model) {
  const [latest] = versionsOf(model);
  return {
    url: `https://replicate.com/${model.ref}`,
    owner: model.owner,
    name: model.name,
    description: model.description,
    visibility: model.visibility,
    ...model.links,
    run_count: context.state.predictions.newestFirst().filter((prediction) => prediction.model === model.ref).length,
    default_example: latest && model.example ? showExample(context, model, latest) : null,
    latest_version: latest ? showVersion(latest) : null,
  };
}

/** @param {import("./index.js").Context} context of a route with `:owner`, `:name` and `:version` */
export function findModelVersion(context) {
  const model = findModel(context);
  const version = versionsOf(model).find(({ id }) => id === context.params.version);
  if (!version) throw notFound();
  return { model, version };
}

/** OpenAPI: "The `default_example` object is a prediction created with this model." It has ended, and is in no list of the account. */
function showExample({ state, links }, model, version) {
  if (!state.examples.has(model.ref)) {
    const order = {
      model,
      version,
      input: model.example,
      directives: readDirectives({}),
      source: "web",
      links,
      createdAt: CREATED_AT,
    };
    state.examples.set(model.ref, createPrediction({ ...order, settings: { ...state.settings, stepMs: 0 } }));
  }
  const prediction = state.examples.get(model.ref);
  return showPrediction(prediction, prediction.life.at(state.clock.now()), links);
}

function showVersion({ id, createdAt, kind }) {
  return { id, created_at: isoTime(createdAt), cog_version: "0.9.4", openapi_schema: openapiSchema(kind) };
}

function findModel({ state, params }) {
  const model = state.models.get(`${params.owner}/${params.name}`);
  if (!model) throw notFound();
  return model;
}

const publicModels = ({ state }) => [...state.models.values()].filter(({ visibility }) => visibility === "public");
const isOwnAndPrivate = ({ owner, visibility }) => owner === ACCOUNT.username && visibility === "private";
const forbidden = (detail) => new Problem(403, "Forbidden", detail);
