/** The table of attacks, and functions to add to it. */
import assert from "node:assert/strict";
import { hello } from "../relays.mjs";

/** @type {{ name: string, run: (lab: any) => Promise<void> }[]} */
export const attacks = [];
export const attack = (name, run) => attacks.push({ name, run });

/** The request is refused with this status, and no request reaches Replicate. */
export const refused = (status, request) => async (lab) => {
  const answer = await lab.ask(typeof request === "function" ? request(lab) : request);
  assert.equal(answer.status, status, answer.text);
  assert.equal(lab.reached().length, 0, "a request reached Replicate");
};
/** The same for a create. The relay may look up its version at Replicate, but does not send the create. */
export const notCreated =
  (status, body, path = "/strict/v1/predictions") =>
  async (lab) => {
    const answer = await lab.ask({ method: "POST", path, body: typeof body === "string" ? body : JSON.stringify(body) });
    assert.equal(answer.status, status, answer.text);
    assert.equal(lab.creates().length, 0, "a create reached Replicate");
    assert.ok(lab.reached().every(({ method }) => method === "GET"));
  };
export const get = (path, headers) => ({ path, headers });
export const input = { text: "hi" };
export const runHello = (more = {}) => ({ version: hello.version, input, ...more });
export const create = (headers, body = runHello(), path = "/strict/v1/predictions") => ({
  method: "POST",
  path,
  headers,
  body: JSON.stringify(body),
});

/** Checks that an answer is an error in Replicate's shape. */
export const isProblem = ({ headers, text }) => {
  assert.match(headers["content-type"], /^application\/problem\+json/);
  assert.deepEqual(Object.keys(JSON.parse(text)).slice(0, 3), ["title", "detail", "status"]);
};
