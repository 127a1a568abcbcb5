// A client with its own sandbox, and a record of the requests between them.

import { Replicate } from "replicate-wasm";
import { createSandbox } from "replicate-wasm/sandbox";

export const ORIGIN = "https://sandbox.test";
export const BASE = `${ORIGIN}/v1`;
export const TOKEN = "r8_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

/** Models of the sandbox: two official ones, a community model with its version, one that outputs its input. */
export const LLAMA = "meta/meta-llama-3-8b-instruct";
export const FLUX = "black-forest-labs/flux-schnell";
export const HELLO = "replicate/hello-world";
export const HELLO_VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa";
export const ECHO = "sandbox/echo";
/** A model that outputs the tokens of its input. `prompt` may contain directives. */
export const TOKENS = "sandbox/tokens";

/** The requests of a run of LLAMA, in the form of `lines` of {@link connect}. */
export const CREATE = `POST /v1/models/${LLAMA}/predictions`;
export const OPEN = "GET /v1/predictions/:id/stream/:key";
export const GET = "GET /v1/predictions/:id";
export const CANCEL = "POST /v1/predictions/:id/cancel";

/**
 * @param {object} [options] of the client
 * @param {object} [sandboxOptions] `stepMs` is 0 by default: a prediction has ended at the first poll
 * @param {(fetch: typeof globalThis.fetch) => typeof globalThis.fetch} [between] wraps the sandbox's `fetch`
 */
export function connect(options, sandboxOptions, between = (fetch) => fetch) {
  const sandbox = createSandbox({ stepMs: 0, ...sandboxOptions });
  const requests = [];
  const send = between(sandbox);
  const fetch = async (url, init) => {
    const { pathname, search } = new URL(url);
    const { method = "GET", headers, body } = init;
    const json = typeof body === "string" && headers.get("content-type") === "application/json";
    requests.push({
      line: `${method} ${pathname.replace(/\/[a-z2-7]{26}(?=\/|$)/, "/:id").replace(/\/[a-z2-7]{52}$/, "/:key")}${search}`,
      url,
      init,
      headers: Object.fromEntries(new Headers(headers)),
      body: json ? JSON.parse(body) : body,
      at: performance.now(),
    });
    return send(url, init);
  };
  return {
    client: new Replicate({ auth: TOKEN, baseUrl: BASE, fetch, ...options }),
    sandbox,
    requests,
    /** Method and path of every request so far, ids as `:id`. */
    lines: () => requests.map(({ line }) => line),
    count: (line) => requests.filter((request) => request.line === line).length,
    /** The predictions that the server has accepted. */
    predictions: () => [...sandbox.predictions.values()],
  };
}

/** For {@link connect}: a sandbox that gives out stream URLs on another origin, and serves them too. */
export const streamsAt = (address) => (fetch) => async (url, init) => {
  if (url.startsWith(address)) {
    const [id, key] = url.slice(address.length + 1).split("/");
    return fetch(`${BASE}/predictions/${id}/stream/${key}`, init);
  }
  const response = await fetch(url.replace("https://api.replicate.com", ORIGIN), init);
  const stream = /"[^"]+\/v1\/predictions\/(\w+)\/stream\/(\w+)"/g;
  return new Response((await response.text()).replace(stream, `"${address}/$1/$2"`), response);
};

/** Collects everything that a stream yields. */
export async function all(stream) {
  const results = [];
  for await (const result of stream) results.push(result);
  return results;
}

/** The error that a promise rejects with. */
export async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("The promise did not reject");
}
