import { test } from "node:test";
import assert from "node:assert/strict";
import { collectAnswers } from "./answers.mjs";
import { GEMMA, HELLO, startSandbox } from "./ask.mjs";
import { answerSchema, openapi, operation, operationIds } from "./schemas.mjs";
import { STOPS, tour } from "./tour.mjs";

test("every operation of the OpenAPI file answers a valid request with the expected status", async () => {
  const visited = new Set();
  await tour(({ stop, status, body }) => {
    assert.equal(status, stop.status, `${stop.id}: ${JSON.stringify(body)}`);
    if (!stop.schema) assert.equal(body, "", `${stop.id} has an empty answer`);
    visited.add(stop.id);
  });
  assert.deepEqual([...visited].sort(), [...operationIds].sort());
});

test("every status of an answer is in the OpenAPI file", () => {
  for (const { id, status } of STOPS) {
    const { method, path } = operation(id);
    const named = openapi.paths[path][method.toLowerCase()].responses;
    assert.ok(String(status) in named, `${id}: ${status}`);
  }
});

test("every answer matches its schema", async (t) => {
  for (const [name, answers] of await collectAnswers()) {
    await t.test(name, () => {
      const validate = answerSchema(name);
      assert.match(
        validate.schema.description,
        /Source: .*(replicate-openapi\.yml|replicate-http\.md|replicate-home\.md)/,
      );
      assert.ok(answers.length > 0, "there are answers");
      for (const answer of answers)
        assert.ok(validate(answer), JSON.stringify({ errors: validate.errors, answer }, null, 1));
    });
  }
});

test("the tested answers cover every state and every error", async () => {
  const answers = await collectAnswers();
  const statuses = (name) => [...new Set(answers.get(name).map(({ status }) => status))].sort();
  assert.deepEqual(statuses("prediction"), ["aborted", "canceled", "failed", "processing", "starting", "succeeded"]);
  assert.deepEqual(statuses("training"), ["canceled", "failed", "processing", "starting", "succeeded"]);
  assert.deepEqual(statuses("provider-prediction"), ["processing", "starting", "succeeded"]);
  assert.deepEqual(statuses("problem"), [400, 401, 404, 405, 422, 429, 500]);
  assert.deepEqual([...new Set(answers.get("stream-event").map(({ event }) => event))].sort(), [
    "done",
    "error",
    "logs",
    "output",
  ]);
});

test("the sandbox refuses requests that the OpenAPI file does not allow", async () => {
  const { json } = startSandbox();
  const send = (id, path, body) => json(path, { method: operation(id).method, body: JSON.stringify(body) });
  const llama = "/v1/models/meta/meta-llama-3-8b-instruct/predictions";
  const deployment = { name: "app", ...GEMMA, hardware: "cpu", min_instances: 0, max_instances: 1 };
  const model = { owner: "sandbox", name: "m", visibility: "private", hardware: "cpu" };
  await send("deployments.create", "/v1/deployments", deployment);
  for (const [id, path, body] of [
    ["predictions.create", "/v1/predictions", { input: {} }],
    ["predictions.create", "/v1/predictions", { version: GEMMA.version }],
    ["predictions.create", "/v1/predictions", { version: 1, input: {} }],
    ["predictions.create", "/v1/predictions", { version: GEMMA.version, input: { prompt: "x" }, prompt: "x" }],
    ["predictions.create", "/v1/predictions", { version: GEMMA.version, input: { prompt: "x" }, webhook: 1 }],
    [
      "predictions.create",
      "/v1/predictions",
      { version: GEMMA.version, input: { prompt: "x" }, webhook_events_filter: ["end"] },
    ],
    ["models.predictions.create", llama, { input: "x" }],
    ["models.predictions.create", llama, { input: { prompt: "x" }, version: GEMMA.version }],
    ["deployments.predictions.create", "/v1/deployments/sandbox/app/predictions", {}],
    ["deployments.create", "/v1/deployments", { ...deployment, name: undefined }],
    ["deployments.create", "/v1/deployments", { ...deployment, name: "b", min_instances: 6 }],
    ["deployments.update", "/v1/deployments/sandbox/app", { max_instances: 21 }],
    ["models.create", "/v1/models", { ...model, visibility: "secret" }],
    ["models.create", "/v1/models", { ...model, hardware: undefined }],
    ["trainings.create", `/v1/models/${HELLO.model}/versions/${HELLO.version}/trainings`, { input: {} }],
  ]) {
    const sent = JSON.parse(JSON.stringify(body));
    assert.equal(operation(id).body(sent), false, `${id}: the file allows ${JSON.stringify(sent)}`);
    assert.equal((await send(id, path, sent)).status, 422, `${id}: ${JSON.stringify(sent)}`);
  }
});
