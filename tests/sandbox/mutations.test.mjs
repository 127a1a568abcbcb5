import { test } from "node:test";
import assert from "node:assert/strict";
import { collectAnswers } from "./answers.mjs";
import { answerSchema } from "./schemas.mjs";

const answers = await collectAnswers();

const DROP = Symbol("drop");

/** Mutations, each a wrong member in the first answer that has it. */
const MUTATIONS = [
  ["prediction", "id", 5],
  ["prediction", "id", "too-short"],
  ["prediction", "model", "no-owner"],
  ["prediction", "version", "latest"],
  ["prediction", "input", "text"],
  ["prediction", "status", "done"],
  ["prediction", "error", { detail: "x" }],
  ["prediction", "logs", null],
  ["prediction", "logs", DROP],
  ["prediction", "created_at", "yesterday"],
  ["prediction", "source", "cli"],
  ["prediction", "data_removed", "false"],
  ["prediction", "urls.get", "/predictions/x"],
  ["prediction", "urls.cancel", DROP],
  ["prediction", "metrics.predict_time", "0.1"],
  ["prediction", "metrics.predict_time", DROP],
  ["prediction", "secret", "new"],
  ["provider-prediction", "output", "text"],
  ["provider-prediction", "output", [1]],
  ["provider-prediction", "id", DROP],
  ["provider-prediction", "source", "api"],
  ["prediction-list", "results", {}],
  ["prediction-list", "results.0.logs", "some"],
  ["prediction-list", "results.0.id", DROP],
  ["prediction-list", "next", "cursor=x"],
  ["prediction-list", "previous", DROP],
  ["version", "id", "1"],
  ["version", "openapi_schema.components.schemas.Input", DROP],
  ["version-list", "results.0.cog_version", 9],
  ["model", "visibility", "hidden"],
  ["model", "run_count", -1],
  ["model", "latest_version", DROP],
  ["model", "latest_version.created_at", "then"],
  ["model", "default_example.status", "done"],
  ["model-list", "results.0.owner", DROP],
  ["collection", "models", DROP],
  ["collection", "models.0.url", "nowhere"],
  ["collection-list", "results.0.models", []],
  ["account", "type", "robot"],
  ["account", "username", DROP],
  ["deployment", "current_release.number", 0],
  ["deployment", "current_release.configuration.max_instances", "3"],
  ["deployment", "current_release.created_by", DROP],
  ["deployment-list", "results.0.current_release", DROP],
  ["training", "output.version", "1"],
  ["training", "urls.get", "https://api.replicate.com/v1/predictions/aaaaaaaaaaaaaaaaaaaaaaaaaa"],
  ["training", "status", "aborted"],
  ["training-list", "results.0.source", DROP],
  ["hardware", "0.sku", "GPU T4"],
  ["hardware", "0.name", DROP],
  ["webhook-secret", "key", "secret"],
  ["file", "checksums.sha256", "00"],
  ["file", "size", "5"],
  ["file", "urls.get", DROP],
  ["file-list", "results.0.name", DROP],
  ["problem", "status", "404"],
  ["problem", "detail", DROP],
  ["problem", "invalid_fields", []],
  ["problem", "invalid_fields.0.field", DROP],
  ["stream-event", "event", "token"],
  ["stream-event", "id", "first"],
  ["stream-event", "data", DROP],
];

test("a mutated answer fails", async (t) => {
  for (const [name, path, member] of MUTATIONS) {
    await t.test(`${name}: ${path} ${member === DROP ? "dropped" : `= ${JSON.stringify(member)}`}`, () => {
      const all = answers.get(name);
      const original = all.find((answer) => has(answer, path)) ?? all.find((answer) => parentOf(answer, path));
      const mutant = mutate(original, path, member);
      assert.notDeepEqual(mutant, original);
      assert.equal(answerSchema(name)(mutant), false);
    });
  }
});

/** Members that an answer may lack: those of a state, or of only one of two examples. */
const OPTIONAL = [
  "account: github_url",
  "deployment: current_release.created_by.github_url",
  "model: default_example.urls.web",
  "prediction: started_at", // cancelled before it started
  "prediction: urls.stream",
  "prediction: urls.web",
  "problem: invalid_fields",
  "provider-prediction: urls.stream",
  "provider-prediction: urls.web",
  "stream-event: id",
  "training: source",
  "training: started_at",
];

/** Members with any JSON. */
const FREE = /\b(input|metadata|openapi_schema)\.|\bmetrics\.\w+_count$/;

test("the schemas notice when any other member is dropped", () => {
  const unnoticed = new Set();
  for (const [name, all] of answers) {
    for (const answer of all) {
      for (const path of membersOf(answer)) {
        if (!FREE.test(path) && answerSchema(name)(mutate(answer, path, DROP))) unnoticed.add(`${name}: ${path}`);
      }
    }
  }
  assert.deepEqual([...unnoticed].sort(), OPTIONAL);
});

test("a state that contradicts itself fails", () => {
  const [starting, processing, succeeded, failed] = ["starting", "processing", "succeeded", "failed"].map((status) =>
    answers.get("prediction").find((answer) => answer.status === status && (status !== "succeeded" || answer.output)),
  );
  const isPrediction = answerSchema("prediction");
  for (const [name, contradiction] of [
    ["starting with output", { ...starting, output: ["a"] }],
    ["starting and started", { ...starting, started_at: starting.created_at }],
    ["processing and completed", { ...processing, completed_at: processing.created_at }],
    ["processing with an error", { ...processing, error: "x" }],
    ["succeeded with an error", { ...succeeded, error: "x" }],
    ["succeeded without its end", { ...succeeded, completed_at: undefined }],
    ["failed without an error", { ...failed, error: null }],
    ["aborted with output", { ...failed, status: "aborted" }],
  ]) {
    assert.equal(isPrediction(JSON.parse(JSON.stringify(contradiction))), false, name);
  }
});

const leaf = (path) => path.split(".").pop();

function has(answer, path) {
  const parent = parentOf(answer, path);
  return parent !== null && typeof parent === "object" && leaf(path) in parent;
}

function parentOf(value, path) {
  return path
    .split(".")
    .slice(0, -1)
    .reduce((at, name) => (at !== null && typeof at === "object" ? at[name] : undefined), value);
}

function mutate(value, path, member) {
  const copy = structuredClone(value);
  const parent = parentOf(copy, path);
  if (member === DROP) delete parent[leaf(path)];
  else parent[leaf(path)] = member;
  return copy;
}

function* membersOf(value, prefix = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return;
  for (const [name, member] of Object.entries(value)) {
    yield prefix + name;
    yield* membersOf(member, `${prefix}${name}.`);
  }
}
