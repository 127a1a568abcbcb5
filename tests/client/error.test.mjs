import test from "node:test";
import assert from "node:assert/strict";
import { ReplicateError } from "../../src/npm/error.js";

const request = { method: "POST", url: "https://api.replicate.com/v1/predictions" };

test("JSON.stringify of an error has its name, message, code and what is known", () => {
  const known = { status: 429, detail: "Slow down", predictionId: "x1", retryAfterMs: 1000, logs: "0%", partial: "once", request };
  const error = new ReplicateError("http", "POST … was answered with status 429", known);
  const expected = { name: "ReplicateError", message: "POST … was answered with status 429", code: "http", ...known };
  assert.deepEqual(JSON.parse(JSON.stringify(error)), expected);
  assert.deepEqual(JSON.parse(JSON.stringify({ errors: [error] })), { errors: [expected] });
});

test("what is not known is not in it", () => {
  const error = new ReplicateError("network", "No answer", { status: undefined, partial: "" });
  assert.equal(JSON.stringify(error), '{"name":"ReplicateError","message":"No answer","code":"network","partial":""}');
});

test("its cause, its answer and its stack never are: they may hold a token", () => {
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
