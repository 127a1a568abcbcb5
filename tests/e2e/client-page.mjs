// A page with a client, and its server.

import { setTimeout as delay } from "node:timers/promises";
import { createSandbox } from "replicate-wasm/sandbox";
import { openPage } from "../npm/page.mjs";

export const LLAMA = "meta/meta-llama-3-8b-instruct";
export const CREATE = `POST /relay/v1/models/${LLAMA}/predictions`;
export const OPEN = "GET /relay/v1/predictions/:id/stream/:key";
export const GET = "GET /relay/v1/predictions/:id";
export const CANCEL = "POST /relay/v1/predictions/:id/cancel";

/**
 * Opens a page in which `lib` is the package, `client` a `Replicate` on the page's own server, and `LLAMA` a model.
 *
 * @param {import("node:test").TestContext} t
 * @param {object} engine of `inEachEngine`
 * @param {object} [options] of the sandbox; `stepMs` is 0 by default
 */
export async function openClient(t, engine, options) {
  const { page, server } = await openPage(t, engine);
  const sandbox = createSandbox({ stepMs: 0, ...options });
  const asked = [];
  const answer = (request) => {
    asked.push(request);
    return sandbox(request);
  };
  server.sandbox = answer;
  const line = ({ method, url }) => `${method} ${new URL(url).pathname.replace(/\/[a-z2-7]{26}(?=\/|$)/, "/:id").replace(/\/[a-z2-7]{52}$/, "/:key")}`;
  const lines = () => asked.map(line);
  await load(page);
  return {
    page,
    server,
    /** The requests at the server. */
    asked,
    answer,
    lines,
    count: (wanted) => lines().filter((line) => line === wanted).length,
    predictions: () => [...sandbox.predictions.values()],
  };
}

/** Loads the package in the page, also after a reload. */
export const load = (page) =>
  page.evaluate(async (LLAMA) => {
    const lib = await import("replicate-wasm");
    await lib.default();
    Object.assign(globalThis, { lib, LLAMA, client: new lib.Replicate({ baseUrl: "/relay/v1" }) });
  }, LLAMA);

/** Reads the first token of a stream, and starts to read the rest: `texts` are the tokens, `finished` settles at the end. */
export const startReading = (page) =>
  page.evaluate(async () => {
    globalThis.texts = [];
    const stream = client.streamText(LLAMA, { input: { prompt: "tea" } });
    texts.push((await stream.next()).value);
    globalThis.finished = (async () => {
      for await (const text of stream) texts.push(text);
    })();
    finished.catch(() => {});
  });

/** Waits until a condition is true at the server. */
export async function until(condition) {
  const deadline = performance.now() + 20_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`The condition did not become true: ${condition}`);
    await delay(5);
  }
}

/**
 * The same server, whose streams lie on other hosts. Their addresses are none of the API, so that no client asks for them under its own base URL.
 *
 * @param {(request: Request) => Promise<Response>} answer
 * @param {() => string} host of the next stream
 */
export function withStreamsElsewhere(answer, host) {
  return async (request) => {
    const stream = request.url.replace(/\/relay\/events\/(\w+)\//, "/relay/v1/predictions/$1/stream/");
    if (stream !== request.url) return answer(new Request(stream, request));
    const response = await answer(request);
    if (!request.url.endsWith("/predictions")) return response;
    const text = (await response.text()).replace(/\/\/[^/"]+\/relay\/v1\/predictions\/(\w+)\/stream\//, (_, id) => `//${host()}/relay/events/${id}/`);
    return new Response(text, { status: 201, headers: { "content-type": "application/json" } });
  };
}
