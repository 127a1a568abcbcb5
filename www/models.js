/** The models one can choose: the provider's own, or the one that a Cog server runs. */
import { ReplicateHome } from "/pkg/index.js";

/**
 * @typedef {object} Model
 * @property {string} name what a prediction is asked of
 * @property {string} label its alias and its name
 * @property {"text" | "picture" | "any"} kind what it gives
 * @property {string} input the name of the input that takes the prompt
 */

/** @param {{ kind: string, base: string }} server @returns {Promise<Model[]>} */
export async function listModels(server) {
  if (server.kind === "cog") return [await describeCog(server.base)];
  return Object.entries(ReplicateHome.modelAliases).map(([alias, name]) => ({
    name,
    label: `${alias} · ${name}`,
    kind: ReplicateHome.imageModels.includes(name) ? "picture" : "text",
    input: "prompt",
  }));
}

/** A Cog server says in its OpenAPI file what its model takes and gives; one without that file answers 503. */
async function describeCog(base) {
  const answer = await fetch(`${base}/openapi.json`);
  const { Input, Output } = (answer.ok && (await answer.json()).components?.schemas) || {};
  const inputs = Object.entries(Input?.properties ?? { prompt: { type: "string" } });
  const [input] = inputs.find(([name]) => name === "prompt") ?? inputs.find(([, { type }]) => type === "string") ?? ["prompt"];
  const one = Output?.items ?? Output;
  const kind = one?.type !== "string" ? "any" : one.format === "uri" ? "picture" : "text";
  return { name: "the server's model", label: "The server's model", kind, input };
}
