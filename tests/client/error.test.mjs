import test from "node:test";
import assert from "node:assert/strict";
import { ReplicateError } from "../../src/npm/error.js";

const request = { method: "POST", url: "https://api.replicate.com/v1/predictions" };

test("the JSON of an error has its name, message, code and known fields", () => {
  const known = { status: 429, detail: "Slow down", predictionId: "x1", retryAfterMs: 1000, logs: "0%", partial: "once", request };
  const error = new ReplicateError("http", "POST … was answered with status 429", known);
  const expected = { name: "ReplicateError", message: "POST … was answered with status 429", code: "http", ...known };
  assert.deepEqual(JSON.parse(JSON.stringify(error)), expected);
  assert.deepEqual(JSON.parse(JSON.stringify({ errors: [error] })), { errors: [expected] });
});

test("the JSON of an error has no unknown fields", () => {
  const error = new ReplicateError("network", "No answer", { status: undefined, partial: "" });
  assert.equal(JSON.stringify(error), '{"name":"ReplicateError","message":"No answer","code":"network","partial":""}');
});

test("the JSON of an error has no cause, response and stack, which may contain a token", () => {
  const headers = { authorization: "Bearer hunter2" };
  const cause = Object.assign(new Error("hunter2"), { headers });
  const response = new Response("", { headers });
  const error = new ReplicateError("http", "Refused", { cause, response, request, headers });
  assert.equal(error.cause, cause);
  assert.equal(error.response, response);
  error.config = { headers };
  error.cause = cause;
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(error))), ["name", "message", "code", "request"]);
  assert.ok(!JSON.stringify([error, { ...error.toJSON() }]).includes("hunter2"));
});

test("an error without fields is an Error with its code", () => {
  const error = new ReplicateError("aborted", "Prediction aborted");
  assert.ok(error instanceof Error);
  assert.equal(String(error), "ReplicateError: Prediction aborted");
  assert.deepEqual([error.code, error.cause, Object.keys(error)], ["aborted", undefined, ["code"]]);
});
