// Requests to a sandbox.

import { createSandbox } from "../../src/sandbox/index.js";

/**
 * @param {import("../../src/sandbox/index.js").Options} [options] `stepMs` is 0 by default
 */
export function startSandbox(options) {
  const sandbox = createSandbox({ stepMs: 0, ...options });
  const json = async (url, init) => {
    const response = await sandbox(url, init);
    return { status: response.status, headers: response.headers, body: await response.json() };
  };
  const post = (url, body, init) => json(url, { method: "POST", body: JSON.stringify(body), ...init });
  /** Creates a prediction of an official model. */
  const create = async (input, { model = "meta/meta-llama-3-8b-instruct", headers } = {}) =>
    (await post(`/v1/models/${model}/predictions`, { input }, { headers })).body;
  const get = async (prediction) => (await json(prediction.urls.get)).body;
  return { sandbox, json, post, create, get };
}

/** The events of a stream, as objects of their fields. Data lines are joined with line feeds. */
export function parseEvents(text) {
  return text
    .split("\n\n")
    .filter(Boolean)
    .map((block) => {
      const event = {};
      for (const line of block.split("\n")) {
        const [, field, value] = line.match(/^(\w*): ?(.*)$/);
        if (field) event[field] = field === "data" && "data" in event ? `${event.data}\n${value}` : value;
      }
      return event;
    });
}

export const GEMMA = {
  model: "google-deepmind/gemma-2b-it",
  version: "dff94eaf770e1fc211e425a50b51baa8e4cac6c39ef074681f9e39d778773626",
};
export const HELLO = {
  model: "replicate/hello-world",
  version: "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa",
};
