/** Reads a model's inputs and its kind of output from its OpenAPI document, as Replicate and Cog write it. */

/**
 * @typedef {object} Input one input of a model
 * @property {string} name
 * @property {string} title
 * @property {string} description
 * @property {"text" | "number" | "boolean" | "choice" | "file" | "files" | "seed" | "json"} kind
 * @property {boolean} required
 * @property {unknown} [default]
 * @property {boolean} [whole] a number without a fraction
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {unknown[]} [choices]
 *
 * @typedef {object} Signature
 * @property {Input[]} inputs in the author's order, without the one that takes the message
 * @property {string} [prompt] the name of the input that takes the message; a model may have none
 * @property {"text" | "files" | "data"} gives
 */

/** What is known of a model without a schema. @type {Signature} */
export const unknownSignature = { inputs: [], prompt: "prompt", gives: "text" };

/** @param {any} document @returns {Signature} */
export function readSchema(document) {
  const schemas = document?.components?.schemas;
  if (!schemas?.Input) return unknownSignature;
  const required = schemas.Input.required ?? [];
  const inputs = Object.entries(schemas.Input.properties ?? {})
    .sort(([, a], [, b]) => (a["x-order"] ?? 0) - (b["x-order"] ?? 0))
    .map(([name, schema]) => readInput(name, resolve(schema, schemas), required.includes(name)));
  const texts = inputs.filter(({ kind }) => kind === "text");
  const prompt = (texts.find(({ name }) => name === "prompt") ?? texts.find((input) => input.required) ?? texts[0])?.name;
  return { inputs: inputs.filter(({ name }) => name !== prompt), prompt, gives: readOutput(resolve(schemas.Output ?? {}, schemas)) };
}

/** Merges what a schema refers to. Cog refers to an enum by `allOf`, and to an optional input's type by `anyOf` with null. */
function resolve(schema, schemas) {
  const others = [...(schema.allOf ?? []), ...(schema.anyOf ?? []).filter(({ type }) => type !== "null")];
  const referred = schema.$ref ? schemas[schema.$ref.split("/").pop()] : others[0];
  return referred ? { ...resolve(referred, schemas), ...schema } : schema;
}

function readInput(name, schema, required) {
  const { description = "", minimum, maximum, default: fallback, enum: choices } = schema;
  const title = titleOf(name);
  const whole = schema.type === "integer";
  return { name, title, description, kind: kindOf(name, schema), required, default: fallback, whole, minimum, maximum, choices };
}

/** A title made of the name. Cog makes its own titles so too, but less readable ones. */
const titleOf = (name) => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

function kindOf(name, { type, format, items, enum: choices }) {
  if (choices) return "choice";
  if (type === "string") return format === "uri" ? "file" : "text";
  if (type === "array" && items?.format === "uri") return "files";
  if (type === "integer" && name === "seed") return "seed";
  if (type === "integer" || type === "number") return "number";
  return type === "boolean" ? "boolean" : "json";
}

function readOutput(schema) {
  const one = schema.items ?? schema;
  if (one.format === "uri") return "files";
  return one.type === "string" ? "text" : "data";
}
