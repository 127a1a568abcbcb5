// The compiled JSON Schemas of Replicate's answers, and of its requests from the OpenAPI file.

import { readFileSync, readdirSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

const FIXTURES = new URL("../fixtures/", import.meta.url);

const answers = addFormats(
  new Ajv({ allErrors: true, allowUnionTypes: true, strict: true, strictTypes: false, strictRequired: false }),
);
for (const file of readdirSync(new URL("schemas/", FIXTURES))) {
  answers.addSchema(JSON.parse(readFileSync(new URL(`schemas/${file}`, FIXTURES), "utf8")));
}

/** @param {string} name a file of tests/fixtures/schemas/, without ".json" @returns {import("ajv").ValidateFunction} */
export const answerSchema = (name) => answers.getSchema(`${name}.json`);

/** The names of all schemas. */
export const schemaNames = Object.keys(answers.schemas)
  .filter((id) => id.endsWith(".json"))
  .map((id) => id.replace(/\.json$/, ""));

export const openapi = parse(readFileSync(new URL("replicate-openapi.yml", FIXTURES), "utf8"));

// OpenAPI 3.1 schemas are draft 2020-12, with the additional keywords `example` and `nullable`.
const requests = addFormats(new Ajv({ allErrors: true, strict: false })).addSchema(openapi, "openapi");

/**
 * @param {string} operationId
 * @returns {{ method: string, path: string, body?: import("ajv").ValidateFunction, contentType?: string, prefer?: import("ajv").ValidateFunction }}
 */
export function operation(operationId) {
  for (const [path, methods] of Object.entries(openapi.paths)) {
    for (const [method, { operationId: id, requestBody, parameters = [] }] of Object.entries(methods)) {
      if (id !== operationId) continue;
      const at = `openapi#/paths/${path.replaceAll("/", "~1")}/${method}`;
      const [contentType] = Object.keys(requestBody?.content ?? {});
      const pointer = contentType && `${at}/requestBody/content/${contentType.replace("/", "~1")}/schema`;
      const prefers = parameters.some(({ $ref }) => $ref?.endsWith("prefer_header"));
      return {
        method: method.toUpperCase(),
        path,
        contentType,
        body: pointer && requests.compile({ $ref: encodeURI(pointer) }),
        prefer: prefers
          ? requests.compile({ $ref: "openapi#/components/parameters/parameters_prefer_header/schema" })
          : undefined,
      };
    }
  }
  throw new Error(`The OpenAPI file has no operation ${operationId}`);
}

export const operationIds = Object.values(openapi.paths).flatMap((methods) =>
  Object.values(methods).map(({ operationId }) => operationId),
);
