// Validates request bodies and inputs: the part of JSON Schema that Replicate's shapes need, with its `invalid_fields` as the answer.

import { Problem, invalidFields } from "./problem.js";

/**
 * @typedef {{ type?: string, required?: string[], properties?: Record<string, Schema>, additionalProperties?: boolean, items?: Schema,
 *   enum?: unknown[], minimum?: number, maximum?: number }} Schema
 */

/**
 * Reads and validates the JSON body of a request.
 *
 * @param {Request} request
 * @param {Schema} schema
 * @returns {Promise<Record<string, any>>}
 * @throws {Problem} 400 when the body is not JSON, 422 when it does not match the schema
 */
export async function readBody(request, schema) {
  let body;
  try {
    body = JSON.parse(await request.text());
  } catch {
    throw new Problem(400, "Bad request", "The request body is not valid JSON.");
  }
  validate(body, schema);
  return body;
}

/**
 * @param {unknown} value
 * @param {Schema} schema
 * @param {string} [field] the path of the value in messages
 * @throws {Problem} 422 that names every wrong field
 */
export function validate(value, schema, field = "(root)") {
  const wrong = [...violations(value, schema, field)];
  if (wrong.length) throw invalidFields(wrong);
}

function* violations(value, schema, field) {
  const given = typeOf(value);
  if (schema.type && given !== schema.type && !(schema.type === "number" && given === "integer")) {
    yield { type: "invalid_type", field, description: `Invalid type. Expected: ${schema.type}, given: ${given}` };
    return;
  }
  if (schema.enum && !schema.enum.includes(value)) {
    yield {
      type: "enum",
      field,
      description: `${lastName(field)} must be one of the following: ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}`,
    };
  }
  if (value < schema.minimum)
    yield { type: "number_gte", field, description: `Must be greater than or equal to ${schema.minimum}` };
  if (value > schema.maximum)
    yield { type: "number_lte", field, description: `Must be less than or equal to ${schema.maximum}` };
  if (given === "array" && schema.items)
    for (const [i, item] of value.entries()) yield* violations(item, schema.items, child(field, i));
  if (given === "object") yield* objectViolations(value, schema, field);
}

function* objectViolations(value, schema, field) {
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) yield { type: "required", field, description: `${name} is required` };
  }
  for (const [name, member] of Object.entries(value)) {
    const known = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (known) yield* violations(member, known, child(field, name));
    else if (schema.additionalProperties === false) {
      yield {
        type: "additional_property_not_allowed",
        field,
        description: `Additional property ${name} is not allowed`,
      };
    }
  }
}

const child = (field, name) => (field === "(root)" ? `${name}` : `${field}.${name}`);
const lastName = (field) => field.split(".").pop();

function typeOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (Number.isInteger(value)) return "integer";
  return typeof value;
}
