// Requests to every operation of the OpenAPI file, in a possible order. Each is validated before it is sent.

import assert from "node:assert/strict";
import { GEMMA, HELLO, startSandbox } from "./ask.mjs";
import { operation } from "./schemas.mjs";

const LLAMA = { owner: "meta", name: "meta-llama-3-8b-instruct" };
const OWN = { owner: "sandbox", name: "my-model" };
const DEPLOYMENT = { owner: "sandbox", name: "my-app" };

/**
 * The requests. `at` has the parameters of the path in order. Functions get the earlier answers, by operation.
 *
 * @typedef {object} Stop
 * @property {string} id of the operation
 * @property {unknown[] | ((seen: Record<string, any>) => unknown[])} [at]
 * @property {unknown} [body]
 * @property {Record<string, string>} [headers]
 * @property {number} status
 * @property {string} [schema] of the answer; without one it is empty
 *
 * @type {Stop[]}
 */
export const STOPS = [
  { id: "account.get", status: 200, schema: "account" },
  { id: "hardware.list", status: 200, schema: "hardware" },
  { id: "webhooks.default.secret.get", status: 200, schema: "webhook-secret" },
  { id: "collections.list", status: 200, schema: "collection-list" },
  { id: "collections.get", at: ["text-to-image"], status: 200, schema: "collection" },
  { id: "models.list", status: 200, schema: "model-list" },
  { id: "models.search", body: "hello", status: 200, schema: "model-list" },
  { id: "models.get", at: HELLO.model.split("/"), status: 200, schema: "model" },
  { id: "models.versions.list", at: HELLO.model.split("/"), status: 200, schema: "version-list" },
  { id: "models.versions.get", at: [...HELLO.model.split("/"), HELLO.version], status: 200, schema: "version" },
  {
    id: "predictions.create",
    body: { version: HELLO.version, input: { text: "Alice" } },
    status: 201,
    schema: "prediction",
  },
  { id: "predictions.get", at: (seen) => [seen["predictions.create"].id], status: 200, schema: "prediction" },
  {
    id: "models.predictions.create",
    at: [LLAMA.owner, LLAMA.name],
    body: {
      input: { prompt: "[hang] tea" },
      webhook: "https://example.com/hook",
      webhook_events_filter: ["start", "completed"],
      stream: true,
    },
    headers: { Prefer: "wait=1" },
    status: 202,
    schema: "prediction",
  },
  { id: "predictions.cancel", at: (seen) => [seen["models.predictions.create"].id], status: 200, schema: "prediction" },
  {
    id: "deployments.create",
    body: { name: DEPLOYMENT.name, ...GEMMA, hardware: "gpu-t4", min_instances: 0, max_instances: 3 },
    status: 200,
    schema: "deployment",
  },
  { id: "deployments.get", at: Object.values(DEPLOYMENT), status: 200, schema: "deployment" },
  {
    id: "deployments.update",
    at: Object.values(DEPLOYMENT),
    body: { min_instances: 3, max_instances: 10 },
    status: 200,
    schema: "deployment",
  },
  { id: "deployments.list", status: 200, schema: "deployment-list" },
  {
    id: "deployments.predictions.create",
    at: Object.values(DEPLOYMENT),
    body: { input: { prompt: "A poem about tea" } },
    headers: { Prefer: "wait" },
    status: 201,
    schema: "prediction",
  },
  { id: "deployments.delete", at: Object.values(DEPLOYMENT), status: 204 },
  { id: "predictions.list", status: 200, schema: "prediction-list" },
  {
    id: "models.create",
    body: { ...OWN, description: "An example model", visibility: "private", hardware: "cpu" },
    status: 201,
    schema: "model",
  },
  {
    id: "trainings.create",
    at: [...HELLO.model.split("/"), HELLO.version],
    body: { destination: "sandbox/my-model", input: { train_data: "https://example.com/my-input-images.zip" } },
    status: 201,
    schema: "training",
  },
  { id: "trainings.get", at: (seen) => [seen["trainings.create"].id], status: 200, schema: "training" },
  { id: "trainings.cancel", at: (seen) => [seen["trainings.create"].id], status: 200, schema: "training" },
  { id: "trainings.list", status: 200, schema: "training-list" },
  {
    id: "models.versions.delete",
    at: (seen) => [OWN.owner, OWN.name, seen["trainings.get"].output.version.split(":")[1]],
    status: 202,
  },
  { id: "models.delete", at: Object.values(OWN), status: 204 },
];

/**
 * Sends all requests to a new sandbox.
 *
 * @param {(visit: { stop: Stop, request: Request, status: number, body: any }) => void} look
 */
export async function tour(look) {
  const { sandbox } = startSandbox({ token: "r8_sandbox" });
  const seen = {};
  for (const stop of STOPS) {
    const request = requestOf(stop, seen);
    const response = await sandbox(request);
    const text = await response.text();
    seen[stop.id] = text && JSON.parse(text);
    look({ stop, request, status: response.status, body: seen[stop.id] });
  }
}

/** The request of a stop, validated by the OpenAPI file. */
function requestOf({ id, at = [], body, headers = {} }, seen) {
  const { method, path, body: isBody, contentType, prefer } = operation(id);
  const parameters = [...(typeof at === "function" ? at(seen) : at)];
  const url = `https://api.replicate.com/v1${path.replace(/\{\w+\}/g, () => encodeURIComponent(parameters.shift()))}`;
  assert.equal(body !== undefined, isBody !== undefined, `${id}: a body exactly where the file has one`);
  if (isBody) assert.ok(isBody(body), `${id}: ${JSON.stringify(isBody.errors)}`);
  if (headers.Prefer) assert.ok(prefer(headers.Prefer), `${id}: Prefer`);
  return new Request(url, {
    method,
    headers: { Authorization: "Bearer r8_sandbox", ...(contentType && { "Content-Type": contentType }), ...headers },
    body: contentType === "text/plain" ? body : body && JSON.stringify(body),
  });
}
