/** The models of the backend, each with its inputs and its kind of output. */
import { Replicate, ReplicateHome } from "/pkg/index.js";
import { readSchema, unknownSignature } from "./schema.js";

/**
 * @typedef {import("./schema.js").Signature & { name: string, reference: string, description: string, isProviders: boolean, problem?: string }} Model
 *   `reference` is what a client is asked for, `isProviders` whether `ReplicateHome` has it, `problem` why its inputs are not known
 */

/** The model of a first visit: the fastest one that most backends have. */
export const firstModel = "meta/meta-llama-3-8b-instruct";

export class Models {
  #backend;
  /** @type {Map<string, Promise<Model>>} by name, in the order of the list */
  #models = new Map();

  /** @param {import("./backend.js").Backend} backend */
  constructor(backend) {
    this.#backend = backend;
  }

  get names() {
    return [...this.#models.keys()];
  }

  /** Lists the models. @throws {Error} where the backend does not tell them */
  async load() {
    const { kind, base, models } = this.#backend;
    if (kind === "cog") this.#models.set("model", describeCog(base));
    else if (kind === "relay") for (const name of models) this.#models.set(nameOf(name), this.#ask(name));
    else for (const model of (await boot.models).results) this.#models.set(`${model.owner}/${model.name}`, Promise.resolve(describe(model)));
  }

  /** @param {string} name */
  get(name) {
    return this.#models.get(name);
  }

  /** Describes a relay's model. A model without a schema can still be run. */
  async #ask(reference) {
    const name = nameOf(reference);
    try {
      const client = new Replicate({ baseUrl: `${this.#backend.base}/v1` });
      return describe(await client.models.get(...name.split("/")), reference);
    } catch (error) {
      return { ...describe({ owner: name.split("/")[0], name: name.split("/")[1] }, reference), problem: error.message };
    }
  }
}

const nameOf = (reference) => reference.split(":")[0];

function describe({ owner, name: shortName, description, latest_version }, given) {
  const name = `${owner}/${shortName}`;
  const version = ReplicateHome.modelVersions[name];
  const reference = given?.includes(":") || !version ? (given ?? name) : `${name}:${version}`;
  const signature = latest_version ? readSchema(latest_version.openapi_schema) : guess(name);
  return { ...signature, name, reference, description: description ?? "", isProviders: Boolean(version) };
}

/** The signature of a model without a schema, from the provider's list. */
const guess = (name) => ({ ...unknownSignature, gives: ReplicateHome.imageModels.includes(name) ? "files" : "text" });

/** Describes the one model of a Cog server by the server's own schema. Without a schema it gets a prompt. */
async function describeCog(base) {
  const model = { name: "model", reference: "", description: "", isProviders: false };
  try {
    const answer = await fetch(`${base}/openapi.json`);
    if (!answer.ok) throw new Error(`its schema was answered with status ${answer.status}`);
    return { ...readSchema(await answer.json()), ...model };
  } catch (error) {
    return { ...unknownSignature, ...model, problem: error.message };
  }
}
