// The protocol of the provider's server: one POST, then polls.

import { create } from "./create.js";
import { answerGet } from "./prediction-routes.js";
import { Problem, notFound, unknownVersion } from "./problem.js";
import { findVersion } from "./catalogue.js";
import { readBody } from "./validation.js";

const REQUEST = {
  type: "object",
  required: ["model", "version", "input"],
  properties: { model: { type: "string" }, version: { type: "string" }, input: { type: "object" } },
};

/**
 * @param {import("./index.js").Context} context
 * @param {string} home "prediction" or "poll"
 * @returns {Promise<Response>}
 */
export async function answerProvider(context, home) {
  const { request, url, state } = context;
  if (request.method === "POST" && home === "prediction") {
    const { model, version, input } = await readBody(request, REQUEST);
    const found = findVersion(state.models, version);
    if (!found || found.model !== state.models.get(model)) throw unknownVersion();
    return create(context, { ...found, input, source: "web" });
  }
  if (request.method === "GET" && home === "poll") {
    const prediction = state.predictions.get(url.searchParams.get("id"));
    if (!prediction) throw notFound();
    return answerGet(context, prediction);
  }
  throw new Problem(
    405,
    "Method not allowed",
    `Method "${request.method}" not allowed.`,
    {},
    { Allow: home === "poll" ? "GET" : "POST" },
  );
}
